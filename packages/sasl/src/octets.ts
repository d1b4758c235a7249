/**
 * Octets and text: strict UTF-8 (RFC 3629) and strict base64 (RFC 4648 §4), which SASL messages are made of.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET).map((digit, value) => [digit, value]));
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** No octets. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** The UTF-8 octets of a text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** The text of UTF-8 octets, or `undefined` where they are not UTF-8. Nothing is repaired. */
export const fromUtf8 = (octets: Uint8Array): string | undefined => {
  try {
    return decoder.decode(octets);
  } catch {
    return undefined;
  }
};

/** The octets of both, in a new array. */
export const concat = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a, 0);
  both.set(b, a.length);
  return both;
};

/** Base64, with padding (RFC 4648 §4). */
export const toBase64 = (octets: Uint8Array): string => {
  let text = "";
  for (let at = 0; at < octets.length; at += 3) {
    const left = octets.length - at;
    const group = ((octets[at] ?? 0) << 16) | ((octets[at + 1] ?? 0) << 8) | (octets[at + 2] ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text += (left > 1 ? ALPHABET.charAt((group >> 6) & 63) : "=") + (left > 2 ? ALPHABET.charAt(group & 63) : "=");
  }
  return text;
};

/**
 * The octets of base64, or `undefined`: for a digit outside the alphabet, for padding that is missing or misplaced,
 * and for pad bits that are not zero (RFC 4648 §3.5), so that each value has one spelling.
 */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined;
  const pads = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - pads;
  const octets = new Uint8Array((text.length / 4) * 3 - pads);
  let bits = 0;
  let held = 0;
  let to = 0;
  for (let at = 0; at < digits; at += 1) {
    const value = VALUES.get(text.charAt(at));
    if (value === undefined) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      octets[to] = (bits >> held) & 0xff;
      to += 1;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? octets : undefined;
};

/** Lower-case hexadecimal. */
export const toHex = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");

/** Whether the text holds a control character (C0, DEL or C1), which no name and no token has. */
export const hasControl = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return true;
  }
  return false;
};

/** Whether every character is printable ASCII other than space (VCHAR, RFC 5234 §B.1), and there is one. */
export const isVchar = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x21 || unit > 0x7e) return false;
  }
  return text !== "";
};
