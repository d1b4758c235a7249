/** The octets that framing turns on, and the places in a line that both directions tell apart (RFC 5321 §2.3.8, §4.5.2). */
import type { LinePlace } from "./search.ts";

/** Carriage return. */
export const CR = 13;
/** Line feed. */
export const LF = 10;
/** `.`, which stands alone where content ends. */
export const DOT = 46;

/** Inside a line; the octet before is no CR. */
export const TEXT = 0;
/** Behind a CR whose line feed has not been seen yet. */
export const AFTER_CR = 1;
/** At the start of a line: behind CRLF, or before the first octet of content. */
export const LINE_START = 2;
/** Behind the dot at the start of a line. */
export const AFTER_DOT = 3;
/** Behind a dot at the start of a line, and a CR: the terminator, if a line feed follows. */
export const AFTER_DOT_CR = 4;

/** A place in a line. */
export type Place = LinePlace | typeof AFTER_DOT | typeof AFTER_DOT_CR;

/** What is done about a CR or LF that is not part of CRLF: it is a fault, or it is written as CRLF. */
export type LineEndingPolicy = "strict" | "normalize";

/** The place behind `octet`, where every LF ends a line. */
export const placeBehind = (octet: number | undefined): LinePlace =>
  octet === LF ? LINE_START : octet === CR ? AFTER_CR : TEXT;

/** The place at `to`, where only CRLF ends a line, and `place` is that at `from`, which lies before it. */
export const placeAt = (chunk: Uint8Array, from: number, to: number, place: LinePlace): LinePlace => {
  const last = chunk[to - 1];
  if (last !== LF) return last === CR ? AFTER_CR : TEXT;
  const afterCr = to - 2 >= from ? chunk[to - 2] === CR : place === AFTER_CR;
  return afterCr ? LINE_START : TEXT;
};

/** Whether the dot at `i`, at the start of a line, begins the terminator, or as much of it as there is before `end`. */
export const mayEnd = (chunk: Uint8Array, i: number, end: number): boolean =>
  i + 1 === end || (chunk[i + 1] === CR && (i + 2 === end || chunk[i + 2] === LF));

/**
 * The same octets in a larger array, if what is still to be written might not fit: `rest` octets and a few that are
 * added. The second size is the largest that can be needed, so there is no third.
 */
export const withRoom = (into: Uint8Array, at: number, rest: number): Uint8Array => {
  if (into.length - at >= rest + 4) return into;
  const larger = new Uint8Array(at + 2 * rest + 4);
  larger.set(into.subarray(0, at));
  return larger;
};

/** Room for `octets` octets and a few insertions; `withRoom` mends it where there are many. */
export const roomFor = (octets: number): Uint8Array => new Uint8Array(octets + (octets >> 4) + 16);
