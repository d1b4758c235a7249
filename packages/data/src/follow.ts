/**
 * Follows content that is refused to its true end, octet by octet, and keeps nothing (S2 of the catalogue of attacks:
 * after a bare CR or LF the reader must not fall back to commands before `CRLF . CRLF`). No search, because whoever
 * sends such content chooses what stands in it, and a plain loop has no worst case.
 */
import { AFTER_CR, AFTER_DOT, AFTER_DOT_CR, CR, DOT, LF, LINE_START, TEXT } from "./octets.ts";
import type { Place } from "./octets.ts";

/** Where `followed` stands after the last octet; undefined once the terminator is complete. */
export interface Followed {
  place: Place | undefined;
}

const elsewhere = (octet: number | undefined): Place => (octet === CR ? AFTER_CR : TEXT);

/** Follows the octets of `[from, end)`; returns the index behind the terminator, or `end`. Sets `at.place`. */
export const follow = (at: Followed, chunk: Uint8Array, from: number, end: number): number => {
  let place = at.place ?? TEXT;
  let i = from;
  while (i < end) {
    if (place === TEXT) {
      while (i < end && chunk[i] !== CR) i += 1;
      if (i === end) break;
    }
    const octet = chunk[i];
    i += 1;
    if (place === AFTER_CR && octet === LF) place = LINE_START;
    else if (place === LINE_START && octet === DOT) place = AFTER_DOT;
    else if (place === AFTER_DOT && octet === CR) place = AFTER_DOT_CR;
    else if (place === AFTER_DOT_CR && octet === LF) {
      at.place = undefined;
      return i;
    } else place = elsewhere(octet);
  }
  at.place = place;
  return i;
};
