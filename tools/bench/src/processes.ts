// Every process that the bench starts is remembered here and ended with it, whatever ends it: by its id, never by a name.
import { type ChildProcess, fork, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { sources } from "./places.ts";
import type { Job, Usage, Wanted } from "./child.ts";
import type { Sample } from "./work.ts";

const running = new Set<ChildProcess>();

function remember(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Ends everything that still runs. */
export function endAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Starts a program. */
export const launch = (file: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess =>
  remember(spawn(file, args, options));

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Runs a program to its end, at most `seconds`. Never rejects: one that cannot be started ended with `null`. */
export function run(file: string, args: readonly string[], seconds = 120, options: SpawnOptions = {}): Promise<Ended> {
  const started = performance.now();
  const child = launch(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const timer = setTimeout(() => {
    stderr += `ended after ${seconds} s`;
    child.kill("SIGKILL");
  }, seconds * 1000);
  return new Promise((resolve) => {
    const end = (code: number | null): void => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, seconds: (performance.now() - started) / 1000 });
    };
    child.once("error", (error) => {
      stderr += error.message;
      end(null);
    });
    child.once("close", end);
  });
}

/** A program of ours in a process of its own that answers questions: see child.ts. */
export interface Served {
  /** Where a server listens. */
  readonly port: number;
  readonly pid: number;
  /** What a server has used so far. */
  usage(): Promise<Usage>;
  /** Has a client or an engine do a job, at most two minutes, and tells what it needed. */
  perform(job: Job): Promise<Sample>;
  stop(): Promise<void>;
}

const answer = async (child: ChildProcess, seconds: number): Promise<unknown> => {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(seconds * 1000)]);
  const ended = once(child, "exit", { signal }).then(() => {
    throw new Error("it has ended");
  });
  try {
    const [message] = await Promise.race([once(child, "message", { signal }), ended]);
    return message;
  } finally {
    over.abort();
  }
};

/** What `fork` is to be told. */
export interface Order {
  /** The program below `src`. */
  readonly program: string;
  readonly wanted?: Wanted;
  /** Another checkout whose packages it uses. */
  readonly tree?: string | undefined;
  readonly flags?: readonly string[];
}

const portOf = (message: unknown): number =>
  typeof message === "object" && message !== null && "port" in message ? Number(message.port) : 0;

const isUsage = (message: unknown): message is Usage =>
  typeof message === "object" && message !== null && "user" in message;

const isSample = (message: unknown): message is Sample =>
  typeof message === "object" && message !== null && "cpu" in message;

const failureOf = (message: unknown): string =>
  typeof message === "object" && message !== null && "failed" in message ? String(message.failed) : "no answer";

/**
 * Starts a program of ours and waits, at most 20 seconds, until it is ready.
 * @throws Error with what it said, where it does not
 */
export async function serve({ program, wanted = {}, tree, flags = [] }: Order): Promise<Served> {
  const hook = tree === undefined ? [] : ["--import", join(sources, "tree.ts")];
  const child = fork(join(sources, program), [JSON.stringify(wanted)], {
    execArgv: [...process.execArgv, ...flags, ...hook],
    env: { ...process.env, ...(tree === undefined ? {} : { POSTHORN_BENCH_TREE: tree }) },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  remember(child);
  const gone = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  try {
    const port = portOf(await answer(child, 20));
    return {
      port,
      pid: child.pid ?? 0,
      async usage() {
        child.send("usage");
        const told = await answer(child, 20);
        if (isUsage(told)) return told;
        throw new Error(`${program}: no answer`);
      },
      async perform(job) {
        child.send(job);
        const told = await answer(child, 120);
        if (isSample(told)) return told;
        throw new Error(`${program}: ${failureOf(told)}`);
      },
      async stop() {
        child.kill("SIGKILL");
        await gone;
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${program}: ${why}: ${said.trim()}`, { cause: error });
  }
}
