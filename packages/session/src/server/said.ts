/**
 * The text of replies that were said, by the reply object. Constants are said again and again, and are kept as long as they
 * live; a reply that a host makes anew for each message ("queued as …") is said once, and keeping it in a `WeakMap` would
 * cost more than all the rest of its message (3 µs, most of it in the garbage collector). So a reply is kept when it has
 * come back while it was among the last few.
 */
import type { Reply } from "@posthorn/contract";
import { Group } from "./groups.ts";

/** The last replies that are not kept. */
const FEW = 8;

interface Entry {
  readonly said: Reply;
  readonly text: string;
}

/** Replies as the same extensions amend them. */
export class Said {
  /** Groups of them. */
  readonly groups: Group = new Group();
  readonly #kept = new WeakMap<Reply, string>();
  readonly #last: Entry[] = [];
  #next = 0;
  /**
   * The reply that was asked for last, and its text: a RCPT is mostly answered as the one before was, and a host's reply is
   * asked for twice when it is said once, to see that it can be written, and to write it.
   */
  #same: Reply | undefined = undefined;
  #sameText: string | undefined = undefined;

  /** The text of a reply, if it is known. */
  get(said: Reply): string | undefined {
    if (said === this.#same) return this.#sameText;
    const text = this.#kept.get(said) ?? this.#again(said);
    if (text !== undefined) {
      this.#same = said;
      this.#sameText = text;
    }
    return text;
  }

  /** The text of a reply that is kept: it was said before, and came back. */
  kept(said: Reply): string | undefined {
    return this.#kept.get(said);
  }

  /** Notes the text of a reply. */
  note(said: Reply, text: string): void {
    this.#last[this.#next] = { said, text };
    this.#next = (this.#next + 1) % FEW;
    this.#same = said;
    this.#sameText = text;
  }

  /** The text of a reply that comes back, which is kept from now on. */
  #again(said: Reply): string | undefined {
    const entry = this.#last.find((last) => last.said === said);
    if (entry !== undefined) this.#kept.set(said, entry.text);
    return entry?.text;
  }
}
