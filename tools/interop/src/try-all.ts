// The run: one posthornd for all peers, then each peer's cases, one after the other, each a row of the table.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Column,
  domains,
  duration,
  header,
  MaildirReader,
  row,
  type Running,
  startServer,
  style,
} from "@posthorn/demo";
import { find } from "./find.ts";
import type { Bench, Case, Peer, Way } from "./peer.ts";

const columns: readonly Column[] = [
  { title: "peer", width: 28 },
  { title: "case", width: 58 },
  { title: "time", width: 7, right: true },
  { title: "verdict", width: 12 },
];

/** What posthornd says of a listener: its protocol, and how TLS begins there, where that tells two apart. */
const kinds: Readonly<Record<Way | "lmtp", { readonly protocol: string; readonly tls?: string }>> = {
  exchanger: { protocol: "smtp" },
  submission: { protocol: "submission", tls: "starttls" },
  submissions: { protocol: "submission", tls: "implicit" },
  lmtp: { protocol: "lmtp" },
};

const portOf = ({ ready }: Running, way: Way | "lmtp"): number => {
  const { protocol, tls } = kinds[way];
  const found = ready.find((listener) => listener.protocol === protocol && (tls === undefined || listener.tls === tls));
  if (found === undefined) throw new Error(`posthornd has no listener for ${way}`);
  return found.port;
};

/** What is counted. */
interface Score {
  good: number;
  bad: number;
  readonly absent: string[];
}

async function tryCase(peer: string, given: Case, score: Score): Promise<void> {
  const began = performance.now();
  let fault: string | undefined;
  try {
    fault = await given.run();
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  if (fault === undefined) score.good += 1;
  else score.bad += 1;
  const verdict = fault === undefined ? style.good("identical") : style.bad(fault);
  console.log(row(columns, [peer, given.name, duration(performance.now() - began), verdict]));
}

async function tryPeer(peer: Peer, bench: Bench, install: boolean, score: Score): Promise<void> {
  const world = await find(peer, join(bench.folder, peer.name), install);
  if ("reason" in world) {
    score.absent.push(`${peer.name}: ${world.reason}`);
    return;
  }
  try {
    const opened = await peer.open(bench, world);
    const title = `${peer.name} ${opened.version}`;
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: they share a mailbox
      for (const each of opened.cases) await tryCase(title, each, score);
    } finally {
      await opened.close?.();
    }
  } catch (error) {
    score.absent.push(`${peer.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Tries peers. Returns whether no case failed; who is absent has none. */
export async function tryAll(
  peers: readonly Peer[],
  how: { readonly folder: string; readonly password: string; readonly install: boolean },
): Promise<boolean> {
  const { folder, password, install } = how;
  const place = join(folder, "posthornd");
  mkdirSync(place, { mode: 0o700 });
  const user = "ada";
  const server = await startServer({
    folder: place,
    listeners: ["--listen", "--submission", "--submissions", "--listen-lmtp"],
    domains,
    users: { [user]: password },
  });
  const score: Score = { good: 0, bad: 0, absent: [] };
  try {
    const ports = {
      exchanger: portOf(server, "exchanger"),
      submission: portOf(server, "submission"),
      submissions: portOf(server, "submissions"),
      lmtp: portOf(server, "lmtp"),
    };
    const reader = new MaildirReader(server.mail);
    const bench: Bench = { server, reader, user, password, folder, port: (way) => ports[way] };
    console.log(header(columns));
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they share a mailbox
    for (const peer of peers) await tryPeer(peer, bench, install, score);
  } finally {
    await server.stop();
  }
  if (score.absent.length > 0) console.log(`\nNot tried:\n${score.absent.map((line) => `  ${line}`).join("\n")}`);
  console.log(`\n${score.good} passed, ${score.bad} failed, ${score.absent.length} peers not tried`);
  return score.bad === 0;
}
