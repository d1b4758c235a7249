// A Maildir as its reader sees it: what is in `new` is a message, whole; anything else is none of ours.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Sees what came since it last looked. */
export class MaildirReader {
  readonly #folder: string;
  readonly #seen = new Set<string>();

  /** @param folder The folder that holds the Maildir, or several at any depth. It need not exist yet. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The messages that were delivered since the last call, by their paths. */
  arrived(): Map<string, Uint8Array> {
    const fresh = new Map<string, Uint8Array>();
    for (const path of this.#files()) {
      if (basename(dirname(path)) !== "new" || this.#seen.has(path)) continue;
      this.#seen.add(path);
      fresh.set(path, readFileSync(path));
    }
    return fresh;
  }

  /** Files that a delivery left in `tmp`: there should be none. */
  leftOver(): string[] {
    return this.#files().filter((path) => basename(dirname(path)) === "tmp");
  }

  #files(): string[] {
    try {
      const entries = readdirSync(this.#folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    } catch {
      return [];
    }
  }
}
