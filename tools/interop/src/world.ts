// Where a peer runs. What is installed runs as it is. What was only unpacked (`unpack.ts`) runs in namespaces of its
// own: in a root where the packages lie on top of the machine's files, so that it finds everything where it was built to
// look, and the machine's files stay as they are; everything that it started there ends with it. That needs Linux, overlayfs and root.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { type Child, type Given, start } from "@posthorn/demo";

/** A place to run programs in. */
export interface World {
  /** How the peer came there. */
  readonly how: "installed" | "unpacked";
  /** A folder that has the same path inside and outside. */
  readonly folder: string;
  start(file: string, args: readonly string[], given?: Given): Child;
}

/** A user that a daemon insists on, and who is only there in its own world. */
export interface User {
  readonly name: string;
  readonly id: number;
}

const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** The path of an installed program, or `undefined`. */
export const installed = (program: string): string | undefined =>
  folders.map((folder) => join(folder, program)).find((path) => existsSync(path));

/** The machine itself. */
export const machine = (folder: string): World => {
  mkdirSync(folder, { recursive: true });
  return { how: "installed", folder, start };
};

// $1: a folder for this world, whose `files` is shared; then the command. The shell stays, as the first process: a
// daemon that changes its user would not be told that unshare has ended.
const enter = `
set -e
world=$1
shift
mount -t overlay overlay -o "lowerdir=/,upperdir=$world/upper,workdir=$world/scratch" "$world/root"
mount --rbind /dev "$world/root/dev"
mount -t proc proc "$world/root/proc"
mkdir -p "$world/root$world/files"
mount --bind "$world/files" "$world/root$world/files"
chroot "$world/root" "$@"
exit "$?"
`;

const passwd = ({ name, id }: User): string => `${name}:x:${id}:${id}::/nonexistent:/usr/sbin/nologin\n`;
const group = ({ name, id }: User): string => `${name}:x:${id}:\n`;

const addUsers = (upper: string, users: readonly User[]): void => {
  for (const [file, line] of [
    ["/etc/passwd", passwd],
    ["/etc/group", group],
  ] as const) {
    const to = join(upper, file);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, readFileSync(file, "utf8") + users.map(line).join(""));
  }
};

/** A world with unpacked packages; `folder` is made for it. */
export function overlaid(packages: string, folder: string, users: readonly User[] = []): World {
  for (const name of ["scratch", "root", "files"]) mkdirSync(join(folder, name), { recursive: true });
  // A copy, in the layer that is written to: two lower layers may not lie one within the other.
  cpSync(packages, join(folder, "upper"), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  addUsers(join(folder, "upper"), users);
  return {
    how: "unpacked",
    folder: join(folder, "files"),
    start(file, args, given) {
      const apart = ["--mount", "--pid", "--fork", "--kill-child"];
      const child = start("unshare", [...apart, "sh", "-c", enter, "sh", folder, file, ...args], given);
      // unshare passes no other signal on, and this one ends the whole world.
      return { ...child, stop: () => child.stop("SIGKILL") };
    },
  };
}

/** Why no world over unpacked packages can be made here, or `undefined` if one can. */
export async function obstacle(packages: string, folder: string): Promise<string | undefined> {
  if (process.platform !== "linux") return "unpacked packages run on Linux only";
  if (process.getuid?.() !== 0) return "unpacked packages run as root only";
  const { code, stderr } = await overlaid(packages, folder).start("/bin/true", [], { limit: 10_000 }).ended;
  return code === 0 ? undefined : `no overlay of the root can be mounted: ${stderr.trim().split("\n")[0] ?? ""}`;
}
