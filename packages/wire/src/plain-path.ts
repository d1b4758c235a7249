/**
 * The path that nearly every MAIL and RCPT has, `<Dot-string@Domain>` in US-ASCII (RFC 5321 §4.1.2), read where it stands in
 * its line: the same under any grammar. One look at each octet, and no text but the two pieces that are kept; by way of text
 * it took twice as long.
 */
import type { Mailbox } from "@posthorn/contract";
import { LABEL_OCTETS } from "./domain.ts";
import { ATEXT, LOCAL_PART_OCTETS, PATH_OCTETS } from "./mailbox.ts";

const HYPHEN = 45;
const DOT = 46;
const LESS = 60;
const GREATER = 62;
const AT = 64;

/** What an octet may be part of, by octet. */
const ATOM = 1;
const LABEL = 2;
const KINDS: Uint8Array = new Uint8Array(256);
for (const [octet, isAtext] of ATEXT.entries())
  KINDS[octet] = isAtext * ATOM + (/[A-Za-z0-9-]/.test(String.fromCharCode(octet)) ? LABEL : 0);

const isOf = (kind: number, octet: number | undefined): boolean => ((KINDS[octet ?? 0] ?? 0) & kind) !== 0;

/** Whether a word of upper case stands at `from`, in any case of letters. */
const begins = (octets: Uint8Array, from: number, word: string): boolean => {
  for (let at = 0; at < word.length; at++) {
    const octet = octets[from + at] ?? 0;
    const wanted = word.charCodeAt(at);
    if (octet !== wanted && (octet < 97 || octet > 122 || octet - 32 !== wanted)) return false;
  }
  return true;
};

/** The index behind a Dot-string that starts at `from`; -1 where none does. */
const endOfDotString = (octets: Uint8Array, from: number): number => {
  let atom = from;
  for (let at = from; ; at++) {
    const octet = octets[at];
    if (isOf(ATOM, octet)) continue;
    if (at === atom) return -1;
    if (octet !== DOT) return at;
    atom = at + 1;
  }
};

/** The index behind a Domain that starts at `from`; -1 where none does. */
const endOfDomain = (octets: Uint8Array, from: number): number => {
  let label = from;
  for (let at = from; ; at++) {
    const octet = octets[at];
    if (isOf(LABEL, octet)) continue;
    if (at === label || octets[label] === HYPHEN || octets[at - 1] === HYPHEN || at - label > LABEL_OCTETS) return -1;
    if (octet !== DOT) return at;
    label = at + 1;
  }
};

/** Text of octets and of what stands around them, a character each; `from` is the index of the octet that it begins with. */
export interface Spelled {
  readonly text: string;
  readonly from: number;
}

/** Who makes text of octets, when it is known that it will be wanted. */
export interface Speller {
  /** Text in which the octets in `[from, to)` stand, which are known to be US-ASCII. */
  text(from: number, to: number): Spelled;
}

/**
 * The mailbox of what begins with a prefix, `RCPT TO:` or `FROM:`, in any case of letters, and a plain path; `undefined` where
 * it begins with another, or the path is another, or none, or has no end in these octets.
 * @param prefix in upper case
 * @param from where it begins in the octets
 * @param speller makes text of these octets
 */
export const plainPath = (octets: Uint8Array, prefix: string, from: number, speller: Speller): Mailbox | undefined => {
  const less = from + prefix.length;
  if (octets[less] !== LESS || !begins(octets, from, prefix)) return undefined;
  const at = endOfDotString(octets, less + 1);
  if (at < 0 || octets[at] !== AT || at - less > LOCAL_PART_OCTETS + 1) return undefined;
  const greater = endOfDomain(octets, at + 1);
  if (greater < 0 || octets[greater] !== GREATER) return undefined;
  if (greater - less >= PATH_OCTETS) return undefined;
  const spelled = speller.text(from, greater);
  return {
    local: spelled.text.slice(less + 1 - spelled.from, at - spelled.from),
    domain: spelled.text.slice(at + 1 - spelled.from, greater - spelled.from),
  };
};
