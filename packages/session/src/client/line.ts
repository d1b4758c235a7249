/**
 * A command line on its way out: text where all of it is printable US-ASCII, so that a group of lines is one string and
 * one write; octets where it is UTF-8 (RFC 6531). What is not plain is `encodeCommand`'s to write or to refuse
 * (security.md C1).
 */
import { ASCII, type Grammar } from "@posthorn/contract";
import { COMMAND_LINE, encodeCommand, encodeUtf8, isKeyword, isPrintable } from "@posthorn/wire";

/** A line with its CRLF: text of US-ASCII, or octets. */
export type Line = string | Uint8Array;

const isPlain = (argument: string | undefined): boolean =>
  argument === undefined || (argument !== "" && !argument.endsWith(" ") && isPrintable(argument, ASCII));

/** @throws LocalProtocolError like `encodeCommand`. */
export const commandLine = (
  verb: string,
  argument: string | undefined,
  grammar: Grammar,
  maxOctets: number = COMMAND_LINE,
): Line => {
  const text = argument === undefined ? `${verb}\r\n` : `${verb} ${argument}\r\n`;
  if (text.length <= maxOctets && isKeyword(verb) && isPlain(argument)) return text;
  return encodeCommand(verb, argument, grammar, maxOctets);
};

/**
 * The line of MAIL or RCPT, in a grammar without UTF-8. `argument` is what `mailText` or `rcptText` wrote, and is not
 * looked at as a whole again: V8 would have to join its parts for that, and once more when the group is sent (0.2 µs).
 * @throws LocalProtocolError like `encodeCommand`, where it is too long.
 */
export const envelopeLine = (verb: "MAIL" | "RCPT", argument: string, maxOctets: number): Line => {
  const text = `${verb} ${argument}\r\n`;
  return text.length <= maxOctets ? text : encodeCommand(verb, argument, ASCII, maxOctets);
};

/** The octets of a line. */
export const octetsOf = (line: Line): Uint8Array => (typeof line === "string" ? encodeUtf8(line) : line);
