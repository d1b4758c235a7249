/**
 * The four parameters of RFC 3461 §4, as values that can be carried on unaltered: what was decoded encodes to its
 * canonical text, which in the same grammar is never longer than what came. Nothing here says when a notification is
 * made; that is the business of whoever delivers or relays.
 */
import { bad, LocalProtocolError, ok, reply, UTF8 } from "@posthorn/contract";
import type { Codec, Grammar, Param } from "@posthorn/contract";
import {
  asciiUpper,
  decodeUtf8,
  encodeUtf8,
  isPrintable,
  list,
  octetLength,
  token,
  utf8Addr,
  xtext,
} from "@posthorn/wire";

/** What a notification returns (RFC 3461 §4.3): the whole message, or its header section. */
export type Ret = "FULL" | "HDRS";

/** When a notification is wanted (RFC 3461 §4.1). */
export type NotifyOn = "SUCCESS" | "FAILURE" | "DELAY";

/** NOTIFY: `["NEVER"]`, or one to three conditions, each once, in the order in which they were written. */
export type Notify = readonly ["NEVER"] | readonly NotifyOn[];

/** ORCPT: the recipient as the sender wrote it (RFC 3461 §4.2). */
export interface OriginalRecipient {
  /** The address type, such as `rfc822` or `utf-8`, as it was written; any case means the same. */
  readonly type: string;
  /** The address, decoded. It is carried and shown, never delivered to. */
  readonly address: string;
}

const fault = (text: string, rfc: string): ReturnType<typeof bad> =>
  bad("bad-argument", reply(501, "5.5.4", text), rfc);
const unencodable = (what: string, rfc: string): LocalProtocolError => new LocalProtocolError("unencodable", what, rfc);

/** RET (RFC 3461 §4.3). The notification can do without it where DSN is not offered. */
export const ret: Param<Ret> = { ...token(["FULL", "HDRS"]), unoffered: "omit", adds: " RET=FULL".length };

const ENVID_MAX = 100;

/** ENVID (RFC 3461 §4.4): up to 100 printable characters of US-ASCII, as xtext. */
export const envid: Param<string> = {
  unoffered: "omit",
  adds: " ENVID=".length + 3 * ENVID_MAX,
  decode(raw, grammar) {
    const read = xtext.decode(raw, grammar);
    return read.ok && read.value.length > ENVID_MAX
      ? fault("ENVID takes 100 characters at most", "RFC 3461 §4.4")
      : read;
  },
  encode(value, grammar) {
    if (typeof value === "string" && value.length > ENVID_MAX)
      throw unencodable("an envelope identifier has 100 characters at most", "RFC 3461 §4.4");
    return xtext.encode(value, grammar);
  },
};

const words: Codec<readonly ("NEVER" | NotifyOn)[]> = list(token(["NEVER", "SUCCESS", "FAILURE", "DELAY"]));

const isOn = (word: "NEVER" | NotifyOn): word is NotifyOn => word !== "NEVER";

/** NEVER alone, or conditions without a repetition. */
const asNotify = (given: readonly ("NEVER" | NotifyOn)[]): Notify | undefined => {
  if (!Array.isArray(given)) return undefined; // for callers without types
  const on = given.filter(isOn);
  if (on.length === 0) return given.length === 1 ? ["NEVER"] : undefined;
  return on.length === given.length && new Set(on).size === on.length ? on : undefined;
};

/** A condition that is repeated says nothing more: the grammar has it, and it is read once (RFC 3461 §4.1). */
const onceEach = (given: readonly ("NEVER" | NotifyOn)[]): readonly ("NEVER" | NotifyOn)[] =>
  given.filter((word, at) => !isOn(word) || given.indexOf(word) === at);

/** NOTIFY (RFC 3461 §4.1). Where DSN is not offered it is left out, and the plan says so: the relay then answers for it (§5.2.2). */
export const notify: Param<Notify> = {
  unoffered: "omit",
  adds: " NOTIFY=SUCCESS,FAILURE,DELAY".length,
  decode(raw, grammar) {
    const read = words.decode(raw, grammar);
    if (!read.ok) return read;
    const value = asNotify(onceEach(read.value));
    return value === undefined
      ? fault("NOTIFY takes NEVER, or SUCCESS, FAILURE and DELAY", "RFC 3461 §4.1")
      : ok(value);
  },
  encode(value, grammar) {
    if (asNotify(value) === undefined)
      throw unencodable("NEVER stands alone, and each condition once", "RFC 3461 §4.1");
    return words.encode(value, grammar);
  },
};

const ORCPT_MAX = 500;
/** An atom, but for `=`, which no value of a parameter has (RFC 5321 §4.1.2 esmtp-value). */
const ATOM = /^[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+$/;

const OCTETS = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/;

/**
 * The octets of an address in UTF-8, as xtext. RFC 3461 §4.2 has US-ASCII only, and RFC 6533 §3 gives UTF-8 a type of its
 * own; but Postfix (3.7) writes `rfc822;j+C3+B6rg@example.com` where the sender of a message gave no ORCPT, and a server
 * that refused that would refuse its internationalized mail. Read as what it means, and written as it came.
 */
const octetText: Codec<string> = {
  decode(raw = "") {
    const malformed = fault("Malformed xtext", "RFC 3461 §4");
    if (!OCTETS.test(raw)) return malformed;
    const octets = Array.from(raw.matchAll(/\+(..)|./g), ([one, hex]) =>
      hex === undefined ? one.charCodeAt(0) : Number.parseInt(hex, 16),
    );
    const text = decodeUtf8(Uint8Array.from(octets));
    return text !== undefined && isPrintable(text, UTF8) ? ok(text) : malformed;
  },
  encode(value) {
    if (!isPrintable(value, UTF8) || value === "") throw unencodable("not an address", "RFC 3461 §4.2");
    const write = (octet: number): string =>
      octet > 126 || octet === 32 || octet === 43 || octet === 61
        ? `+${octet.toString(16).toUpperCase()}`
        : String.fromCharCode(octet);
    return Array.from(encodeUtf8(value), write).join("");
  },
};

/** `utf-8` has an encoding of its own, which keeps what is above US-ASCII (RFC 6533 §3); all others are xtext. */
const address = (type: string): Codec<string> => (asciiUpper(type) === "UTF-8" ? utf8Addr : octetText);

/** ORCPT (RFC 3461 §4.2): `addr-type;address`, up to 500 octets on the wire. */
export const orcpt: Param<OriginalRecipient> = {
  unoffered: "omit",
  adds: " ORCPT=".length + ORCPT_MAX,
  decode(raw = "", grammar) {
    const semicolon = raw.indexOf(";");
    const type = raw.slice(0, Math.max(semicolon, 0));
    if (!ATOM.test(type)) return fault("ORCPT takes a type, a semicolon and an address", "RFC 3461 §4.2");
    if (octetLength(raw) > ORCPT_MAX) return fault("ORCPT takes 500 characters at most", "RFC 3461 §4.2");
    const read = address(type).decode(raw.slice(semicolon + 1), grammar);
    return read.ok ? ok({ type, address: read.value }) : read;
  },
  encode(value, grammar: Grammar) {
    if (typeof value.type !== "string" || !ATOM.test(value.type))
      throw unencodable("an address type is an atom", "RFC 3461 §4.2");
    const text = `${value.type};${address(value.type).encode(value.address, grammar)}`;
    if (octetLength(text) > ORCPT_MAX)
      throw unencodable("an original recipient has 500 octets at most", "RFC 3461 §4.2");
    return text;
  },
};
