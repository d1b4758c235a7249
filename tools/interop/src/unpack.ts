// `--install`: Debian's packages are fetched by apt with what they need and this machine lacks, and unpacked into a
// folder of this workspace. Nothing is installed on the machine, and no script of a package runs.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { start } from "@posthorn/demo";
import { root } from "@posthorn/workspace";

const cache = join(root, "node_modules/.cache/posthorn-interop");

/** The folder of packages that were unpacked for a peer, if they were. */
export const unpacked = (peer: string): string | undefined => {
  const folder = join(cache, peer);
  return existsSync(folder) ? folder : undefined;
};

async function run(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await start(file, args, { cwd, limit: 180_000 }).ended;
  if (code === 0) return stdout;
  throw new Error(`${file} ${args[0] ?? ""}: ${stderr.trim().split("\n").at(-1) ?? "failed"}`);
}

/** Where /lib and the like are links into /usr, what a package has there must lie in /usr too, or it would hide the link. */
function mergeUsr(folder: string): void {
  for (const name of ["bin", "lib", "sbin"]) {
    if (!existsSync(join(folder, name))) continue;
    cpSync(join(folder, name), join(folder, "usr", name), { recursive: true, verbatimSymlinks: true });
    rmSync(join(folder, name), { recursive: true });
  }
}

/**
 * Fetches and unpacks packages for a peer. Returns the folder.
 * @throws Error in one line, where apt is not there or cannot
 */
export async function unpack(peer: string, packages: readonly string[]): Promise<string> {
  const folder = join(cache, peer);
  if (existsSync(folder)) return folder;
  const making = join(cache, `${peer}.new`);
  const debs = join(cache, `${peer}.debs`);
  for (const made of [making, debs]) {
    rmSync(made, { recursive: true, force: true });
    mkdirSync(made, { recursive: true });
  }
  const plan = await run("apt-get", ["install", "--simulate", "--no-install-recommends", ...packages], debs);
  const lacking = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name ?? "");
  await run("apt-get", ["download", "-o", "APT::Sandbox::User=root", ...lacking], debs);
  for (const deb of readdirSync(debs)) {
    // oxlint-disable-next-line no-await-in-loop -- into one folder, one after the other
    await run("dpkg", ["--extract", deb, making], debs);
  }
  mergeUsr(making);
  renameSync(making, folder);
  rmSync(debs, { recursive: true });
  return folder;
}
