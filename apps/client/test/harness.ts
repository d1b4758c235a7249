/** The program as its users have it: a child process, with what it is given and what it says. And in this process, where that is enough. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { run } from "../src/index.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");

/** What a run came to. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run is given beside its arguments. */
export interface Given {
  readonly input?: string | Uint8Array;
  /** Whether standard input stays open behind `input`. */
  readonly open?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Called when the program has begun to read more than a pipe holds. */
  readonly taken?: () => void;
  /** Called once the program runs. */
  readonly started?: (kill: (signal: NodeJS.Signals) => void) => void;
}

const clean = (): NodeJS.ProcessEnv => {
  const { POSTHORN_PASSWORD: _, NODE_OPTIONS: __, FORCE_COLOR: ___, ...env } = process.env;
  return { ...env, NODE_NO_WARNINGS: "1", NO_COLOR: "1" };
};

/** Runs the program as a process of its own, 20 seconds at most. */
export const posthorn = (
  args: readonly string[],
  { input = "", open = false, env, started, taken }: Given = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--conditions=@posthorn/source", MAIN, ...args], {
      env: { ...clean(), ...env },
      timeout: 20_000,
      killSignal: "SIGKILL",
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {});
    child.stdin.write(input, taken);
    if (!open) child.stdin.end();
    started?.((signal) => void child.kill(signal));
  });

class Sink extends Writable {
  text = "";
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}

/** What a run in this process is given. */
export interface Here extends Omit<Given, "started" | "open" | "taken"> {
  /** Whether it runs on a terminal, where nobody types. */
  readonly interactive?: boolean;
  readonly signal?: AbortSignal;
}

/** Runs the program in this process. */
export const here = async (args: readonly string[], given: Here = {}): Promise<Ran> => {
  const { input = "", env = {}, interactive = false, signal = new AbortController().signal } = given;
  const [stdout, stderr] = [new Sink(), Object.assign(new Sink(), { isTTY: interactive, columns: 100 })];
  const stdin = Object.assign(Readable.from([Buffer.from(input)]), { isTTY: interactive });
  const code = await run(args, { stdin, stdout, stderr, env, signal });
  return { code, stdout: stdout.text, stderr: stderr.text };
};

/** A folder for the files of a test. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "posthorn-"));

  /** Writes a file into it. */
  file(name: string, content: string | Uint8Array): string {
    const file = join(this.path, name);
    writeFileSync(file, content);
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
