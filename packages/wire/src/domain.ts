/**
 * Domains (RFC 5321 §4.1.2, §2.3.5): labels of letters, digits and inner hyphens, joined by dots, and with UTF-8
 * (RFC 6531 §3.3) U-labels, judged by their characters only: IDNA is the business of who looks names up.
 * No trailing dot, no underscore; a label of US-ASCII has at most 63 octets (RFC 1035 §2.3.4).
 */
import type { Codec, Grammar } from "@posthorn/contract";
import { ok } from "@posthorn/contract";
import { isPrintable } from "./characters.ts";
import { argumentFault, unencodable } from "./faults.ts";
import { octetLength } from "./octets.ts";

/** The octets of a domain, at most (RFC 5321 §4.5.3.1.2). */
export const DOMAIN_OCTETS = 255;

/** The octets of a label of US-ASCII, at most (RFC 1035 §2.3.4). */
export const LABEL_OCTETS = 63;
const HYPHEN = 45;
const DOT = 46;

const isLetDig = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57);

/**
 * Whether `text` from `from` to `to` is a Domain, its length apart. One look at each character.
 * @param utf8 whether characters above 127, known to be printable, may stand in it
 */
export const scanDomain = (text: string, from: number, to: number, utf8: boolean): boolean => {
  let start = from;
  let wide = false;
  for (let at = from; at <= to; at++) {
    const unit = at === to ? DOT : text.charCodeAt(at);
    if (unit === DOT) {
      if (at === start || text.charCodeAt(start) === HYPHEN || text.charCodeAt(at - 1) === HYPHEN) return false;
      if (!wide && at - start > LABEL_OCTETS) return false;
      start = at + 1;
      wide = false;
    } else if (unit > 127 && utf8) wide = true;
    else if (unit !== HYPHEN && !isLetDig(unit)) return false;
  }
  return true;
};

/** Whether text is a Domain under the grammar, of 255 octets at most. */
export const isDomain = (text: string, grammar: Grammar): boolean =>
  isPrintable(text, grammar) && scanDomain(text, 0, text.length, true) && octetLength(text) <= DOMAIN_OCTETS;

/** A domain, as text. */
export const domain: Codec<string> = {
  decode(raw, grammar) {
    return raw !== undefined && isDomain(raw, grammar)
      ? ok(raw)
      : argumentFault("bad-domain", "Not a domain", "RFC 5321 §4.1.2");
  },
  encode(value, grammar) {
    if (!isDomain(value, grammar)) throw unencodable("not a domain", "RFC 5321 §4.1.2");
    return value;
  },
};
