/** Text and octets. */
import iconv from "iconv-lite";

/** Octets, or why there are none. */
export type Encoded =
  | { readonly ok: true; readonly value: Uint8Array }
  | { readonly ok: false; readonly reason: string };

/** Text as octets of a charset. */
export const textToOctets = (text: string, charset: string): Encoded => {
  const known: boolean = iconv.encodingExists(charset);
  if (!known) return { ok: false, reason: `there is no charset ${charset}` };
  const value = iconv.encode(text, charset);
  return iconv.decode(value, charset) === text
    ? { ok: true, value }
    : { ok: false, reason: `the charset ${charset} lacks a character of the text` };
};
