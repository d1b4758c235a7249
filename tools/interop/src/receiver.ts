// A peer that posthorn sends into: what posthorn says of it, by its exit code, and then the mailbox decides.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Sample, startOurs } from "@posthorn/demo";
import { lastWords } from "./sender.ts";

/** Where posthorn sends, and how. */
export interface Target {
  readonly port: number;
  /** A folder for the message's file. */
  readonly folder: string;
  /** More of its options, such as `--lmtp`. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Sends a message with posthorn. Resolves to what went wrong, or to nothing. */
export async function posthorn(
  sample: Sample,
  { port, folder, options = [], env = {} }: Target,
): Promise<string | undefined> {
  const file = join(folder, "posthorn.eml");
  writeFileSync(file, sample.octets);
  const args = [
    "send",
    "--server",
    `127.0.0.1:${port}`,
    "--from",
    sample.from,
    ...sample.to.flatMap((to) => ["--to", to]),
    "--data",
    file,
    "--helo",
    "client.demo.example",
    ...options,
  ];
  const ended = await startOurs("posthorn", args, { env, limit: 30_000 }).ended;
  return ended.code === 0 ? undefined : `posthorn ended with ${ended.code ?? "a signal"}: ${lastWords(ended)}`;
}
