/**
 * Base64 (RFC 4648 §4), strict: the padding is required, nothing but the alphabet is read, and the bits that padding
 * leaves over are zero, so that octets have one text and one only.
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 61;
const NONE = 255;

const VALUES: Uint8Array = new Uint8Array(128).fill(NONE);
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Octets as base64, padded. */
export const encodeBase64 = (octets: Uint8Array): string => {
  let text = "";
  for (let at = 0; at < octets.length; at += 3) {
    const a = octets[at] ?? 0;
    const b = octets[at + 1];
    const c = octets[at + 2];
    text += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    text += b === undefined ? "=" : ALPHABET.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    text += c === undefined ? "=" : ALPHABET.charAt(c & 63);
  }
  return text;
};

/** The octets of base64, given as text or as the octets of a line; `undefined` where it is not canonical base64. */
export const decodeBase64 = (given: string | Uint8Array): Uint8Array<ArrayBuffer> | undefined => {
  const unit = typeof given === "string" ? (at: number) => given.charCodeAt(at) : (at: number) => given[at] ?? 0;
  const { length } = given;
  if (length % 4 !== 0) return undefined;
  if (length === 0) return new Uint8Array(0);
  const pads = unit(length - 1) !== PAD ? 0 : unit(length - 2) !== PAD ? 1 : 2;
  const octets = new Uint8Array((length / 4) * 3 - pads);
  let bits = 0;
  let to = 0;
  for (let at = 0; at < length - pads; at++) {
    const value = VALUES[unit(at)] ?? NONE;
    if (value === NONE) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    if (at % 4 === 3) {
      octets[to++] = bits >> 16;
      octets[to++] = bits >> 8;
      octets[to++] = bits;
    }
  }
  if (pads === 1) {
    if ((bits & 3) !== 0) return undefined;
    octets[to++] = bits >> 10;
    octets[to++] = bits >> 2;
  } else if (pads === 2) {
    if ((bits & 15) !== 0) return undefined;
    octets[to++] = bits >> 4;
  }
  return octets;
};
