/**
 * Mailboxes (RFC 5321 §4.1.2): `Local-part "@" ( Domain / address-literal )`, read from left to right, each character
 * once. What follows the local part's `@` is the domain and nothing else, so that no second `@` can move it. The
 * local part is kept by what it means: `"a"@b.example` is `a@b.example`; it is quoted again only where it must be.
 */
import type { Codec, Grammar, Mailbox } from "@posthorn/contract";
import { bad, LocalProtocolError, ok, reply, UTF8 } from "@posthorn/contract";
import { isAddressLiteral } from "./address-literal.ts";
import { isAscii, isPrintable } from "./characters.ts";
import { DOMAIN_OCTETS, scanDomain } from "./domain.ts";
import { unencodable } from "./faults.ts";
import { octetLength } from "./octets.ts";

/** Why text is no mailbox. */
export type Problem = "non-ascii-path" | "bad-path" | "local-part-too-long" | "domain-too-long" | "path-too-long";

/** The octets of a local part, as it is written (RFC 5321 §4.5.3.1.1). */
export const LOCAL_PART_OCTETS = 64;
/** The octets of a path, with its brackets (RFC 5321 §4.5.3.1.3). */
export const PATH_OCTETS = 256;

const RFC = "RFC 5321 §4.1.2";
const DOT = 46;
const AT = 64;
/** atext of RFC 5322 §3.2.3: 1 for each octet that is one. */
export const ATEXT: Uint8Array = new Uint8Array(128);
for (let unit = 0; unit < 128; unit++)
  ATEXT[unit] = /[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]/.test(String.fromCharCode(unit)) ? 1 : 0;

const isAtext = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  return unit > 127 || ATEXT[unit] === 1;
};

/** The index behind a Dot-string that starts at `from`, or -1. */
const scanDotString = (text: string, from: number, to: number): number => {
  let at = from;
  while (at < to && isAtext(text, at)) {
    at++;
    if (at + 1 < to && text[at] === "." && isAtext(text, at + 1)) at++;
  }
  return at === from ? -1 : at;
};

/** What a Quoted-string that starts at `from` means, and the index behind it (RFC 5321 §4.1.2 QcontentSMTP). */
const scanQuoted = (
  text: string,
  from: number,
  to: number,
): { readonly local: string; readonly behind: number } | undefined => {
  let local = "";
  let start = from + 1;
  for (let at = start; at < to; at++) {
    const character = text[at];
    if (character === '"') return { local: local + text.slice(start, at), behind: at + 1 };
    if (character !== "\\") continue;
    if (at + 1 >= to || text.charCodeAt(at + 1) > 126) return undefined; // quoted-pairSMTP has %d32-126 only, in RFC 6531 too
    local += text.slice(start, at);
    start = at + 1;
    at++;
  }
  return undefined;
};

/** The index behind a Dot-string of US-ASCII that starts at `from`; `from` where none does. */
const plainLocal = (text: string, from: number, to: number): number => {
  let at = from;
  for (let begins = true; at < to; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 128 && ATEXT[unit] === 1) begins = false;
    else if (unit === DOT && !begins) begins = true;
    else return begins ? from : at;
  }
  return text.charCodeAt(to - 1) === DOT ? from : at;
};

/**
 * A mailbox of a Dot-string and a Domain, of US-ASCII and not too long: what nearly all are. One look at each character,
 * and no piece of text but the two that are kept. `undefined` where it is another, or none.
 */
export const scanPlain = (text: string, from: number, to: number): Mailbox | undefined => {
  const at = plainLocal(text, from, to);
  if (at === from || at >= to || text.charCodeAt(at) !== AT) return undefined;
  if (at - from > LOCAL_PART_OCTETS || to - from > PATH_OCTETS - 2) return undefined;
  return scanDomain(text, at + 1, to, false)
    ? { local: text.slice(from, at), domain: text.slice(at + 1, to) }
    : undefined;
};

/** Whether these make a mailbox that `scanPlain` would find in its own text. */
const isPlain = (local: string, domain: string): boolean =>
  typeof local === "string" && // for callers without types
  typeof domain === "string" &&
  local.length > 0 &&
  local.length <= LOCAL_PART_OCTETS &&
  local.length + domain.length < PATH_OCTETS - 2 &&
  plainLocal(local, 0, local.length) === local.length &&
  scanDomain(domain, 0, domain.length, false);

