/**
 * Address literals (RFC 5321 §4.1.3): `[192.0.2.1]`, `[IPv6:2001:db8::1]`, and `[tag:content]` for tags yet to come.
 * They are kept as they were written; what is judged here is whether the grammar has them.
 */
import type { Codec } from "@posthorn/contract";
import { ok } from "@posthorn/contract";
import { asciiUpper } from "./characters.ts";
import { argumentFault, unencodable } from "./faults.ts";

/** An address literal, taken apart. */
export interface AddressLiteral {
  /** `IPv4`, `IPv6`, or the tag as it was written. */
  readonly tag: string;
  /** The address, or whatever the tag stands before. */
  readonly content: string;
}

const RFC = "RFC 5321 §4.1.3";
const SNUM = /^[0-9]{1,3}$/;
const HEX = /^[0-9A-Fa-f]{1,4}$/;
const TAG = /^[A-Za-z0-9-]*[A-Za-z0-9]$/;
const DCONTENT = /^[!-Z^-~]+$/;
/** No IPv6 address is longer than `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`. */
const IPV6_LENGTH = 45;

/** Whether text is an IPv4-address-literal's inside: `Snum 3("." Snum)`. */
export const isIpv4 = (text: string): boolean => {
  if (text.length > 15) return false;
  const numbers = text.split(".");
  return numbers.length === 4 && numbers.every((number) => SNUM.test(number) && Number(number) <= 255);
};

/** How many groups of 16 bits a run `a:b:c` has, an IPv4 address at its end being two; `undefined` where it is no such run. */
const groups = (run: string, dotted: boolean): number | undefined => {
  if (run === "") return 0;
  const parts = run.split(":");
  const last = parts[parts.length - 1] ?? "";
  if (dotted && last.includes(".")) {
    if (!isIpv4(last)) return undefined;
    parts.pop();
    return parts.every((part) => HEX.test(part)) ? parts.length + 2 : undefined;
  }
  return parts.every((part) => HEX.test(part)) ? parts.length : undefined;
};

/** Whether text is an IPv6-addr: full or with `::` for two groups or more, with or without an IPv4 address at its end. */
export const isIpv6 = (text: string): boolean => {
  if (text.length > IPV6_LENGTH) return false;
  const halves = text.split("::");
  const [left = "", right] = halves;
  if (halves.length > 2) return false;
  if (right === undefined) return groups(left, true) === 8;
  const before = groups(left, false);
  const after = groups(right, true);
  return before !== undefined && after !== undefined && before + after <= 6;
};

/** Takes an address literal, brackets included, apart; `undefined` where it is none. */
export const parseAddressLiteral = (text: string): AddressLiteral | undefined => {
  if (text.length < 3 || !text.startsWith("[") || !text.endsWith("]")) return undefined;
  const inside = text.slice(1, -1);
  const colon = inside.indexOf(":");
  if (colon < 0) return isIpv4(inside) ? { tag: "IPv4", content: inside } : undefined;
  const tag = inside.slice(0, colon);
  const content = inside.slice(colon + 1);
  if (asciiUpper(tag) === "IPV6") return isIpv6(content) ? { tag: "IPv6", content } : undefined;
  return TAG.test(tag) && DCONTENT.test(content) ? { tag, content } : undefined;
};

/** Whether text, brackets included, is an address literal. */
export const isAddressLiteral = (text: string): boolean => parseAddressLiteral(text) !== undefined;

/** An address literal with its brackets, as text. */
export const addressLiteral: Codec<string> = {
  decode(raw) {
    return raw !== undefined && isAddressLiteral(raw)
      ? ok(raw)
      : argumentFault("bad-address-literal", "Not an address literal", RFC);
  },
  encode(value) {
    if (!isAddressLiteral(value)) throw unencodable("not an address literal", RFC);
    return value;
  },
};
