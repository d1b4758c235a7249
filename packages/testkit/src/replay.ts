/**
 * A dialogue again, cut otherwise and answered later: what was held one command at a time is fed in pieces, and what was
 * told and sent can be compared.
 */
import type { Composition } from "@posthorn/session";
import { cycle, joined, textOf } from "./octets.ts";
import { GENEROUS } from "./lockstep.ts";
import { difference } from "./log.ts";
import { ServerHost, type ServerHostOptions } from "./server-host.ts";

/** What a replay told and sent. */
export interface Replayed {
  readonly log: readonly string[];
  readonly sent: Uint8Array;
}

/** How a replay is fed. */
export interface ReplayOptions extends ServerHostOptions {
  /** Sizes of the pieces, again and again; each segment whole where not given. */
  readonly sizes?: readonly number[];
  /** Octets behind each upgrade that came in the clear, and must never be seen (RFC 3207 §4.2). */
  readonly tail?: Uint8Array;
}

const pieces = (octets: Uint8Array, sizes: Iterator<number, never>): readonly Uint8Array[] => {
  const cut: Uint8Array[] = [];
  for (let at = 0; at < octets.length;) {
    const size = Math.max(1, sizes.next().value);
    cut.push(octets.slice(at, at + size));
    at += size;
  }
  return cut;
};

/** Feeds the segments of a dialogue: between two of them the connection is made secure. */
export const replay = (
  composition: Composition,
  segments: readonly Uint8Array[],
  options: ReplayOptions = {},
): Replayed => {
  const { sizes = [], tail, ...rest } = options;
  const host = new ServerHost(composition, { limits: GENEROUS, ...rest });
  const size = cycle(sizes, Infinity);
  for (const [at, segment] of segments.entries()) {
    const more = at < segments.length - 1;
    const octets = more && tail !== undefined ? joined([segment, tail]) : segment;
    for (const piece of pieces(octets, size)) {
      host.receive(piece);
      host.turn();
    }
    host.settle();
    if (more) host.upgrade();
  }
  host.receive(null);
  host.settle();
  return { log: host.log, sent: joined(host.take()) };
};

/** How two replays differ, as a sentence; `undefined` where they do not. */
export const unlike = (expected: Replayed, found: Replayed): string | undefined => {
  const told = difference(expected.log, found.log);
  if (told !== undefined) return `what was told differs: ${told}`;
  const [before, after] = [textOf(expected.sent), textOf(found.sent)];
  return before === after
    ? undefined
    : `what was sent differs: expected ${JSON.stringify(before)}, found ${JSON.stringify(after)}`;
};
