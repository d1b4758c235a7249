// Small tools for making messages: text to octets, octets that look random and are the same every time, base64 lines.

/** A text as octets, one octet a character (ISO 8859-1). */
export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** A text as octets of UTF-8. */
export const utf8 = (text: string): Uint8Array => Buffer.from(text, "utf8");

/** Pieces joined. */
export const join = (...pieces: readonly Uint8Array[]): Uint8Array => Buffer.concat(pieces);

/** Lines joined, each ended by CRLF. */
export const lines = (...given: readonly string[]): string => given.map((line) => `${line}\r\n`).join("");

/** `length` octets that look random, the same for the same `seed` (xorshift32). */
export function noise(length: number, seed: number): Uint8Array {
  const octets = new Uint8Array(length);
  let state = seed | 1;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    octets[at] = state;
  }
  return octets;
}

/** Octets as lines of 76 characters of base64, each ended by CRLF (RFC 2045 §6.8). */
export function base64Lines(octets: Uint8Array): Uint8Array {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("base64");
  return utf8(text.replace(/.{1,76}/g, "$&\r\n"));
}
