/**
 * The two numbers of RFC 1870: what follows SIZE in the EHLO reply (§4), and the value of SIZE on MAIL (§5). Both are
 * one to twenty digits; a JavaScript number counts octets exactly up to 2^53-1 (8 PiB). Above that, a maximum reads
 * as 2^53-1, which no content reaches, and a declared size is refused as one that is larger than any maximum.
 */
import { bad, LocalProtocolError, ok, reply } from "@posthorn/contract";
import type { Codec, Param, Reply } from "@posthorn/contract";

const RFC = "RFC 1870 §5";
const DIGITS = /^[0-9]{1,20}$/;

/** 552 5.3.4 (RFC 1870 §6.1, RFC 3463 §3.4). */
export const TOO_LARGE: Reply = reply(552, "5.3.4", "Message size exceeds the maximum");

/** One to fifteen digits, all of which a number counts exactly: what a declaration always has. -1 where it is another text. */
const fewDigits = (raw: string): number => {
  if (raw.length === 0 || raw.length > 15) return -1;
  let value = 0;
  for (let at = 0; at < raw.length; at++) {
    const digit = raw.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
};

const write = (value: number): string => {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new LocalProtocolError("unencodable", "a size is a whole number of octets", RFC);
  return String(value);
};

/** The maximum that a server states: octets, 0 for none in force, `null` where it says nothing. */
export const capability: Codec<number | null> = {
  decode(raw) {
    if (raw === undefined) return ok(null);
    if (!DIGITS.test(raw))
      return bad("bad-argument", reply(501, "5.5.4", "SIZE takes a number of octets"), "RFC 1870 §4");
    return ok(Math.min(Number(raw), Number.MAX_SAFE_INTEGER));
  },
  encode: (value) => (value === null ? undefined : write(value)),
};

/** SIZE on MAIL: the octets that the client thinks it will send, an estimate and no promise (RFC 1870 §5). */
export const parameter: Param<number> = {
  unoffered: "omit", // the message may go without it: it only saves a transfer
  adds: 26, // RFC 1870 §3 (5)
  decode(raw) {
    const few = fewDigits(raw ?? "");
    if (few >= 0) return ok(few);
    if (raw === undefined || !DIGITS.test(raw))
      return bad("bad-argument", reply(501, "5.5.4", "SIZE takes a number of octets"), RFC);
    const value = Number(raw);
    return Number.isSafeInteger(value) ? ok(value) : bad("too-large", TOO_LARGE, "RFC 1870 §6.1");
  },
  encode: write,
};
