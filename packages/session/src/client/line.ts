/**
 * A command line on its way out: text where all of it is printable US-ASCII, so that a group of lines is one string and
 * one write; octets where it is UTF-8 (RFC 6531). What is not plain is `encodeCommand`'s to write or to refuse
 * (security.md C1).
 */
import type { Grammar } from "@posthorn/contract";
import { COMMAND_LINE, encodeCommand, encodeUtf8, isKeyword } from "@posthorn/wire";

/** A line with its CRLF: text of US-ASCII, or octets. */
export type Line = string | Uint8Array;

/** Whether this range of text is an argument of printable US-ASCII that no space ends. Of the whole line, which is flattened once. */
const isPlain = (text: string, from: number, to: number): boolean => {
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 32 || unit > 126) return false;
  }
  return to > from && text.charCodeAt(to - 1) !== 32;
};

/** @throws LocalProtocolError like `encodeCommand`. */
export const commandLine = (
  verb: string,
  argument: string | undefined,
  grammar: Grammar,
  maxOctets: number = COMMAND_LINE,
): Line => {
  const text = argument === undefined ? `${verb}\r\n` : `${verb} ${argument}\r\n`;
  const plain = argument === undefined || isPlain(text, verb.length + 1, text.length - 2);
  if (plain && text.length <= maxOctets && isKeyword(verb)) return text;
  return encodeCommand(verb, argument, grammar, maxOctets);
};

/** The octets of a line. */
export const octetsOf = (line: Line): Uint8Array => (typeof line === "string" ? encodeUtf8(line) : line);
