// What can be said to the bench.
import { parseArgs } from "node:util";
import { allWorks } from "./works/all.ts";

const names = allWorks.map(({ name }) => name);

/** How it is used. */
export const help = `Usage: npm run bench -- [OPTION]...

Measures posthorn beside others and beside bare sockets, in rounds that alternate. Everything runs on loopback and ends
with the bench. Without options: all of it, some fifteen minutes, and docs/performance.md is written.

  --quick          two minutes: fewer messages and rounds, peers of npm only; writes nothing
  --check          exit with 1 where a figure is missed, and name it
  --only WORK,...  some works only; writes nothing
  --rounds N       rounds that count; 7, and 3 with --quick
  --share X        the share of the messages of a round; 1, and 0.2 with --quick
  --peers WHO      all, npm or none
  --json FILE      write every sample
  --docs FOLDER    write performance.md and its plots there
  --ours WHERE     a commit or a checkout to measure instead of this one
  --against WHERE  one to measure beside it
  --list           name the works
  --help           this

Works: ${names.join(", ")}
`;

/** What is wanted. */
export interface Wish {
  readonly quick: boolean;
  readonly check: boolean;
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  readonly share: number;
  readonly peers: "all" | "npm" | "none";
  readonly json: string | undefined;
  readonly docs: string | undefined;
  readonly ours: string | undefined;
  readonly against: string | undefined;
  readonly list: boolean;
}

const options = {
  quick: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  only: { type: "string" },
  rounds: { type: "string" },
  share: { type: "string" },
  peers: { type: "string" },
  json: { type: "string" },
  docs: { type: "string" },
  ours: { type: "string" },
  against: { type: "string" },
  list: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const isPeers = (text: string): text is Wish["peers"] => text === "all" || text === "npm" || text === "none";

/** What is wanted, `help`, or what is wrong with it in one line. */
export function wishOf(args: readonly string[]): Wish | "help" | { readonly wrong: string } {
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return "help";
    const only = values.only?.split(",");
    const unknown = only?.find((name) => !names.includes(name));
    if (unknown !== undefined) return { wrong: `There is no work "${unknown}"` };
    const rounds = Number(values.rounds ?? (values.quick ? 3 : 7));
    if (!Number.isSafeInteger(rounds) || rounds < 1) return { wrong: "--rounds is a number, 1 or more" };
    const share = Number(values.share ?? (values.quick ? 0.2 : 1));
    if (!(share > 0 && share <= 10)) return { wrong: "--share is a number above 0" };
    const peers = values.peers ?? (values.quick ? "npm" : "all");
    if (!isPeers(peers)) return { wrong: "--peers is all, npm or none" };
    const { quick, check, json, docs, ours, against, list } = values;
    return { quick, check, only, rounds, share, peers, json, docs, ours, against, list };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
