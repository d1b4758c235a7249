// One message, sent by posthorn as a person would: STARTTLS required, the server known by its fingerprint, AUTH
// SCRAM-SHA-256, the dialogue shown.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startOurs } from "./children.ts";
import type { Sample } from "./messages.ts";
import { look, type Seen, type Spoken, spoken } from "./transcript.ts";

/** Where to send, and as whom. */
export interface Account {
  readonly port: number;
  readonly fingerprint: string;
  readonly user: string;
  readonly password: string;
  /** For the message's file. */
  readonly folder: string;
}

/** What became of it, as posthorn and its transcript say. */
export interface Sent {
  readonly code: number | undefined;
  readonly seen: Seen;
  readonly dialogue: readonly Spoken[];
  /** What posthorn said beside the dialogue. */
  readonly said: string;
  readonly took: number;
}

/** The arguments of `posthorn send` for a message in a file. */
export const sendArguments = (sample: Sample, account: Account, file: string): string[] => [
  "send",
  "--server",
  `127.0.0.1:${account.port}`,
  "--from",
  sample.from,
  ...sample.to.flatMap((to) => ["--to", to]),
  "--data",
  file,
  "--helo",
  "client.demo.example",
  "--tls",
  "required",
  "--verify",
  `sha256:${account.fingerprint}`,
  "--auth",
  "SCRAM-SHA-256",
  "--user",
  account.user,
  "--transcript",
  // Where CHUNKING is offered posthorn uses it. Both ways are to be shown.
  ...(sample.by === "DATA" ? ["--without", "CHUNKING"] : []),
];

/** Sends it, at most 30 seconds; `hear` is told each line of the dialogue as it is spoken. */
export async function send(sample: Sample, account: Account, hear: (line: Spoken) => void): Promise<Sent> {
  const file = join(account.folder, "message.eml");
  writeFileSync(file, sample.octets);
  const dialogue: Spoken[] = [];
  let said = "";
  const child = startOurs("posthorn", sendArguments(sample, account, file), {
    env: { POSTHORN_PASSWORD: account.password },
    limit: 30_000,
    onLine(line) {
      const heard = spoken(line);
      if (heard === undefined) {
        said += `${line}\n`;
        return;
      }
      dialogue.push(heard);
      hear(heard);
    },
  });
  const { code, took } = await child.ended;
  return { code, seen: look(dialogue), dialogue, said: said.trim(), took };
}

/** What is missing from a session that ought to have been secure, authenticated and pipelined; nothing if all is there. */
export function missing({ seen }: Pick<Sent, "seen">, sample: Pick<Sample, "by" | "parameter">): string[] {
  const wanting: string[] = [];
  if (!seen.starttls) wanting.push("no STARTTLS");
  if (!/^SCRAM-SHA-256(-PLUS)?$/.test(seen.mechanism ?? "")) wanting.push("no AUTH SCRAM-SHA-256");
  // BDAT waits until it is known who is accepted; DATA leaves in the group (RFC 2920 §3.1).
  if (seen.group[1] !== "RCPT" || (sample.by === "DATA" && !seen.group.includes("DATA"))) wanting.push("no pipelining");
  if (seen.by !== sample.by) wanting.push(`no ${sample.by}`);
  if (sample.parameter !== undefined && !seen.mail.split(" ").includes(sample.parameter)) {
    wanting.push(`no ${sample.parameter}`);
  }
  return wanting;
}
