// On what it was measured, with what: a figure without these is none.
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { createRequire } from "node:module";
import process from "node:process";
import { root } from "@posthorn/workspace";
import { sinks } from "./peers/sinks.ts";
import { installed } from "./peers/external.ts";
import { run } from "./processes.ts";

/** A machine and what is on it. */
export interface Machine {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory: number;
  readonly system: string;
  readonly generator: string;
  readonly load: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);

const versionOf = (name: string): string => {
  const { version } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8"));
  return String(version);
};

/** Looks at the machine. */
export async function machine(generator: string): Promise<Machine> {
  const [first] = cpus();
  const commit = await run("git", ["-C", root, "log", "-1", "--format=%h"], 10);
  const versions: Record<string, string> = { Node: process.versions.node };
  for (const name of ["nodemailer", "smtp-server"]) versions[name] = versionOf(name);
  for (const peer of sinks) {
    // oxlint-disable-next-line no-await-in-loop -- three
    const version = await peer.version().catch(() => "");
    if (version !== "") versions[peer.name === "smtp-sink" ? "Postfix" : peer.name] = version;
  }
  const swaks = installed("swaks");
  if (swaks !== undefined) {
    const { stdout } = await run(swaks, ["--version"], 10);
    versions["swaks"] = /\d{8}\.\d+/.exec(stdout)?.[0] ?? "";
  }
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    commit: commit.stdout.trim(),
    cpu: first?.model ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    system: `${type()} ${release()}`,
    generator,
    load: loadavg(),
    versions,
  };
}
