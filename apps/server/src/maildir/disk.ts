/**
 * What a delivery asks of the file system, and nothing else: a port, so that each of these calls can be made to fail in
 * a test. A write is complete or it throws: `write` of the system may take less than it was given, without an error.
 */
import { closeSync, constants, fsync, open as openFile, rename as renameFile, write as writeFile } from "node:fs";
import { type FileHandle, lstat, mkdir, open, opendir, realpath, statfs, unlink } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** A file that was created and is being written. */
export interface Draft {
  /** Appends all of it. */
  write(octets: Uint8Array): Promise<void>;
  /** Reads at a place, at most what fits; the octets that were read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** fsync(2). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The file system, as a delivery uses it. */
export interface Disk {
  /** Creates a file of mode 0600 that did not exist, following no link. */
  readonly create: (path: string) => Promise<Draft>;
  /** Creates a file as `create` does, with these octets; when it resolves they are on the disk. What fails may leave it behind. */
  readonly keep: (path: string, octets: Uint8Array) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
  /** The names of files in a folder that nobody has read or written since then, in milliseconds since 1970. */
  readonly untouched: (folder: string, since: number) => Promise<readonly string[]>;
  /** fsync(2) of a folder. */
  readonly syncFolder: (path: string) => Promise<void>;
  /** Makes a folder of mode 0700; whether it is new. */
  readonly makeFolder: (path: string) => Promise<boolean>;
  /** Where a folder really is; `undefined` where there is none. */
  readonly findFolder: (path: string) => Promise<string | undefined>;
  /** Whether a folder is there, itself and by no link; `undefined` where nothing is. */
  readonly isFolder: (path: string) => Promise<boolean | undefined>;
  /** Octets and files that may still be made; `Infinity` where the file system does not say. */
  readonly free: (path: string) => Promise<{ readonly octets: number; readonly files: number }>;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR, O_RDONLY, O_DIRECTORY, O_DSYNC } = constants;
const NEW = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;

const isCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);

/** Writes all of it, however little the system takes at a time: on a full disk it may take less without an error. */
export const writeAll = async (
  file: { write(octets: Uint8Array, from: number, length: number): Promise<{ readonly bytesWritten: number }> },
  octets: Uint8Array,
): Promise<void> => {
  for (let at = 0; at < octets.length;) {
    const { bytesWritten } = await file.write(octets, at, octets.length - at);
    if (bytesWritten === 0) throw Object.assign(new Error("the system wrote nothing"), { code: "EIO" });
    at += bytesWritten;
  }
};

class NodeDraft implements Draft {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  write(octets: Uint8Array): Promise<void> {
    return writeAll(this.#handle, octets);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(into, 0, into.length, position)).bytesRead;
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

// Each call that is waited for is a hop to another thread and back, which costs more than most of the calls: what each
// message needs is done by descriptors, whose calls cost half of what a FileHandle's do (40 to 100 us a message).
const opened = promisify(openFile);
const synced = promisify(fsync);
const renamed = promisify(renameFile);
const written = promisify(writeFile);

/**
 * Makes `keep`. With `flag`, O_DSYNC, a write is on the disk when it ends, and so is what it takes to find it again, as
 * with fdatasync(2): one call less (a tenth of the messages a second). Without, fsync(2) follows.
 */
export const keepBy =
  (flag: number): Disk["keep"] =>
  async (path, octets) => {
    const file = await opened(path, NEW | flag, 0o600);
    try {
      await writeAll({ write: (...what) => written(file, ...what) }, octets);
      if (flag === 0) await synced(file);
    } finally {
      closeSync(file); // nothing is left to be written, so that it has nothing to wait for
    }
  };

/** The file system of the machine. */
export const nodeDisk: Disk = {
  create: async (path) => new NodeDraft(await open(path, NEW, 0o600)),
  // macOS leaves what it writes by this flag in the cache of the drive; its fsync(2), as Node calls it, does not.
  keep: keepBy(process.platform === "linux" ? O_DSYNC : 0),
  rename: renamed,
  unlink,
  async untouched(folder, since) {
    const names: string[] = [];
    for await (const entry of await opendir(folder)) {
      if (!entry.isFile()) continue;
      const { atimeMs, mtimeMs } = await lstat(path.join(folder, entry.name));
      if (atimeMs < since && mtimeMs < since) names.push(entry.name);
    }
    return names;
  },
  async syncFolder(path) {
    const folder = await opened(path, O_RDONLY | O_DIRECTORY);
    try {
      await synced(folder);
    } finally {
      closeSync(folder);
    }
  },
  async makeFolder(path) {
    try {
      await mkdir(path, { mode: 0o700 });
      return true;
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
      return false;
    }
  },
  async findFolder(path) {
    try {
      const real = await realpath(path);
      return (await lstat(real)).isDirectory() ? real : undefined;
    } catch (error) {
      if (isCode(error, "ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG")) return undefined;
      throw error;
    }
  },
  async isFolder(path) {
    try {
      return (await lstat(path)).isDirectory();
    } catch (error) {
      if (isCode(error, "ENOENT")) return undefined;
      throw error;
    }
  },
  async free(path) {
    const { bavail, bsize, ffree, files } = await statfs(path);
    return { octets: bavail * bsize, files: files === 0 ? Infinity : ffree };
  },
};
