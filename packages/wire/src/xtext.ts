/**
 * xtext (RFC 3461 §4): printable US-ASCII in which `+`, `=`, spaces and whatever else is written as `+` and two
 * hexadecimal digits in upper case. All users of xtext (ENVID, ORCPT, AUTH=) allow printable US-ASCII only, so that is
 * what it decodes to: `+0D` is refused.
 */
import type { Codec } from "@posthorn/contract";
import { ASCII, ok } from "@posthorn/contract";
import { isPrintable } from "./characters.ts";
import { argumentFault, unencodable } from "./faults.ts";

const RFC = "RFC 3461 §4";
const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/;

const hexchar = (character: string): string =>
  `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** Printable US-ASCII, one character or more, written as xtext. */
export const xtext: Codec<string> = {
  decode(raw = "") {
    if (!XTEXT.test(raw)) return argumentFault("bad-xtext", "Malformed xtext", RFC);
    const value = raw.replace(/\+(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return isPrintable(value, ASCII) ? ok(value) : argumentFault("bad-xtext", "Malformed xtext", RFC);
  },
  encode(value) {
    if (!isPrintable(value, ASCII) || value === "") throw unencodable("not printable US-ASCII", RFC);
    return value.replace(/[ +=]/g, hexchar);
  },
};
