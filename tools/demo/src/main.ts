// The main job: posthornd is started, posthorn sends it real messages over STARTTLS, AUTH and PIPELINING, and every
// octet that arrived is compared with what was sent. Exits 0 if all is the same, 1 if anything is not.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { endChildren } from "./children.ts";
import { demonstrate } from "./demonstrate.ts";

const folder = mkdtempSync(join(tmpdir(), "posthorn-demo-"));
const cleanUp = (): void => {
  endChildren();
  rmSync(folder, { recursive: true, force: true });
};

process.on("exit", cleanUp);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));
setTimeout(() => {
  console.error("The demonstration is not done after 58 seconds, the most that it may take.");
  process.exit(1);
}, 58_000).unref();

try {
  process.exitCode = (await demonstrate(folder, randomBytes(12).toString("base64url"))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
