/**
 * The search for low octets, those of 13 and below, in plain TypeScript: CR and LF are among them, and few others occur
 * in text, so that line endings, dots and the terminator are all decided where it stops. Four octets a word, four words
 * a turn. `(w - 0x0e0e0e0e) & ~w & 0x80808080` has the high bit of an octet set where the octet is <= 13; a borrow can
 * only spoil octets above the lowest hit, and it is the lowest that counts. After a short stretch (lines of a few
 * octets) some octets are looked at singly first.
 */
const LOWEST_HIGH = 0x0e0e0e0e;
const TOP_BITS = 0x80808080 | 0;
const LAST_LOW = 13;
const NONE: Uint8Array = new Uint8Array(0);

const viewOf = (octets: Uint8Array): DataView => new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
const NOWHERE: DataView = viewOf(NONE);

/** Searches for octets <= 13. Keeps a reference to the last chunk that it saw. */
export class LowOctets {
  readonly #singly: number;
  #last = 0;
  #chunk = NONE;
  #from = NOWHERE;
  #into = NONE;
  #to = NOWHERE;

  /** @param singly how many octets are looked at singly, where the stretch before was shorter than that; 0 is never */
  constructor(singly: number) {
    this.#singly = singly;
  }

  /** The index of the first low octet in `[from, end)`, or `end` if there is none. */
  next(chunk: Uint8Array, from: number, end: number): number {
    if (end - from <= this.#singly) {
      // A chunk so small is not worth a view.
      let i = from;
      while (i < end && (chunk[i] ?? 0) > LAST_LOW) i += 1;
      this.#last = i - from;
      return i;
    }
    if (chunk !== this.#chunk) {
      this.#chunk = chunk;
      this.#from = viewOf(chunk);
    }
    const octets = this.#from;
    let i = from;
    if (this.#last < this.#singly) {
      const few = Math.min(end, from + this.#singly);
      while (i < few && octets.getUint8(i) > LAST_LOW) i += 1;
      if (i < few) {
        this.#last = i - from;
        return i;
      }
    }
    while (i + 16 <= end) {
      const a = octets.getInt32(i, true);
      const b = octets.getInt32(i + 4, true);
      const c = octets.getInt32(i + 8, true);
      const d = octets.getInt32(i + 12, true);
      const hit =
        ((a - LOWEST_HIGH) & ~a) | ((b - LOWEST_HIGH) & ~b) | ((c - LOWEST_HIGH) & ~c) | ((d - LOWEST_HIGH) & ~d);
      if ((hit & TOP_BITS) !== 0) break;
      i += 16;
    }
    while (i + 4 <= end) {
      const word = octets.getInt32(i, true);
      const hit = (word - LOWEST_HIGH) & ~word & TOP_BITS;
      if (hit !== 0) {
        i += (31 - Math.clz32(hit & -hit)) >> 3;
        this.#last = i - from;
        return i;
      }
      i += 4;
    }
    while (i < end && octets.getUint8(i) > LAST_LOW) i += 1;
    this.#last = i - from;
    return i;
  }

  /** As `next`, and `[from, stop)` is copied to `into` at `at`, where `end - from` octets may be overwritten. */
  copy(chunk: Uint8Array, from: number, end: number, into: Uint8Array, at: number): number {
    if (chunk !== this.#chunk) {
      this.#chunk = chunk;
      this.#from = viewOf(chunk);
    }
    if (into !== this.#into) {
      this.#into = into;
      this.#to = viewOf(into);
    }
    const octets = this.#from;
    const target = this.#to;
    const shift = at - from;
    let i = from;
    if (this.#last < this.#singly) {
      const few = Math.min(end, from + this.#singly);
      for (; i < few; i += 1) {
        const octet = octets.getUint8(i);
        if (octet <= LAST_LOW) {
          this.#last = i - from;
          return i;
        }
        target.setUint8(i + shift, octet);
      }
    }
    // The words are stored before they are looked at: what is stored too much is overwritten later.
    while (i + 16 <= end) {
      const a = octets.getInt32(i, true);
      const b = octets.getInt32(i + 4, true);
      const c = octets.getInt32(i + 8, true);
      const d = octets.getInt32(i + 12, true);
      const hit =
        ((a - LOWEST_HIGH) & ~a) | ((b - LOWEST_HIGH) & ~b) | ((c - LOWEST_HIGH) & ~c) | ((d - LOWEST_HIGH) & ~d);
      if ((hit & TOP_BITS) !== 0) break;
      target.setInt32(i + shift, a, true);
      target.setInt32(i + shift + 4, b, true);
      target.setInt32(i + shift + 8, c, true);
      target.setInt32(i + shift + 12, d, true);
      i += 16;
    }
    while (i + 4 <= end) {
      const word = octets.getInt32(i, true);
      target.setInt32(i + shift, word, true);
      const hit = (word - LOWEST_HIGH) & ~word & TOP_BITS;
      if (hit !== 0) {
        i += (31 - Math.clz32(hit & -hit)) >> 3;
        this.#last = i - from;
        return i;
      }
      i += 4;
    }
    while (i < end) {
      const octet = octets.getUint8(i);
      if (octet <= LAST_LOW) break;
      target.setUint8(i + shift, octet);
      i += 1;
    }
    this.#last = i - from;
    return i;
  }
}
