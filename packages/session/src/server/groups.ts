/**
 * Replies that leave in one write (RFC 2920 §3.1), in one piece. What is said to a group of commands is mostly what was said to
 * one before, MAIL, RCPT, DATA; so the last group of each length is kept, and given again where its pieces are the same.
 */
import { joined } from "../joined.ts";

/** Longer groups are not kept, nor are those of more octets: they are seldom alike, and what is kept is bounded. */
const PIECES = 64;
const OCTETS = 4096;

interface Group {
  readonly pieces: readonly Uint8Array[];
  readonly octets: Uint8Array;
}

const alike = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean => {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
};

/** Groups that were said; one for all sessions of a composition. */
export class Groups {
  readonly #byLength: (Group | undefined)[] = [];

  /** All pieces in one, whose octets may be shared. */
  join(pieces: readonly Uint8Array[]): Uint8Array | undefined {
    const known = this.#byLength[pieces.length];
    if (known !== undefined && alike(known.pieces, pieces)) return known.octets;
    const octets = joined(pieces);
    if (octets !== undefined && pieces.length <= PIECES && octets.length <= OCTETS)
      this.#byLength[pieces.length] = { pieces, octets };
    return octets;
  }
}
