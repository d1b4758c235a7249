// npm run interop: posthorn and posthornd against other mail software, as far as it is here. What is not is named, with
// the reason; `--install` fetches it first (see unpack.ts). Everything happens on loopback and in a temporary folder.
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { endChildren } from "@posthorn/demo";
import { peers } from "./peers.ts";
import { tryAll } from "./try-all.ts";

const help = `Usage: npm run interop -- [--install] [PEER]...

Tries posthorn and posthornd against other mail software. Uses what is installed, and names what is not.

  --install  fetch what is missing from Debian's archive and unpack it below node_modules (as root, on Linux);
             nothing is installed on the machine
  PEER       ${peers.map(({ name }) => name).join(", ")}; all if none is named
`;

interface Wish {
  readonly install: boolean;
  readonly names: readonly string[];
}

function wishOf(args: readonly string[]): Wish | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { install: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    const unknown = positionals.find((name) => peers.every((peer) => peer.name !== name));
    if (unknown !== undefined) return `There is no peer "${unknown}".\n\n${help}`;
    return values.help ? help : { install: values.install, names: positionals };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${help}`;
  }
}

const wish = wishOf(process.argv.slice(2));
if (typeof wish === "string") {
  (wish === help ? process.stdout : process.stderr).write(wish);
  process.exit(wish === help ? 0 : 64);
}

const folder = mkdtempSync(join(tmpdir(), "posthorn-interop-"));
// Daemons run as users of their own, who must come through to their files.
chmodSync(folder, 0o711);
process.on("exit", () => {
  endChildren();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

const chosen = peers.filter(({ name }) => wish.names.length === 0 || wish.names.includes(name));
try {
  const good = await tryAll(chosen, { folder, password: randomBytes(12).toString("base64url"), install: wish.install });
  process.exitCode = good ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
