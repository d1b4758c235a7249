/**
 * A durable delivery: one file for each Maildir, written and synced in `tmp`, and only when all are there renamed into
 * `new`, and the folders synced. Until the first rename nothing is visible; whatever fails before the end is undone.
 * Content goes to the first file as it comes; the other copies are made of it, one after the other, so that a message to
 * a thousand mailboxes holds two files open and not a thousand.
 */
import path from "node:path";
import { systemCode } from "../exit.ts";
import type { Disk, Draft } from "./disk.ts";
import type { FolderSyncs } from "./folder-syncs.ts";
import { uniqueName } from "./names.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** A copy of a message: the Maildir that it goes to, and the fields above it. */
export interface Copy {
  readonly folder: string;
  readonly fields: Uint8Array;
}

/** A file of a delivery, wherever it is now. */
interface Placed {
  readonly folder: string;
  readonly name: string;
}

/** Octets that are copied at once from the first file to another. */
const BLOCK = 262_144;

const inside = ({ folder, name }: Placed, part: "tmp" | "new"): string => path.join(folder, part, name);

/** One message on its way into its mailboxes. */
export class Delivery {
  readonly #disk: Disk;
  readonly #syncs: FolderSyncs;
  readonly #host: string;
  readonly #copies: readonly Copy[];
  readonly #placed: Placed[] = [];
  #draft: Draft | undefined;
  #buffer: WriteBuffer | undefined;

  /** `host` is a part of the files' names. */
  constructor(copies: readonly Copy[], host: string, disk: Disk, syncs: FolderSyncs) {
    this.#copies = copies;
    this.#host = host;
    this.#disk = disk;
    this.#syncs = syncs;
  }

  /** Creates the first file. Throws what the file system says, with nothing left behind. */
  async begin(): Promise<void> {
    const [first] = this.#copies;
    if (first === undefined) return;
    try {
      this.#draft = await this.#create(first);
      this.#buffer = new WriteBuffer(this.#draft);
      await this.#buffer.write(first.fields);
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /** Takes a piece of the content: at once, or when the promise resolves. */
  write(octets: Uint8Array): true | Promise<void> {
    return this.#buffer?.write(octets) ?? true;
  }

  /** Makes the message durable and then visible. Throws what the file system says, with everything undone. */
  async commit(): Promise<void> {
    try {
      await this.#buffer?.flush();
      await this.#copyOthers();
      await this.#finish();
      for (const placed of this.#placed) await this.#disk.rename(inside(placed, "tmp"), inside(placed, "new"));
      const folders = new Set(this.#placed.map(({ folder }) => path.join(folder, "new")));
      await Promise.all([...folders].map((folder) => this.#syncs.sync(folder)));
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /** Takes everything back, wherever it got to; never throws. */
  async discard(): Promise<void> {
    await this.#buffer?.settled();
    await this.#draft?.close().catch(() => undefined);
    this.#draft = undefined;
    for (const placed of this.#placed.splice(0)) {
      for (const part of ["tmp", "new"] as const) await this.#disk.unlink(inside(placed, part)).catch(() => undefined);
    }
  }

  async #create({ folder }: Copy): Promise<Draft> {
    for (let attempt = 0; ; attempt++) {
      const placed = { folder, name: uniqueName(this.#host) };
      try {
        const draft = await this.#disk.create(inside(placed, "tmp"));
        this.#placed.push(placed);
        return draft;
      } catch (error) {
        if (systemCode(error) !== "EEXIST" || attempt === 2) throw error;
      }
    }
  }

  async #copyOthers(): Promise<void> {
    const [first, ...others] = this.#copies;
    if (this.#draft === undefined || first === undefined || others.length === 0) return;
    const block = Buffer.allocUnsafe(BLOCK);
    for (const copy of others) {
      const draft = await this.#create(copy);
      try {
        await draft.write(copy.fields);
        let at = first.fields.length;
        for (let read = await this.#draft.read(block, at); read > 0; read = await this.#draft.read(block, at)) {
          await draft.write(block.subarray(0, read));
          at += read;
        }
        await draft.sync();
      } finally {
        await draft.close();
      }
    }
  }

  async #finish(): Promise<void> {
    const draft = this.#draft;
    await draft?.sync();
    this.#draft = undefined;
    await draft?.close();
  }
}
