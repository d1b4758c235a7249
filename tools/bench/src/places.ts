// Where things lie: the cache (ignored by git, kept between runs) and a folder of this run, gone at its end.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "@posthorn/workspace";

/** Kept between runs: what was built. */
export const cache: string = join(root, "node_modules/.cache/posthorn-bench");

/** The sources of this tool. */
export const sources: string = import.meta.dirname;

let made: string | undefined;

/** A folder of this run. */
export function scratch(): string {
  if (made === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "posthorn-bench-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    made = folder;
  }
  mkdirSync(cache, { recursive: true });
  return made;
}
