// Programs as children: what they print is kept, what they leave behind is ended. Nothing outlives the demonstration.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "@posthorn/workspace";

/** The two programs, as they were built. */
export const programs = {
  posthorn: join(root, "apps/client/dist/main.js"),
  posthornd: join(root, "apps/server/dist/main.js"),
} as const;

const running = new Set<ChildProcess>();

/** Ends every child that still runs, at once. */
export function endChildren(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** How a child ended. */
export interface Ended {
  /** Its exit code; `undefined` if a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from its start. */
  readonly took: number;
}

/** What a child is given. */
export interface Given {
  /** For its standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Sees each line as it comes, of both outputs. */
  readonly onLine?: (line: string, from: "stdout" | "stderr") => void;
  /** The longest that it may take, in milliseconds; it is ended then, and has no code. */
  readonly limit?: number;
}

/** A child that runs. */
export interface Child {
  readonly pid: number | undefined;
  readonly ended: Promise<Ended>;
  stop(signal?: NodeJS.Signals): void;
}

/** Cuts a stream into lines, the unfinished last one too once it ends. */
function lineByLine(take: (line: string) => void): { add(text: string): void; end(): void } {
  let held = "";
  return {
    add(text) {
      const cut = (held + text).split(/\r?\n/);
      held = cut.pop() ?? "";
      cut.forEach(take);
    },
    end() {
      if (held !== "") take(held);
    },
  };
}

/** Starts a program. Its `ended` never rejects: a program that cannot be started has ended without a code. */
export function start(file: string, args: readonly string[], given: Given = {}): Child {
  const began = performance.now();
  const child = spawn(file, args, { cwd: given.cwd, env: { ...process.env, ...given.env }, stdio: "pipe" });
  running.add(child);
  const kept = { stdout: "", stderr: "" };
  for (const from of ["stdout", "stderr"] as const) {
    const cutter = lineByLine((line) => given.onLine?.(line, from));
    child[from].setEncoding("utf8");
    child[from].on("data", (text: string) => {
      kept[from] += text;
      cutter.add(text);
    });
    child[from].on("end", () => cutter.end());
  }
  // A program that ends without reading its input is no matter of ours.
  child.stdin.on("error", () => undefined);
  child.stdin.end(given.input ?? "");
  const timer = given.limit === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), given.limit);
  const ended = new Promise<Ended>((done) => {
    const end = (code: number | null): void => {
      clearTimeout(timer);
      running.delete(child);
      done({ code: code ?? undefined, ...kept, took: performance.now() - began });
    };
    child.on("error", (error) => {
      kept.stderr += error.message;
      end(null);
    });
    child.on("close", end);
  });
  return {
    pid: child.pid,
    ended,
    stop(signal = "SIGTERM") {
      child.kill(signal);
    },
  };
}

/** Starts one of our programs under this Node. */
export const startOurs = (program: keyof typeof programs, args: readonly string[], given: Given = {}): Child =>
  start(process.execPath, [programs[program], ...args], given);