/** The mailbox that stands between two indices of text, or why it is none. */
export const scanMailbox = (text: string, from: number, to: number, grammar: Grammar): Mailbox | Problem => {
  const plain = scanPlain(text, from, to);
  if (plain !== undefined) return plain;
  const given = text.slice(from, to);
  if (!grammar.utf8 && !isAscii(given)) return "non-ascii-path";
  if (!isPrintable(given, grammar)) return "bad-path";
  let local: string;
  let behind: number;
  if (given[0] === '"') {
    const quoted = scanQuoted(given, 0, given.length);
    if (quoted === undefined) return "bad-path";
    ({ local, behind } = quoted);
  } else {
    behind = scanDotString(given, 0, given.length);
    if (behind < 0) return "bad-path";
    local = given.slice(0, behind);
  }
  if (given[behind] !== "@") return "bad-path";
  const domain = given.slice(behind + 1);
  if (domain[0] === "[" ? !isAddressLiteral(domain) : !scanDomain(domain, 0, domain.length, true)) return "bad-path";
  if (octetLength(given.slice(0, behind)) > LOCAL_PART_OCTETS) return "local-part-too-long";
  if (octetLength(domain) > DOMAIN_OCTETS) return "domain-too-long";
  return octetLength(given) > PATH_OCTETS - 2 ? "path-too-long" : { local, domain };
};

/** A local part as it is written: a Dot-string where it is one, else quoted, with a backslash only where one is needed. */
const writeLocal = (local: string): string => {
  if (local !== "" && scanDotString(local, 0, local.length) === local.length) return local;
  return `"${local.replace(/["\\]/g, (character) => `\\${character}`)}"`;
};

/**
 * The canonical text of a mailbox, without brackets.
 * @throws LocalProtocolError `unencodable`, where the grammar has no such mailbox
 */
export const writeMailbox = (value: Mailbox, grammar: Grammar): string => {
  const { local, domain } = value;
  if (isPlain(local, domain)) return `${local}@${domain}`; // a fifth of the time of the other way
  if (!isPrintable(value.local, grammar) || !isPrintable(value.domain, grammar))
    throw unencodable("not a mailbox", RFC);
  const text = `${writeLocal(value.local)}@${value.domain}`;
  const back = scanMailbox(text, 0, text.length, grammar);
  if (typeof back === "string" || back.local !== value.local)
    throw unencodable(`not a mailbox: ${typeof back === "string" ? back : RFC}`, RFC);
  return text;
};

/** What a mailbox problem is called in a reply; `status` is the enhanced status for bad syntax there. */
export const pathFault = (problem: Problem, status: string): ReturnType<typeof bad> => {
  if (problem === "non-ascii-path")
    return bad(problem, reply(553, "5.6.7", "Non-ASCII addresses are not permitted here"), "RFC 6531 §3.5");
  if (problem === "bad-path") return bad(problem, reply(501, status, "Bad address syntax"), RFC);
  return bad(problem, reply(501, status, "Address too long"), "RFC 5321 §4.5.3.1");
};

/** A mailbox without brackets: AUTH=, ORCPT, and what people type. */
export const mailbox: Codec<Mailbox> = {
  decode(raw = "", grammar) {
    const value = scanMailbox(raw, 0, raw.length, grammar);
    return typeof value === "string" ? pathFault(value, "5.1.3") : ok(value);
  },
  encode: writeMailbox,
};

/**
 * The mailbox that a caller wrote as `local@domain`, without brackets.
 * @param grammar RFC 6531's if not given; encoders ask again, under the grammar of their line
 * @throws LocalProtocolError `bad-path`, `local-part-too-long`, `domain-too-long`, `path-too-long`, `non-ascii-path`
 */
export const parseMailbox = (text: string, grammar: Grammar = UTF8): Mailbox => {
  const value = scanMailbox(text, 0, text.length, grammar);
  if (typeof value === "string") throw new LocalProtocolError(value, "not a mailbox", RFC);
  return value;
};
