/** Runs the program of these tests; nothing of it outlives its test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { dial, type Raw } from "../support.ts";
import type { Told } from "./program.ts";

const PROGRAM = join(import.meta.dirname, "program.ts");
const CACHE = join(import.meta.dirname, "../../node_modules/.cache/node");

type Line = Readonly<Record<string, unknown>> & { readonly type: string };

/** A folder, gone when the test has ended. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-workers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** Whether a process lives. */
export const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has waited for yet is gone as well.
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
};

/** Waits until something holds. */
export const until = async (holds: () => boolean, what: string): Promise<void> => {
  const late = Date.now() + 8000;
  while (!holds()) {
    if (Date.now() > late) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** The program, running. */
export class Running {
  err = "";
  out = "";
  readonly child: ChildProcess;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.out += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.err += text));
    this.ended = once(child, "close").then(([code]: unknown[]) => (typeof code === "number" ? code : null));
    this.ended.catch(() => undefined);
  }

  get lines(): readonly Line[] {
    return this.out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line); // oxlint-disable-line typescript/no-unsafe-type-assertion -- our own program's
  }

  /** The lines of a type, once there are so many. */
  async told(type: string, count = 1): Promise<readonly Line[]> {
    const found = (): readonly Line[] => this.lines.filter((line) => line.type === type);
    await until(() => found().length >= count || this.child.exitCode !== null, `${type} ${count}: ${this.err}`);
    return found();
  }

  async port(): Promise<number> {
    const [line] = await this.told("listening");
    const port = /"port":(\d+)/.exec(JSON.stringify(line))?.[1];
    if (port === undefined) throw new Error(`it does not listen: ${this.out}${this.err}`);
    return Number(port);
  }

  /** Process ids of the workers that run now, by their numbers. */
  workers(): ReadonlyMap<number, number> {
    const pids = new Map<number, number>();
    for (const { type, worker, pid } of this.lines)
      if (type === "worker-started") pids.set(Number(worker), Number(pid));
    return pids;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** Starts the program. */
export const start = (told: Told): Running => {
  const child = spawn(process.execPath, ["--conditions=@posthorn/source", PROGRAM, JSON.stringify(told)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "", NODE_COMPILE_CACHE: CACHE },
  });
  const running = new Running(child);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await running.ended;
    for (const pid of running.workers().values()) await until(() => !lives(pid), `the end of worker ${pid}`);
  });
  return running;
};

/** A connection, and which worker greeted it. */
export const greeted = async (port: number): Promise<{ readonly raw: Raw; readonly worker: number }> => {
  const raw = await dial(port);
  onTestFinished(() => void raw.socket.destroy());
  return { raw, worker: Number(/worker (\d+)/.exec(await raw.reply())?.[1]) };
};

/** Connections, one to each worker. */
export const oneEach = async (port: number, count: number): Promise<readonly Raw[]> => {
  const found: Raw[] = [];
  for (let n = 0; n < count; n++) {
    const { raw, worker } = await greeted(port);
    found[worker - 1] = raw;
  }
  return found;
};
