// What `--against` and `--ours` name: a folder, or a commit of this repository, which is laid out for this run.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "@posthorn/workspace";
import { scratch } from "./places.ts";
import { run } from "./processes.ts";

/**
 * The folder of another checkout. Not below `node_modules`, where Node takes no TypeScript.
 * @throws Error where there is neither such a folder nor such a commit
 */
export async function checkout(named: string): Promise<string> {
  if (existsSync(named) && statSync(named).isDirectory()) return resolve(named);
  const found = await run("git", ["-C", root, "rev-parse", "--verify", "--short=12", `${named}^{commit}`]);
  const commit = found.stdout.trim();
  if (found.code !== 0) throw new Error(`${named}: neither a folder nor a commit`);
  const folder = join(scratch(), commit);
  if (existsSync(folder)) return folder;
  const archive = join(scratch(), "tree.tar");
  mkdirSync(folder);
  const made = await run("git", ["-C", root, "archive", "-o", archive, commit]);
  const laid = made.code === 0 ? await run("tar", ["-xf", archive, "-C", folder]) : made;
  if (laid.code !== 0) throw new Error(`${named}: ${laid.stderr.trim()}`);
  return folder;
}
