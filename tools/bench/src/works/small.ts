// Small messages: 4 KiB of base64 lines, as many ways as there are to send them.
import { server, type Task } from "../contenders.ts";
import { base64 } from "../load/content.ts";
import { type Generator, generator } from "../load/generator.ts";
import { bdat, glued, lockstep, pipelined, type Script } from "../load/script.ts";
import { external } from "../peers/external.ts";
import { sinks } from "../peers/sinks.ts";
import type { Wanted } from "../child.ts";
import { type Contender, type Setting, taking, type Work } from "../work.ts";

const content = base64(4096);

interface Small {
  readonly name: string;
  readonly title: string;
  readonly script: Script;
  readonly messages: number;
  readonly sessions?: number;
  readonly each?: number;
  /** Rounds that are not counted, where two are too few. */
  readonly warm?: number;
  readonly wanted?: Wanted;
  /** Whether a raw server takes part that reads addresses. */
  readonly reads?: boolean;
  /** Peers of the machine that can do it; smtp-server takes part where any is named, even none. */
  readonly peers?: readonly string[];
}

const everybody = ["go-smtp", "aiosmtpd", "smtp-sink"];

/** The slower one is, the fewer messages it gets, so that each takes about as long. */
const shares: ReadonlyMap<string, number> = new Map([
  ["smtp-server", 0.3],
  ["go-smtp", 0.3],
  ["aiosmtpd", 0.08],
  ["smtp-sink", 0.5],
]);

async function others(
  names: readonly string[],
  by: Generator,
  task: (who: string) => Task,
  setting: Setting,
): Promise<Contender[]> {
  const found: Contender[] = [];
  for (const peer of sinks.filter(({ name }) => names.includes(name))) {
    // oxlint-disable-next-line no-await-in-loop -- one may have to be built
    const started = await peer.start();
    if (typeof started === "string") setting.lack(peer.name, started);
    else found.push(external(peer.name, started, by, task(peer.name)));
  }
  return found;
}

const small = ({
  name,
  title,
  script,
  messages,
  sessions = 20,
  each,
  warm,
  wanted = {},
  reads = false,
  peers,
}: Small): Work => ({
  name,
  title,
  unit: "message",
  weight: 3,
  ...(warm === undefined ? {} : { warm }),
  async start(setting: Setting): Promise<Contender[]> {
    const { amount, against, ours } = setting;
    const by = await generator();
    const addresses = each === undefined ? undefined : 50;
    const task = (who: string): Task => ({
      script,
      // smtp-server lets a client wait 100 ms for its greeting: with more of them at once it is busy meanwhile.
      sessions: who === "smtp-server" && each !== undefined ? 500 : sessions,
      messages: Math.round(messages * amount.share * (shares.get(who) ?? 1)),
      each,
      addresses,
    });
    const contenders = [
      server("raw", { program: "servers/raw.ts" }, by, task("raw")),
      server("ours", { program: "servers/ours.ts", wanted, tree: ours }, by, task("ours")),
    ];
    if (reads)
      contenders.push(server("raw, addresses", { program: "servers/raw.ts", wanted: { reads } }, by, task("raw")));
    if (against !== undefined)
      contenders.push(server("against", { program: "servers/ours.ts", wanted, tree: against }, by, task("ours")));
    if (peers !== undefined && setting.peers !== "none")
      contenders.push(server("smtp-server", { program: "servers/smtp-server.ts" }, by, task("smtp-server")));
    const started = await taking(contenders, setting);
    return setting.peers === "all" ? [...started, ...(await others(peers ?? [], by, task, setting))] : started;
  },
});

/** The works with small messages. */
export const smallWorks: readonly Work[] = [
  small({
    name: "lockstep",
    title: "4 KiB lockstep, 20 sessions",
    script: lockstep(content),
    messages: 20_000,
    peers: everybody,
  }),
  small({
    name: "pipelined",
    title: "4 KiB pipelined",
    script: pipelined(content),
    messages: 30_000,
    peers: everybody,
  }),
  small({ name: "glued", title: "glued", script: glued(content), messages: 40_000, peers: everybody }),
  small({ name: "bdat", title: "BDAT with four messages in flight", script: bdat(content), messages: 60_000 }),
  small({
    name: "recipients",
    title: "50 recipients, pipelined",
    script: pipelined(content, 50),
    messages: 10_000,
    reads: true,
    peers: everybody,
  }),
  small({
    name: "oneshot",
    title: "one message a connection",
    script: pipelined(content),
    messages: 6000,
    each: 1,
    warm: 3, // V8 compiles until some 12,000 connections have come and gone
    peers: everybody,
  }),
  small({
    name: "hooks",
    title: "two async hooks, pipelined",
    script: pipelined(content),
    messages: 30_000,
    wanted: { hooks: "async" },
  }),
];
