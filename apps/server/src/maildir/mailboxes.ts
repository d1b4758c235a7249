/**
 * Mailboxes as Maildir folders below one root. A mailbox exists if its folder does; it may be made on delivery, if the
 * operator wants that. A folder that a link leads out of the root is none (A22).
 */
import path from "node:path";
import type { Mailbox } from "@posthorn/contract";
import type { Disk } from "./disk.ts";
import type { Template } from "./template.ts";

const PARTS = ["tmp", "new", "cur"];

/** Where mail for a mailbox goes. */
export class Mailboxes {
  readonly #template: Template;
  readonly #create: boolean;
  readonly #disk: Disk;
  #root = "";

  constructor(template: Template, create: boolean, disk: Disk) {
    this.#template = template;
    this.#create = create;
    this.#disk = disk;
  }

  /** The root, as it really is; of `prepare`. */
  get root(): string {
    return this.#root;
  }

  /** Makes the root, and the one Maildir if there is one for all. Throws what the file system says. */
  async prepare(): Promise<void> {
    const { root, fixed } = this.#template;
    const top = path.parse(root).root;
    await this.#makeChain(top, path.relative(top, root).split(path.sep), () => true);
    const real = await this.#disk.findFolder(root);
    if (real === undefined) throw Object.assign(new Error(`${root} is not a folder`), { code: "ENOTDIR" });
    this.#root = real;
    if (fixed) await this.#makeParts(real);
  }

  /** Whether mail for it can be taken. */
  async has(mailbox: Mailbox): Promise<boolean> {
    if (this.#template.fixed) return true;
    const names = this.#template.place(mailbox);
    if (names === undefined) return false;
    return this.#create || (await this.#find(names)) !== undefined;
  }

  /** The folder of a mailbox with `tmp`, `new` and `cur` in it; `undefined` where there is none and none may be made. */
  async open(mailbox: Mailbox, create: boolean = this.#create): Promise<string | undefined> {
    if (this.#template.fixed) return this.#root;
    const names = this.#template.place(mailbox);
    if (names === undefined) return undefined;
    let folder = await this.#find(names);
    if (folder === undefined && create) {
      await this.#makeChain(this.#root, names, (real) => this.#isInside(real));
      folder = await this.#find(names);
    }
    if (folder !== undefined) await this.#makeParts(folder);
    return folder;
  }

  async #find(names: readonly string[]): Promise<string | undefined> {
    const real = await this.#disk.findFolder(path.join(this.#root, ...names));
    return real !== undefined && this.#isInside(real) ? real : undefined;
  }

  #isInside(folder: string): boolean {
    const prefix = this.#root.endsWith(path.sep) ? this.#root : this.#root + path.sep;
    return folder.startsWith(prefix);
  }

  /** Makes folders one in the other, each synced into its parent, for as long as what is there already `mayEnter`. */
  async #makeChain(from: string, names: readonly string[], mayEnter: (real: string) => boolean): Promise<void> {
    let at = from;
    for (const name of names.filter((each) => each !== "")) {
      const parent = at;
      at = path.join(at, name);
      const found = await this.#disk.findFolder(at);
      if (found === undefined) {
        if (await this.#disk.makeFolder(at)) await this.#disk.syncFolder(parent);
      } else if (!mayEnter(found)) return;
    }
  }

  /** Makes what is missing of a Maildir; `folder` is where it really is, so that each part need only be looked at itself. */
  async #makeParts(folder: string): Promise<void> {
    const parts = PARTS.map((part) => path.join(folder, part));
    const found = await Promise.all(parts.map((part) => this.#disk.isFolder(part)));
    let made = false;
    for (const [at, part] of parts.entries()) {
      if (found[at] === false)
        throw Object.assign(new Error(`${part} is a link, or no folder at all`), { code: "ENOTDIR" });
      if (found[at] === undefined) made = (await this.#disk.makeFolder(part)) || made;
    }
    if (made) await this.#disk.syncFolder(folder);
  }
}
