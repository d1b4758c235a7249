// The demonstration, told as it happens.
import type { Spoken } from "./transcript.ts";
import { apart, difference } from "./compare.ts";
import { MaildirReader } from "./maildir.ts";
import { domains, type Sample, samples } from "./messages.ts";
import { type Account, missing, type Sent, send } from "./send.ts";
import { type Running, startServer } from "./server.ts";
import { type Column, duration, grouped, header, row, style } from "./table.ts";

const columns: readonly Column[] = [
  { title: "message", width: 26 },
  { title: "octets", width: 12, right: true },
  { title: "by", width: 4 },
  { title: "time", width: 7, right: true },
  { title: "verdict", width: 30 },
];

const WIDTH = 110;

const show = ({ side, text }: Spoken): void => {
  const cut = text.length > WIDTH ? `${text.slice(0, WIDTH)}…` : text;
  const paint = side === "C" ? style.client : side === "S" ? style.server : style.faint;
  console.log(paint(side === "*" ? `  *  ${cut}` : `  ${side}: ${cut}`));
};

/** What is wrong with what arrived; nothing if every copy is there and each octet is the same. */
function faults(sample: Sample, sent: Sent, arrived: ReadonlyMap<string, Uint8Array>): string[] {
  if (sent.code !== 0) return [`posthorn ended with ${sent.code ?? "a signal"}`];
  const found = missing(sent, sample);
  if (arrived.size !== sample.to.length) found.push(`${arrived.size} copies arrived, not ${sample.to.length}`);
  for (const stored of arrived.values()) {
    const { trace, octets } = apart(stored);
    if (!/^Received: /m.test(trace)) found.push("no Received field was added");
    const differs = difference(sample.octets, octets);
    if (differs !== undefined) found.push(differs.text);
  }
  return found;
}

async function sendAll(server: Running, account: Account): Promise<boolean> {
  const reader = new MaildirReader(server.mail);
  let good = true;
  for (const [index, sample] of samples().entries()) {
    if (index === 0) console.log(style.strong("\nThe first session, as it is spoken\n"));
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that each is timed and found by itself
    const sent = await send(sample, account, index === 0 ? show : () => undefined);
    const arrived = reader.arrived();
    const found = faults(sample, sent, arrived);
    good &&= found.length === 0;
    const copies = arrived.size > 1 ? ` in ${arrived.size} copies` : "";
    const verdict = found.length === 0 ? style.good(`identical${copies}`) : style.bad(found.join("; "));
    if (index === 0) console.log(`\n${header(columns)}`);
    console.log(
      row(columns, [sample.name, grouped(sample.octets.length), sent.seen.by ?? "-", duration(sent.took), verdict]),
    );
    if (sent.code !== 0) console.log(style.faint(sent.said.replace(/^/gm, "    ")));
  }
  const left = reader.leftOver();
  if (left.length > 0) console.log(style.bad(`Left over in tmp: ${left.join(", ")}`));
  return good && left.length === 0;
}

/** Runs it in a folder of its own, with a password for its user. Returns whether every octet was the same. */
export async function demonstrate(folder: string, password: string): Promise<boolean> {
  const began = performance.now();
  const server = await startServer({
    folder,
    listeners: ["--submission"],
    domains,
    users: { ada: password },
    more: ["--max-size", String(32 * 1024 * 1024)],
  });
  const [listener] = server.ready;
  console.log(`posthornd listens on ${listener?.host}:${listener?.port} (${listener?.protocol}, ${listener?.tls})`);
  console.log(style.faint(`certificate sha256:${server.fingerprint}`));
  console.log(style.faint(`mail goes to ${server.mail}/%d/%n`));
  const port = listener?.port ?? 0;
  let good = false;
  try {
    good = await sendAll(server, { port, fingerprint: server.fingerprint, user: "ada", password, folder });
  } finally {
    const code = await server.stop();
    if (code !== 0) {
      console.log(style.bad(`posthornd ended with ${code ?? "a signal"}`));
      good = false;
    }
    if (!good) console.log(style.faint(`\n${server.log().trimEnd().split("\n").slice(-20).join("\n")}`));
  }
  const total = grouped(samples().reduce((sum, { octets }) => sum + octets.length, 0));
  const took = duration(performance.now() - began);
  console.log(
    good
      ? style.good(
          `\nEvery one of ${total} octets arrived as it was sent, over STARTTLS, SCRAM-SHA-256 and PIPELINING (${took}).`,
        )
      : style.bad(`\nNot everything arrived as it was sent (${took}).`),
  );
  return good;
}
