// Checks every published package as it would be published: packed by pnpm, then read by publint (what is in the
// tarball and what its manifest says) and by are-the-types-wrong (whether each entry has the types it says).
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { packagesOf } from "@posthorn/workspace";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { inside, outside, pnpm, root } from "../../run/place.mjs";

const start = promisify(execFile);
const attw = join(import.meta.dirname, "../node_modules/.bin/attw");

/** What a program printed, and whether it ended well. */
async function output(
  [file = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ ok: boolean; text: string }> {
  try {
    const { stdout, stderr } = await start(file, args, { cwd: root, env, maxBuffer: 1 << 26 });
    return { ok: true, text: stdout + stderr };
  } catch (error) {
    const printed = typeof error === "object" && error !== null ? error : {};
    const text = ["stdout", "stderr"].map((key) => Object.entries(printed).find(([name]) => name === key)?.[1]);
    return { ok: false, text: text.join("") || String(error) };
  }
}

/** What is wrong with the package in a tarball. */
async function check(tarball: string): Promise<string[]> {
  const bytes = Uint8Array.from(readFileSync(tarball));
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, level: "warning", strict: true });
  const wrong = messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
  const asking = [attw, tarball, "--profile", "esm-only", "--format", "ascii", "--no-color", "--no-emoji"];
  const types = await output(asking, inside);
  return types.ok ? wrong : [...wrong, types.text.trim()];
}

const scratch = mkdtempSync(join(tmpdir(), "posthorn-packages-"));
try {
  const published = packagesOf().filter((of) => of.published);
  const chosen = published.flatMap((of) => ["--filter", of.name]);
  const packed = await output(pnpm(...chosen, "-r", "pack", "--pack-destination", scratch), outside);
  const tarballs = readdirSync(scratch).filter((name) => name.endsWith(".tgz"));
  if (!packed.ok || tarballs.length !== published.length) {
    console.error(`${packed.text.trim()}\n${tarballs.length} of ${published.length} packages could be packed`);
    process.exitCode = 1;
  }
  const worker = async (): Promise<void> => {
    for (let next = tarballs.shift(); next !== undefined; next = tarballs.shift()) {
      for (const wrong of await check(join(scratch, next))) {
        console.error(`${next}: ${wrong}`);
        process.exitCode = 1;
      }
    }
  };
  await Promise.all([worker(), worker()]);
  if (process.exitCode === undefined) console.log(`${published.length} packages can be published`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
