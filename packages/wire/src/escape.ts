/**
 * Escaping for people: what a peer wrote, as one printable line for a log, a terminal or the text of a reply.
 * Printable text stays as it is, but for the backslash, which is doubled so that nothing can pretend to be an escape.
 */
import { isUnsafeUnit } from "./characters.ts";
import { decodeUtf8 } from "./octets.ts";

const hex = (unit: number): string =>
  unit < 256 ? `\\x${unit.toString(16).padStart(2, "0")}` : `\\u{${unit.toString(16)}}`;

const isLoneSurrogate = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit > 0xdfff) return false;
  return unit < 0xdc00
    ? !isBetween(text.charCodeAt(at + 1), 0xdc00, 0xdfff)
    : !isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff);
};

const isBetween = (unit: number, low: number, high: number): boolean => unit >= low && unit <= high;

const escapeOctets = (octets: Uint8Array): string => {
  const text = decodeUtf8(octets);
  if (text !== undefined) return escape(text);
  let out = "";
  for (const octet of octets)
    out += octet > 126 || octet < 32 ? hex(octet) : octet === 92 ? "\\\\" : String.fromCharCode(octet);
  return out;
};

/**
 * One line that is safe to show: controls become `\x0d`, bidirectional controls, U+2028 and the like `\u{2028}`, lone
 * surrogates `\u{d800}`, a backslash two. Octets are read as UTF-8 if they are UTF-8, else those above 126 become `\xe9`.
 *
 * @example
 * escape("a\r\nX: 1"); // a\x0d\x0aX: 1
 */
export const escape = (value: string | Uint8Array): string => {
  if (typeof value !== "string") return escapeOctets(value);
  let out = "";
  let from = 0;
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    if (unit >= 32 && unit < 127 && unit !== 92) continue;
    if (unit > 127 && !isUnsafeUnit(unit) && !isLoneSurrogate(value, at)) continue;
    out += value.slice(from, at) + (unit === 92 ? "\\\\" : hex(unit));
    from = at + 1;
  }
  return from === 0 ? value : out + value.slice(from);
};
