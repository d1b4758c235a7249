/**
 * What a crash has left in `tmp`: the Maildir format lets whoever delivers remove files that nobody has touched for 36
 * hours. A delivery looks for them, in each Maildir once an hour, and does not wait for what it finds.
 */
import path from "node:path";
import type { Disk } from "./disk.ts";

const HOUR = 3_600_000;
/** Nobody writes a message for this long, in milliseconds. */
const ABANDONED = 36 * HOUR;
/** Maildirs of which it is remembered when they were looked at. */
const REMEMBERED = 4096;

/** Removes orphans. */
export class Orphans {
  readonly #disk: Pick<Disk, "untouched" | "unlink">;
  /** When each Maildir was looked at last. */
  readonly #looked = new Map<string, number>();

  constructor(disk: Pick<Disk, "untouched" | "unlink">) {
    this.#disk = disk;
  }

  /** Looks at a Maildir, if that was not done within the hour; `now` is milliseconds since 1970. Never rejects. */
  async sweep(folder: string, now: number = Date.now()): Promise<void> {
    if (now - (this.#looked.get(folder) ?? -Infinity) < HOUR) return;
    if (this.#looked.size >= REMEMBERED) this.#looked.clear();
    this.#looked.set(folder, now);
    const tmp = path.join(folder, "tmp");
    try {
      for (const name of await this.#disk.untouched(tmp, now - ABANDONED))
        await this.#disk.unlink(path.join(tmp, name));
    } catch {
      // It harms nobody until the next hour; what ails the disk shows in the delivery.
    }
  }
}
