// A peer that sends into posthornd: how each message is handed to it, and then the mailbox decides.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ended, Given, Sample } from "@posthorn/demo";
import { arrival } from "./arrival.ts";
import type { Bench, Case, Opened, Peer, Way } from "./peer.ts";
import { common, long, short } from "./samples.ts";
import type { World } from "./world.ts";

/** One message to be sent in one way. */
export interface Job {
  readonly sample: Sample;
  readonly way: Way;
  readonly bench: Bench;
  readonly world: World;
  /** The message as a file, with CRLF. */
  readonly file: string;
  readonly port: number;
}

/** A command to run. */
export interface Order {
  readonly args: readonly string[];
  readonly given?: Given;
}

const ways: readonly Way[] = ["exchanger", "submission", "submissions"];

const titles: Readonly<Record<Way, string>> = {
  exchanger: "into posthornd",
  submission: "STARTTLS, AUTH",
  submissions: "TLS at once, AUTH",
};

/** The cases of a sender: all messages unauthenticated, two in each other way. */
export const casesOf = (bench: Bench, world: World, send: (job: Job) => Promise<string | undefined>): readonly Case[] =>
  ways.flatMap((way) => {
    const samples = way === "exchanger" ? [...common, ...long] : short;
    return samples.map((sample) => ({
      name: `${titles[way]}: ${sample.name}`,
      async run() {
        const file = join(world.folder, "message.eml");
        writeFileSync(file, sample.octets, { mode: 0o644 });
        const fault = await send({ sample, way, bench, world, file, port: bench.port(way) });
        return fault ?? (await arrival(bench.reader, sample, 5000));
      },
    }));
  });

/** The last line that a program said: mostly the one that says what was wrong. */
export const lastWords = ({ stdout, stderr }: Ended): string =>
  (stderr.trim() === "" ? stdout : stderr).trim().split("\n").at(-1) ?? "";

/** The first line of what `--version` says. */
export async function versionOf(world: World, program: string, args: readonly string[]): Promise<string> {
  const said = await world.start(program, args, { limit: 10_000 }).ended;
  return /\d[\w.+~-]*/.exec(said.stdout === "" ? said.stderr : said.stdout)?.[0] ?? "unknown version";
}

/** A peer that is one command for each message. */
export const commandPeer = (
  about: Pick<Peer, "name" | "packages"> & { readonly program: string; readonly version: readonly string[] },
  order: (job: Job) => Order,
): Peer => ({
  ...about,
  async open(bench, world): Promise<Opened> {
    const cases = casesOf(bench, world, async (job) => {
      const { args, given } = order(job);
      const ended = await world.start(about.program, args, { limit: 30_000, ...given }).ended;
      return ended.code === 0
        ? undefined
        : `${about.program} ended with ${ended.code ?? "a signal"}: ${lastWords(ended)}`;
    });
    return { version: await versionOf(world, about.program, about.version), cases };
  },
});
