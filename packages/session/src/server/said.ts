/**
 * The octets of replies that were said, by the reply object. Constants are said again and again, and are kept as long as they
 * live; a reply that a host makes anew for each message ("queued as …") is said once, and keeping it in a `WeakMap` would
 * cost more than all the rest of its message (3 µs, most of it in the garbage collector). So a reply is kept when it has
 * come back while it was among the last few.
 */
import type { Reply } from "@posthorn/contract";

/** The last replies that are not kept. */
const FEW = 8;
/** A host's reply is asked for twice when it is said once: to see that it can be written, and to write it. */
const AGAIN = 2;

interface Entry {
  readonly said: Reply;
  readonly octets: Uint8Array;
  asked: number;
}

/** Replies as the same extensions amend them. */
export class Said {
  readonly #kept = new WeakMap<Reply, Uint8Array>();
  readonly #last: Entry[] = [];
  #next = 0;
  /** The kept reply that was asked for last, and its octets: a RCPT is mostly answered as the one before was. */
  #same: Reply | undefined = undefined;
  #sameOctets: Uint8Array | undefined = undefined;

  /** The octets of a reply, if they are known. */
  get(said: Reply): Uint8Array | undefined {
    if (said === this.#same) return this.#sameOctets;
    const kept = this.#kept.get(said);
    if (kept !== undefined) {
      this.#same = said;
      this.#sameOctets = kept;
      return kept;
    }
    for (const entry of this.#last) {
      if (entry.said !== said) continue;
      entry.asked += 1;
      if (entry.asked >= AGAIN) this.#kept.set(said, entry.octets);
      return entry.octets;
    }
    return undefined;
  }

  /** Notes the octets of a reply. */
  note(said: Reply, octets: Uint8Array): void {
    this.#last[this.#next] = { said, octets, asked: 0 };
    this.#next = (this.#next + 1) % FEW;
  }
}
