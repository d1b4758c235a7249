/** The program as a child process, from its sources; nothing of it outlives its test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { onTestFinished } from "vitest";

const MAIN = path.resolve(import.meta.dirname, "../src/main.ts");
/** Where Node keeps what it compiled: the second start takes half as long. */
const CACHE = path.resolve(import.meta.dirname, "../node_modules/.cache/node");

/** One line of what it announces. */
export interface Listening {
  readonly event: string;
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly tls: string;
}

/** How a run ended. */
export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A server that runs. */
export interface Running {
  readonly listening: readonly Listening[];
  /** The port of the first listener. */
  readonly port: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
  /** Its log so far. */
  readonly log: () => string;
  /** SIGTERM, and how it ended. */
  readonly stop: () => Promise<Ended>;
  /** Waits until the log has this many records of an event, and returns them. */
  readonly records: (event: string, count?: number) => Promise<readonly Record<string, unknown>[]>;
}

/** What a run is given beside its arguments. */
export interface Given {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it inherits as descriptor 3. */
  readonly fd?: number;
  /** Told how to end it, once nobody needs it; the end of the test, if not given. */
  readonly over?: (end: () => void) => void;
}

const launch = (
  args: readonly string[],
  given: Given,
): { child: ChildProcess; out: () => string; err: () => string; ended: Promise<Ended> } => {
  const child = spawn(process.execPath, ["--conditions=@posthorn/source", MAIN, ...args], {
    stdio: ["pipe", "pipe", "pipe", given.fd ?? "ignore"],
    ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", NODE_COMPILE_CACHE: CACHE, ...given.env },
  });
  (given.over ?? onTestFinished)(() => void child.kill("SIGKILL"));
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(given.input ?? "");
  const ended = once(child, "close").then(([status]: unknown[]) => ({
    status: typeof status === "number" ? status : null,
    out,
    err,
  }));
  return { child, out: () => out, err: () => err, ended };
};

/** Runs it to its end. */
export const run = (args: readonly string[], given: Given = {}): Promise<Ended> => launch(args, given).ended;

const parse = (line: string): Listening & Record<string, unknown> =>
  JSON.parse(line) as Listening & Record<string, unknown>;

/** Starts a server; `--listen 127.0.0.1:0` if no address is among the arguments. */
export const start = async (args: readonly string[], given: Given = {}): Promise<Running> => {
  const listens = args.some((arg) => /^--(?:listen|submission|config)/.test(arg));
  const { child, out, err, ended } = launch([...(listens ? [] : ["--listen", "127.0.0.1:0"]), ...args], given);
  const early = ended.then(({ err: text }) => Promise.reject(new Error(`it ended at once: ${text}`)));
  early.catch(() => undefined);
  while (!out().endsWith("}\n")) await Promise.race([once(child.stdout ?? child, "data"), early]);
  const listening = out().trimEnd().split("\n").map(parse);
  const records = async (event: string, count = 1): Promise<readonly Record<string, unknown>[]> => {
    for (;;) {
      const lines = err().split("\n").slice(0, -1).map(parse);
      const found = lines.filter((record) => record["event"] === event);
      if (found.length >= count) return found;
      await Promise.race([once(child.stderr ?? child, "data"), early]);
    }
  };
  return {
    listening,
    port: listening[0]?.port ?? 0,
    kill: (signal) => void child.kill(signal),
    ended,
    log: err,
    records,
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
};
