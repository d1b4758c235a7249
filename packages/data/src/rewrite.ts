/**
 * Rewrites content in plain TypeScript, where something has to go or to come: stretches are copied by words while the
 * next low octet is looked for, the first octets of each singly, and what stands there decides.
 */
import type { LowOctets } from "./low-octets.ts";
import { AFTER_CR, CR, DOT, LF, LINE_START, mayEnd, roomFor, withRoom } from "./octets.ts";
import type { LinePlace, Unstuffed } from "./search.ts";

/** Octets that are copied singly: of lines of a few octets a search would cost more than the copy. */
const FEW = 8;

/** `ContentSearch.unstuff`, to the end of the range, a terminator, or, where nothing is made whole, a bare CR or LF. */
export const unstuff = (
  low: LowOctets,
  chunk: Uint8Array,
  from: number,
  end: number,
  place: LinePlace,
  normalize: boolean,
): Unstuffed => {
  let into = normalize ? roomFor(end - from) : new Uint8Array(end - from);
  let at = 0;
  let i = from;
  let start = place === LINE_START;
  if (place === AFTER_CR) {
    start = chunk[i] === LF;
    if (start) i += 1;
    if (start || normalize) into[at++] = LF;
  }
  while (i < end) {
    let octet = chunk[i] ?? 0;
    if (start) {
      start = false;
      if (octet === DOT) {
        if (mayEnd(chunk, i, end) || (!normalize && chunk[i + 1] === CR)) break;
        i += 1;
        continue;
      }
    }
    if (octet > CR) {
      const few = Math.min(end, i + FEW);
      do {
        into[at++] = octet;
        i += 1;
        octet = chunk[i] ?? 0;
      } while (i < few && octet > CR);
      if (i < end && octet > CR) {
        const stop = low.copy(chunk, i, end, into, at);
        at += stop - i;
        i = stop;
        octet = chunk[i] ?? 0;
      }
      if (i === end) break;
    }
    if (octet === LF) {
      if (!normalize) break;
      into[at++] = CR;
    }
    i += 1;
    into[at++] = octet;
    if (octet === CR && i < end) {
      start = chunk[i] === LF;
      if (start) i += 1;
      else if (!normalize) break;
      into[at++] = LF;
    }
    if (normalize) into = withRoom(into, at, end - i);
  }
  return { octets: into.subarray(0, at), reached: i };
};

/** `ContentSearch.write`. */
export const write = (
  low: LowOctets,
  piece: Uint8Array,
  place: LinePlace,
  normalize: boolean,
  dots: boolean,
): Uint8Array => {
  const end = piece.length;
  let into = roomFor(end);
  let at = 0;
  let i = 0;
  let start = place === LINE_START;
  if (place === AFTER_CR && end > 0) {
    if (piece[0] === LF) i = 1;
    start = i === 1 || normalize;
    if (start) into[at++] = LF;
  }
  while (i < end) {
    let octet = piece[i] ?? 0;
    if (start) {
      start = false;
      if (dots && octet === DOT) into[at++] = DOT;
      into = withRoom(into, at, end - i);
    }
    if (octet > CR) {
      const few = Math.min(end, i + FEW);
      do {
        into[at++] = octet;
        i += 1;
        octet = piece[i] ?? 0;
      } while (i < few && octet > CR);
      if (i < end && octet > CR) {
        const stop = low.copy(piece, i, end, into, at);
        at += stop - i;
        i = stop;
        octet = piece[i] ?? 0;
      }
      if (i === end) break;
    }
    i += 1;
    if (octet === LF && normalize) into[at++] = CR;
    into[at++] = octet;
    start = octet === LF;
    if (octet === CR && i < end) {
      start = piece[i] === LF || normalize;
      if (piece[i] === LF) i += 1;
      if (start) into[at++] = LF;
    }
  }
  return into.subarray(0, at);
};
