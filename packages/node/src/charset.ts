/**
 * Charsets: octets of other systems as text, and text as octets for them. One law decides by what each is read: text
 * must not depend on how its octets were cut. Node's TextDecoder keeps it for six multi-octet charsets; for those of
 * one octet a character iconv-lite does; whatever keeps it with neither (gb18030, EUC-JP, UTF-7, …) is held back and
 * read whole. Nothing here ever decides what an address means.
 */
import { createRequire } from "node:module";
import { TextDecoder } from "node:util";
import type * as Iconv from "iconv-lite";

const require = createRequire(import.meta.url);

/** Loaded when a charset first needs it: 6 ms of a program's start, and most mail needs none. */
const iconv = (): typeof Iconv => require("iconv-lite");

/** Octets, or why there are none. */
export type Encoded =
  | { readonly ok: true; readonly value: Uint8Array }
  | { readonly ok: false; readonly reason: string };

/** Reads octets piece by piece. */
export interface CharsetDecoder {
  /** The text that is certain so far. */
  write(octets: Uint8Array): string;
  /** The rest. What was cut off within a character is U+FFFD. */
  end(): string;
}

/** A charset. */
export interface Charset {
  readonly label: string;
  /** The text; U+FFFD where octets are none of this charset. */
  decode(octets: Uint8Array): string;
  /** The text, or `undefined` where an octet is none of this charset. */
  decodeExactly(octets: Uint8Array): string | undefined;
  /** A decoder for octets that come piece by piece: all its text together is that of `decode`. Some charsets it holds back whole. */
  decoder(): CharsetDecoder;
  /** The octets; a character that the charset lacks is named in `reason`, and nothing stands in its place. */
  encode(text: string): Encoded;
}

/** Multi-octet charsets that TextDecoder reads alike however they are cut (tried in the tests, at every octet). */
const STREAMED: ReadonlySet<string> = new Set(["utf-8", "utf-16le", "utf-16be", "big5", "shift_jis", "euc-kr"]);
/** Those that it reads only where it is given all of them: cut within what is no character, it throws. */
const WHOLE: ReadonlySet<string> = new Set(["gb18030", "gbk", "euc-jp", "iso-2022-jp"]);

const REPLACEMENT = "\u{FFFD}";

const inIconv = (label: string): boolean => iconv().encodingExists(label);

/** What TextDecoder calls this label; empty where it has none. */
const whatwgName = (label: string): string => {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return "";
  }
};

/** Whether each octet is one character, of whatever comes before and after it. */
const isSingle = (label: string): boolean =>
  iconv().decode(
    Uint8Array.from({ length: 256 }, (_, octet) => octet),
    label,
    { stripBOM: false },
  ).length === 256;

const wholeDecoder = (decode: (octets: Uint8Array) => string): CharsetDecoder => {
  const pieces: Uint8Array[] = [];
  return {
    write(octets) {
      pieces.push(octets.slice());
      return "";
    },
    end: () => decode(Buffer.concat(pieces)),
  };
};

/** Writes by iconv-lite, and believes it only where the charset's own reader reads the same again. */
const encodeWith =
  (label: string, read: (octets: Uint8Array) => string) =>
  (text: string): Encoded => {
    if (!inIconv(label)) return { ok: false, reason: `text cannot be written in ${label} here` };
    const write = (part: string): Uint8Array => iconv().encode(part, label, { addBOM: false });
    const value = write(text);
    if (read(value) === text) return { ok: true, value };
    const lacking = Array.from(text).find((character) => read(write(character)) !== character);
    const codePoint = lacking?.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    const what = codePoint === undefined ? "cannot hold the text" : `has no U+${codePoint}`;
    return { ok: false, reason: `${label} ${what}` };
  };

const byTextDecoder = (label: string, name: string): Charset => {
  const decode = (octets: Uint8Array): string => new TextDecoder(name, { ignoreBOM: true }).decode(octets);
  return {
    label,
    decode,
    decodeExactly(octets) {
      try {
        return new TextDecoder(name, { fatal: true, ignoreBOM: true }).decode(octets);
      } catch {
        return undefined;
      }
    },
    decoder() {
      if (!STREAMED.has(name)) return wholeDecoder(decode);
      const decoder = new TextDecoder(name, { ignoreBOM: true });
      return { write: (octets) => decoder.decode(octets, { stream: true }), end: () => decoder.decode() };
    },
    encode: encodeWith(inIconv(label) ? label : name, decode),
  };
};

const byIconv = (label: string): Charset => {
  const decode = (octets: Uint8Array): string => iconv().decode(octets, label, { stripBOM: false });
  const single = isSingle(label);
  return {
    label,
    decode,
    decodeExactly(octets) {
      const text = decode(octets);
      return text.includes(REPLACEMENT) ? undefined : text;
    },
    decoder: () => (single ? { write: decode, end: () => "" } : wholeDecoder(decode)),
    encode: encodeWith(label, decode),
  };
};

/**
 * The charset of a label, as in `Content-Type`; `undefined` where nobody here knows it.
 *
 * @example
 * charset("iso-8859-15")?.encode("€"); // { ok: true, value: Uint8Array [0xa4] }
 */
export const charset = (label: string): Charset | undefined => {
  const name = whatwgName(label);
  if (STREAMED.has(name) || WHOLE.has(name)) return byTextDecoder(label, name);
  return inIconv(label) ? byIconv(label) : undefined;
};

/** Text as octets of a charset: what it lacks is a reason, and never a `?`. */
export const textToOctets = (text: string, label: string): Encoded =>
  charset(label)?.encode(text) ?? { ok: false, reason: `there is no charset ${label}` };
