// The load generator: the C program of load/, built by the machine's compiler into the cache, once for each state of its
// sources. Without a compiler the same scripts are played by load/node-load.ts, and the figures are marked.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { cache, scratch, sources } from "../places.ts";
import { launch, run } from "../processes.ts";
import { encodeScript, type Script } from "./script.ts";

/** What is to be played. */
export interface Load {
  readonly script: Script;
  readonly port: number;
  readonly sessions: number;
  readonly messages: number;
  /** Messages over one connection; any number if not given. */
  readonly each?: number | undefined;
  /** How many addresses to connect from. */
  readonly addresses?: number | undefined;
  /** TLS sessions are resumed. */
  readonly resume?: boolean | undefined;
  /** At most so many seconds. */
  readonly limit?: number | undefined;
}

/** What was played. */
export interface Played {
  readonly messages: number;
  readonly replies: number;
  readonly sent: number;
  readonly received: number;
  readonly connections: number;
  readonly handshakes: number;
  readonly resumed: number;
  readonly seconds: number;
  /** CPU of the generator, seconds. */
  readonly cpu: number;
}

/** A way to play scripts. */
export interface Generator {
  /** `C`, or `Node`, where the figures are marked. */
  readonly kind: "C" | "Node";
  readonly tls: boolean;
  readonly file: string;
  readonly args: readonly string[];
}

const node: Generator = {
  kind: "Node",
  tls: true,
  file: process.execPath,
  args: [...process.execArgv, join(sources, "load/node-load.ts")],
};

const folder = join(sources, "../load");

async function build(compiler: string): Promise<Generator | undefined> {
  const names = readdirSync(folder).sort();
  const hash = createHash("sha256").update(compiler);
  for (const name of names) hash.update(readFileSync(join(folder, name)));
  const digest = hash.digest("hex").slice(0, 16);
  const files = names.filter((name) => name.endsWith(".c")).map((name) => join(folder, name));
  mkdirSync(cache, { recursive: true });
  for (const tls of [true, false]) {
    const file = join(cache, `load-${digest}${tls ? "-tls" : ""}`);
    if (existsSync(file)) return { kind: "C", tls, file, args: [] };
    const making = `${file}.${process.pid}`;
    const libraries = tls ? ["-DWITH_TLS", "-lssl", "-lcrypto"] : [];
    // oxlint-disable-next-line no-await-in-loop -- without TLS only where it cannot be built with it
    const { code } = await run(compiler, ["-O2", "-o", making, ...files, ...libraries], 60);
    if (code !== 0) continue;
    renameSync(making, file);
    return { kind: "C", tls, file, args: [] };
  }
  return undefined;
}

/** The generator of this machine; for TLS, the one that can. */
export async function generator(compiler: string = process.env["CC"] ?? "cc"): Promise<Generator> {
  return (process.platform === "linux" ? await build(compiler) : undefined) ?? node;
}

/** The one that plays scripts with TLS: the C program has it where OpenSSL's headers are there. */
export const tlsGenerator = (made: Generator): Generator => (made.tls ? made : node);

const written = new Map<Script, string>();

function scriptFile(script: Script): string {
  const known = written.get(script);
  if (known !== undefined) return known;
  const file = join(scratch(), `script-${written.size}`);
  writeFileSync(file, encodeScript(script));
  written.set(script, file);
  return file;
}

const argsOf = (load: Load): string[] => {
  const { script, port, sessions, messages, each, addresses, resume, limit = 120 } = load;
  const args = ["--script", scriptFile(script), "--port", port, "--sessions", sessions, "--messages", messages];
  args.push("--window", script.window, "--limit", limit);
  if (each !== undefined) args.push("--each", each);
  if (addresses !== undefined) args.push("--addresses", addresses);
  if (resume === true) args.push("--resume");
  return args.map(String);
};

/**
 * Plays a load to its end.
 * @throws Error in one line, with what the server said that was not expected
 */
export async function play(by: Generator, load: Load): Promise<Played> {
  const { code, stdout, stderr } = await run(by.file, [...by.args, ...argsOf(load)], (load.limit ?? 120) + 5);
  if (code !== 0) throw new Error(`load: ${stderr.trim().split("\n").at(-1) || `ended with ${String(code)}`}`);
  return JSON.parse(stdout);
}

/** Opens sessions that say nothing more, lets the bench look, and closes them. */
export async function hold<T>(by: Generator, load: Load, look: () => Promise<T>): Promise<T> {
  const child = launch(by.file, [...by.args, ...argsOf(load), "--hold"], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once("data", () => resolve());
      child.once("error", reject);
      // Once it is ready, that it ends changes nothing.
      child.once("exit", () => reject(new Error(`load: ${said.trim()}`)));
    });
    return await look();
  } finally {
    child.kill("SIGKILL");
  }
}
