/**
 * fsync(2) of folders, shared: deliveries into one Maildir at a time wait for one call and not for one each. A call that
 * was begun before a rename may not have seen it, so who comes while one runs waits for the next.
 */
import type { Disk } from "./disk.ts";

/** The syncs of folders that are under way. */
export class FolderSyncs {
  readonly #disk: Pick<Disk, "syncFolder">;
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(disk: Pick<Disk, "syncFolder">) {
    this.#disk = disk;
  }

  /** Resolves when a call that began after this one has ended; rejects as the call does. */
  sync(path: string): Promise<void> {
    const next = this.#next.get(path);
    if (next !== undefined) return next;
    const running = this.#running.get(path);
    if (running === undefined) return this.#start(path);
    const then = (): Promise<void> => {
      this.#next.delete(path);
      return this.#start(path);
    };
    const after = running.then(then, then);
    this.#next.set(path, after);
    return after;
  }

  #start(path: string): Promise<void> {
    const call = this.#disk.syncFolder(path).finally(() => {
      if (this.#running.get(path) === call) this.#running.delete(path);
    });
    this.#running.set(path, call);
    return call;
  }
}
