/**
 * A durable delivery: one file for each Maildir, written and synced in `tmp`, and only when all are there renamed into
 * `new`, and the folders synced. Until the first rename nothing is visible; whatever fails before the end is undone.
 * A message that fits into the buffer touches the disk when it has ended, with one write for each copy. Of a larger one,
 * content goes to the first file as it comes, and the other copies are made of that file. Either way copies are made one
 * after the other, so that a message to a thousand mailboxes holds two files open and not a thousand.
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
  readonly #buffer: WriteBuffer;
  /** The first file, once the buffer has run over. */
  #draft: Draft | undefined;

  /** `host` is a part of the files' names. */
  constructor(copies: readonly Copy[], host: string, disk: Disk, syncs: FolderSyncs) {
    this.#copies = copies;
    this.#host = host;
    this.#disk = disk;
    this.#syncs = syncs;
    this.#buffer = new WriteBuffer({ write: (octets) => this.#append(octets) });
    const [first] = copies;
    if (first !== undefined) void this.#buffer.write(first.fields);
  }

  /** Takes a piece of the content: at once, or when the promise resolves. Throws what the file system says. */
  write(octets: Uint8Array): true | Promise<void> {
    return this.#buffer.write(octets);
  }

  /** Makes the message durable and then visible. Throws what the file system says, with everything undone. */
  async commit(): Promise<void> {
    try {
      const { whole } = this.#buffer;
      if (whole === undefined) await this.#finish();
      else await this.#keep(whole);
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
    await this.#buffer.settled();
    await this.#draft?.close().catch(() => undefined);
    this.#draft = undefined;
    for (const placed of this.#placed.splice(0)) {
      for (const part of ["tmp", "new"] as const) await this.#disk.unlink(inside(placed, part)).catch(() => undefined);
    }
  }

  /** Makes the file of a copy, under a name that no other has. */
  async #place<T>({ folder }: Copy, make: (file: string) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      const placed = { folder, name: uniqueName(this.#host) };
      this.#placed.push(placed); // before it is there: what fails half-way is taken back
      try {
        return await make(inside(placed, "tmp"));
      } catch (error) {
        if (systemCode(error) !== "EEXIST") throw error;
        this.#placed.pop(); // it is another's
        if (attempt === 2) throw error;
      }
    }
  }

  /** What the buffer cannot hold. */
  async #append(octets: Uint8Array): Promise<void> {
    const [first] = this.#copies;
    if (first === undefined) return;
    this.#draft ??= await this.#place(first, this.#disk.create);
    await this.#draft.write(octets);
  }

  /** A message that the buffer holds: the first copy as it is, the others with their own fields above. */
  async #keep(whole: Uint8Array): Promise<void> {
    const [first, ...others] = this.#copies;
    if (first === undefined) return;
    await this.#place(first, (file) => this.#disk.keep(file, whole));
    const content = whole.subarray(first.fields.length);
    for (const copy of others)
      await this.#place(copy, (file) => this.#disk.keep(file, Buffer.concat([copy.fields, content])));
  }

  /** A message whose beginning is in the first file. */
  async #finish(): Promise<void> {
    await this.#buffer.flush();
    await this.#copyOthers();
    const draft = this.#draft;
    await draft?.sync();
    this.#draft = undefined;
    await draft?.close();
  }

  async #copyOthers(): Promise<void> {
    const [first, ...others] = this.#copies;
    if (this.#draft === undefined || first === undefined || others.length === 0) return;
    const block = Buffer.allocUnsafe(BLOCK);
    for (const copy of others) {
      const draft = await this.#place(copy, this.#disk.create);
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
}
