// Where things are: the workspace's root, the package manager, and the environment that every command runs in.
// Plain JavaScript without dependencies, because it runs before anything is installed, on Node 20.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The workspace's root folder: two levels above this file. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where the installed commands are, the workspace's own Node among them. */
const bin = join(root, "node_modules", ".bin");

/** The oldest Node that runs the packages: type stripping without a flag came with it. */
export const oldest = [22, 18];

/** The command that runs pnpm in the version which `packageManager` names, wherever npm is. */
export function pnpm(...args) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return ["npx", "-y", packageManager, ...args];
}

const quiet = { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NO_UPDATE_NOTIFIER: "1" };

// npm puts our node_modules/.bin in front for its scripts. The installation must not run under a Node that it may
// replace, and npm finds the machine's settings (certificates, proxies) only under the machine's own Node.
const machine = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((folder) => !folder.startsWith(join(root, "node_modules")))
  .join(delimiter);

/** The environment of npm and pnpm: the machine's own commands only. */
export const outside = { ...process.env, ...quiet, PATH: machine };

/** The environment of everything else: the workspace's commands first. */
export const inside = { ...outside, PATH: [bin, machine].join(delimiter) };

function versionOf(node) {
  try {
    return execFileSync(node, ["--version"], { env: outside, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

/** Whether a version such as `v22.18.0` is new enough. */
export function newEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/**
 * Chooses the Node that the scripts run under: the workspace's own, or else the machine's, which
 * `POSTHORN_NODE=machine` prefers (CI runs the tests under every Node that the packages support).
 * Returns `undefined` when one is new enough, and otherwise the sentence that says what is missing.
 */
export function complaintAboutNode() {
  const own = existsSync(join(bin, "node")) ? versionOf(join(bin, "node")) : undefined;
  const prefersOwn = process.env.POSTHORN_NODE !== "machine";
  if (prefersOwn && own !== undefined && newEnough(own)) return undefined;
  const theirs = versionOf("node");
  if (theirs !== undefined && newEnough(theirs)) {
    // What `node_modules/.bin/node` is must not be found first.
    if (existsSync(join(bin, "node"))) inside.PATH = [machine, bin].join(delimiter);
    return undefined;
  }
  return `Node ${oldest.join(".")} or newer is needed: this machine has ${(theirs ?? "none").trim()}, and the workspace's own could not be installed.`;
}
