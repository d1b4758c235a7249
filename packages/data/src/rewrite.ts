/**
 * Rewrites content in plain TypeScript, where something has to go or to come: stretches are copied by words while the
 * next low octet is looked for, and what stands there decides. What stood before is not looked at again.
 */
import type { LowOctets } from "./low-octets.ts";
import { AFTER_CR, CR, DOT, LF, LINE_START, TEXT, mayEnd, roomFor, withRoom } from "./octets.ts";
import type { LinePlace, Unstuffed } from "./search.ts";

/** `ContentSearch.unstuff`, to the end of the range or a terminator. */
export const unstuff = (
  low: LowOctets,
  chunk: Uint8Array,
  from: number,
  end: number,
  before: LinePlace,
  normalize: boolean,
): Unstuffed => {
  let into = normalize ? roomFor(end - from) : new Uint8Array(end - from);
  let at = 0;
  let place = before;
  let i = from;
  while (i < end) {
    let octet = chunk[i] ?? 0;
    if (place === TEXT) {
      if (octet > CR) {
        const stop = low.copy(chunk, i, end, into, at);
        at += stop - i;
        i = stop;
        if (i === end) break;
        octet = chunk[i] ?? 0;
      }
      i += 1;
      if (octet === LF && normalize) {
        into[at++] = CR;
        into[at++] = LF;
        into = withRoom(into, at, end - i);
      } else {
        into[at++] = octet;
        if (octet === CR) place = AFTER_CR;
      }
    } else if (place === AFTER_CR) {
      place = TEXT;
      if (octet === LF) {
        into[at++] = LF;
        i += 1;
        place = LINE_START;
      } else if (normalize) {
        into[at++] = LF;
        into = withRoom(into, at, end - i);
      }
    } else {
      if (octet === DOT) {
        if (mayEnd(chunk, i, end)) break;
        i += 1;
      }
      place = TEXT;
    }
  }
  return { octets: into.subarray(0, at), reached: i };
};

/** `ContentSearch.write`. */
export const write = (
  low: LowOctets,
  piece: Uint8Array,
  before: LinePlace,
  normalize: boolean,
  dots: boolean,
): Uint8Array => {
  const end = piece.length;
  let into = roomFor(end);
  let at = 0;
  let place = before;
  let i = 0;
  while (i < end) {
    let octet = piece[i] ?? 0;
    if (place === TEXT) {
      if (octet > CR) {
        const stop = low.copy(piece, i, end, into, at);
        at += stop - i;
        i = stop;
        if (i === end) break;
        octet = piece[i] ?? 0;
      }
      i += 1;
      if (octet === LF) {
        if (normalize) into[at++] = CR;
        into[at++] = LF;
        into = withRoom(into, at, end - i);
        place = LINE_START;
      } else {
        into[at++] = octet;
        if (octet === CR) place = AFTER_CR;
      }
    } else if (place === AFTER_CR) {
      if (octet === LF) i += 1;
      if (octet === LF || normalize) {
        into[at++] = LF;
        into = withRoom(into, at, end - i);
        place = LINE_START;
      } else place = TEXT;
    } else {
      if (dots && octet === DOT) {
        into[at++] = DOT;
        into = withRoom(into, at, end - i);
      }
      place = TEXT;
    }
  }
  return into.subarray(0, at);
};
