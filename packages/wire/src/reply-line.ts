/**
 * One line of a reply, and what its lines make together (RFC 5321 §4.2, §4.2.1). Strict about the code, what stands
 * behind it, and controls. Two tolerances of reading: a code alone with a space behind it, which §4.2 asks for, and a
 * second digit above 5, because a client goes by the first (§4.3.2) and such codes (571) are refusals that must be heard.
 */
import type { ReceivedReply } from "@posthorn/contract";
import { isAscii } from "./characters.ts";
import { asciiText, decodeUtf8 } from "./octets.ts";
import { endOfStatus } from "./status.ts";

/** A line of a reply, read. */
export interface ReplyLine {
  readonly code: number;
  /** Whether a space, or nothing, stands behind the code. */
  readonly last: boolean;
  /** The octets of the text. */
  readonly octets: Uint8Array;
}

const HYPHEN = 45;
const SPACE = 32;

const digit = (octet: number | undefined): number => (octet === undefined ? -1 : octet - 48);
const isControl = (octet: number): boolean => (octet < 32 && octet !== 9) || octet === 127;

/** The code that stands at an index; -1 where none does. */
const codeAt = (octets: Uint8Array, at: number): number => {
  const a = digit(octets[at]);
  const b = digit(octets[at + 1]);
  const c = digit(octets[at + 2]);
  return a < 2 || a > 5 || b < 0 || b > 9 || c < 0 || c > 9 ? -1 : a * 100 + b * 10 + c;
};

/** Reads one line, without its CRLF; `undefined` where it is none. */
export const readReplyLine = (line: Uint8Array): ReplyLine | undefined => {
  const code = codeAt(line, 0);
  const behind = line[3];
  if (code < 0 || (behind !== undefined && behind !== SPACE && behind !== HYPHEN)) return undefined;
  const octets = line.subarray(4);
  for (const octet of octets) if (isControl(octet)) return undefined;
  return { code, last: behind !== HYPHEN, octets };
};

/** UTF-8 where it is valid, else one character an octet: never a replacement character. */
const textOf = (octets: Uint8Array): string => {
  const text = decodeUtf8(octets);
  if (text !== undefined) return text;
  let out = "";
  for (const octet of octets) out += String.fromCharCode(octet);
  return out;
};

/** The index behind the status that stands first on a line, if its class is that of the code (RFC 2034 §4); -1 where none does. */
const statusEnd = (code: number, line: string): number => {
  const end = endOfStatus(line, Math.trunc(code / 100));
  return end < line.length && line.charCodeAt(end) !== SPACE ? -1 : end;
};

/** The status that stands first on every line. */
const commonStatus = (code: number, lines: readonly string[]): string | undefined => {
  const [first = ""] = lines;
  const end = statusEnd(code, first);
  if (end < 0) return undefined;
  const status = first.slice(0, end);
  for (let at = 1; at < lines.length; at++)
    if (lines[at] !== status && lines[at]?.startsWith(`${status} `) !== true) return undefined;
  return status;
};

/** The reply of one line of printable US-ASCII, with its CRLF at an index; `undefined` where it is none, or not the last of its reply. */
export const plainReply = (chunk: Uint8Array, from: number, crlf: number): ReceivedReply | undefined => {
  const code = codeAt(chunk, from);
  if (code < 0 || (crlf > from + 3 && chunk[from + 3] !== SPACE)) return undefined;
  const text = asciiText(chunk, Math.min(from + 4, crlf), crlf);
  const end = statusEnd(code, text);
  const line = end < 0 ? text : text.slice(end + 1);
  const lines = line === "" ? [] : [line];
  return end < 0 ? { code, lines } : { code, status: text.slice(0, end), lines };
};

/** The reply that the text of lines makes, all of one code. */
const makeReply = (code: number, raw: readonly string[]): ReceivedReply => {
  const status = commonStatus(code, raw);
  const stripped = status === undefined ? raw : raw.map((line) => line.slice(status.length + 1));
  const lines = stripped.length === 1 && stripped[0] === "" ? [] : stripped;
  return status === undefined ? { code, lines } : { code, status, lines };
};

/** The reply that lines make, all of one code; with their octets, where they are not US-ASCII. */
export const joinReply = (code: number, texts: readonly Uint8Array[]): ReceivedReply => {
  const raw = texts.map(textOf);
  const reply = makeReply(code, raw);
  return raw.every(isAscii) ? reply : { ...reply, octets: texts };
};
