/** The two programs as child processes, from their sources; nothing of them outlives the file of tests. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll } from "vitest";

const APPS = join(import.meta.dirname, "../../../apps");

const children = new Set<ChildProcess>();
const folders = new Set<string>();
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** How much harder the heavy attacks try: 1, or what the long run says. */
export const RUNS: number = Number(process.env["POSTHORN_RUNS"] ?? 1);

/** How a run ended, and what it said. */
export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** What a run is given beside its arguments. */
export interface Given {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** File descriptors that it may have open, set by the shell that starts it. */
  readonly descriptors?: number;
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<Ended>;
}

/** Starts one of the programs. */
export const launch = (app: "client" | "server", args: readonly string[], given: Given = {}): Running => {
  const node = [process.execPath, "--conditions=@posthorn/source", join(APPS, app, "src/main.ts"), ...args];
  const limited = ["-c", `ulimit -n ${given.descriptors ?? 0} && exec "$@"`, "sh", ...node];
  const [command = "", ...rest] = given.descriptors === undefined ? node : ["sh", ...limited];
  const { POSTHORN_PASSWORD: _, FORCE_COLOR: __, ...env } = process.env;
  const child = spawn(command, rest, {
    stdio: "pipe",
    env: { ...env, NODE_OPTIONS: "", NODE_NO_WARNINGS: "1", NO_COLOR: "1", ...given.env },
  });
  children.add(child);
  child.on("close", () => children.delete(child));
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.on("error", () => undefined);
  child.stdin.end(given.input ?? "");
  const ended = once(child, "close").then(([status]: unknown[]) => ({
    status: typeof status === "number" ? status : null,
    out,
    err,
  }));
  return { child, out: () => out, err: () => err, ended };
};

/** A server that listens: its ports, in the order of its listeners. */
export interface Server extends Running {
  readonly port: number;
  readonly ports: readonly number[];
  /** Its log, a record each; throws where a line is no JSON. */
  readonly records: () => readonly Record<string, unknown>[];
  /** Waits until its log says this. */
  readonly logged: (what: RegExp) => Promise<void>;
  /** SIGTERM, and how it ended. */
  readonly stop: () => Promise<Ended>;
}

/** Starts posthornd and waits until it listens; one listener on a free port if none is among the arguments. */
export const serve = async (args: readonly string[] = [], given: Given = {}): Promise<Server> => {
  const listens = args.some((arg) => /^--(?:listen|submission)/.test(arg));
  const all = [...(listens ? [] : ["--listen", "127.0.0.1:0"]), "--log", "json", ...args];
  const running = launch("server", all, given);
  const { child, out, err, ended } = running;
  let over = false;
  void ended.finally(() => (over = true));
  while (!out().endsWith("}\n")) {
    if (over) throw new Error(`it ended at once: ${err()}`);
    await Promise.race([once(child.stdout ?? child, "data"), ended]);
  }
  const ports = out()
    .trimEnd()
    .split("\n")
    .map((line) => Number(/"port":(\d+)/.exec(line)?.[1]));
  return {
    ...running,
    ports,
    port: ports[0] ?? 0,
    records: () =>
      err()
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async logged(what) {
      while (!what.test(err())) {
        if (over) throw new Error(`it ended, and never said ${String(what)}`);
        await Promise.race([once(child.stderr ?? child, "data"), ended]);
      }
    },
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
};

/** The memory of a process that is not swapped out, in octets. */
export const memoryOf = ({ child }: Running): number =>
  1024 * Number(execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" }));

/** Its greatest memory while something runs, over what it was before; octets. */
export const growth = async (running: Running, run: () => Promise<unknown>): Promise<number> => {
  const before = memoryOf(running);
  let most = before;
  const look = setInterval(() => {
    if (running.child.exitCode === null) most = Math.max(most, memoryOf(running));
  }, 100);
  try {
    await run();
    return Math.max(most, memoryOf(running)) - before;
  } finally {
    clearInterval(look);
  }
};

/** A new folder, gone when the file of tests has ended. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-security-"));
  folders.add(folder);
  return folder;
};

/** All files below a folder, as relative paths, sorted. */
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
