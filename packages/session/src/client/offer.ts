/**
 * What a server offers: the lines of its EHLO reply (RFC 5321 §4.1.1.1), all of them by keyword, and of the composed
 * extensions the capabilities. A capability that cannot be read, or whose requirements are not offered too, counts as
 * not offered. After HELO nothing is offered.
 */
import type { AnySpec, Reply } from "@posthorn/contract";
import { ASCII } from "@posthorn/contract";
import { parseEhloLine } from "@posthorn/wire";
import type { Composition } from "../compose.ts";

/** Every keyword of an EHLO reply, in upper case, with what follows it. */
export type Offer = ReadonlyMap<string, string | undefined>;

/** Reads the lines behind the first one. Where a keyword stands twice, the first counts. */
export const readOffer = (reply: Reply): Offer => {
  const offer = new Map<string, string | undefined>();
  for (const line of reply.lines.slice(1)) {
    const read = parseEhloLine(line);
    if (read !== undefined && !offer.has(read.keyword)) offer.set(read.keyword, read.params);
  }
  return offer;
};

/** The capabilities of the composed extensions, by their places; no entry where one is not offered. */
export const readCapabilities = (composition: Composition, offer: Offer): ReadonlyMap<number, unknown> => {
  const { specs } = composition;
  const found = new Map<number, unknown>();
  for (const [place, spec] of specs.entries()) {
    if (!offer.has(spec.keyword)) continue;
    const read = spec.capability.decode(offer.get(spec.keyword), ASCII);
    if (read.ok) found.set(place, read.value);
  }
  const offered = (keyword: string): boolean => {
    const place = specs.findIndex((spec) => spec.keyword === keyword);
    return place < 0 ? offer.has(keyword) : found.has(place);
  };
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const place of found.keys()) {
      if (specs[place]?.requires?.every(offered) === false) found.delete(place);
    }
  }
  return found;
};

/** Extensions that plan messages, whether they are offered or not, with what is offered of each. */
export interface Planning {
  readonly place: number;
  readonly keyword: string;
  readonly client: NonNullable<AnySpec["client"]>;
  readonly offered: boolean;
  readonly capability: unknown;
}

/** Who is asked to plan, in the order of the tuple: found once for each hello. */
export const readPlanning = (
  composition: Composition,
  capabilities: ReadonlyMap<number, unknown>,
): readonly Planning[] => {
  const planning: Planning[] = [];
  for (const [place, { keyword, client }] of composition.specs.entries()) {
    if (client?.prepare === undefined && client?.content === undefined) continue;
    planning.push({ place, keyword, client, offered: capabilities.has(place), capability: capabilities.get(place) });
  }
  return planning;
};

/** How many commands may be unanswered: what the offered extensions say, at least 1. */
export const windowOf = (composition: Composition, capabilities: ReadonlyMap<number, unknown>): number => {
  let window = 1;
  for (const [place, capability] of capabilities) {
    window = Math.max(window, composition.specs[place]?.client?.window?.(capability) ?? 1);
  }
  return window;
};

/** The longest line of MAIL or RCPT: 512 octets and what the offered parameters add (RFC 1869 §4.1.2). */
export const envelopeLine = (
  composition: Composition,
  slot: "mail" | "rcpt",
  capabilities: ReadonlyMap<number, unknown>,
): number => {
  let octets = 512;
  for (const claims of composition[slot].values()) {
    const offered = claims.filter((claim) => capabilities.has(claim.owner));
    octets += Math.max(0, ...offered.map((claim) => claim.param.adds));
  }
  return octets;
};
