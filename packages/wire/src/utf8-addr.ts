/**
 * Internationalized addresses in ORCPT and the like (RFC 6533 §3). Where the line is UTF-8 they stand as they are
 * (utf-8-addr-unitext), else as US-ASCII with `\x{3B1}` for what US-ASCII does not have (utf-8-addr-xtext). In both,
 * space, `+`, `=` and `\` are always written so. Reading is strict: upper case, no zeros in front, and no other
 * character of US-ASCII escaped.
 */
import type { Codec, Grammar } from "@posthorn/contract";
import { ok, UTF8 } from "@posthorn/contract";
import { isPrintable } from "./characters.ts";
import { argumentFault, unencodable } from "./faults.ts";

const RFC = "RFC 6533 §3";
const FORM = /^(?:[!-*,-<>-[\]-~\u0080-\uffff]|\\x\{[0-9A-F]{2,6}\})+$/;

const embed = (character: string): string => `\\x{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;

const write = (value: string, grammar: Grammar): string =>
  value.replace(grammar.utf8 ? /[ +=\\]/gu : /[ +=\\]|[^ -~]/gu, embed);

/** An address of one character or more, written as utf-8-addr-unitext or utf-8-addr-xtext. */
export const utf8Addr: Codec<string> = {
  decode(raw = "", grammar) {
    const fault = argumentFault("bad-utf-8-addr", "Malformed utf-8 address", RFC);
    if (!isPrintable(raw, grammar) || !FORM.test(raw)) return fault;
    let legal = true;
    const value = raw.replace(/\\x\{([0-9A-F]+)\}/g, (_, hex: string) => {
      const point = Number.parseInt(hex, 16);
      const needed = point > 127 || point === 32 || point === 43 || point === 61 || point === 92;
      if (!needed || point > 0x10ffff || hex.startsWith("0") || (point >= 0xd800 && point <= 0xdfff)) legal = false;
      return legal ? String.fromCodePoint(point) : "";
    });
    return legal && isPrintable(value, UTF8) ? ok(value) : fault;
  },
  encode(value, grammar) {
    if (!isPrintable(value, UTF8) || value === "") throw unencodable("not an address", RFC);
    return write(value, grammar);
  },
};
