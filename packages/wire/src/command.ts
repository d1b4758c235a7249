/**
 * Command lines (RFC 5321 §4.1.1): a verb, and what follows it after one space. Reading gives both as text and judges
 * neither: a bad argument keeps its verb, so that the reply can be specific. Writing refuses what could end a line.
 */
import type { Fault, Grammar } from "@posthorn/contract";
import { LocalProtocolError, reply } from "@posthorn/contract";
import { asciiUpper, isKeyword, isPrintable } from "./characters.ts";
import { lineFault, unencodable } from "./faults.ts";
import { asciiText, decodeUtf8, encodeUtf8 } from "./octets.ts";

/** A command line, cut at its first space. */
export interface Command {
  /** In upper case, as far as US-ASCII has cases; empty where no verb can be read. */
  readonly verb: string;
  /** What follows the verb and one space; `undefined` where nothing does. */
  readonly raw: string | undefined;
  /** `bad-verb` (then `verb` is empty), `control-character` or `invalid-utf8` (then the verb is kept, `raw` is not). */
  readonly fault: Fault | undefined;
}

/** The octets of a command line without extensions, CRLF included (RFC 5321 §4.5.3.1.4). */
export const COMMAND_LINE = 512;

const RFC = "RFC 5321 §4.1.1";
const BAD_VERB: Command = { verb: "", raw: undefined, fault: lineFault("bad-verb", "Command not recognized", RFC) };
const CONTROL: Fault = {
  code: "control-character",
  reply: reply(501, "5.5.2", "Control characters are not allowed"),
  rfc: RFC,
};
const INVALID: Fault = lineFault("invalid-utf8", "The line is not valid UTF-8", "RFC 6531 §3.3");

/**
 * Cuts a line, given without its CRLF. White space at its end is dropped (RFC 5321 §4.1.1 asks for that tolerance);
 * all other white space counts, and stands in `raw`.
 */
export const splitCommand = (line: Uint8Array): Command => {
  let end = line.length;
  while (end > 0 && (line[end - 1] === 32 || line[end - 1] === 9)) end--;
  let at = 0;
  for (; at < end; at++) {
    const octet = line[at] ?? 0;
    if (octet === 32) break;
    if (octet < 33 || octet > 126) return BAD_VERB;
  }
  if (at === 0) return BAD_VERB;
  const verb = asciiUpper(asciiText(line, 0, at));
  if (at === end) return { verb, raw: undefined, fault: undefined };
  for (let seek = at; seek < end; seek++) {
    const octet = line[seek] ?? 0;
    if (octet < 32 || octet === 127) return { verb, raw: undefined, fault: CONTROL };
  }
  const raw = decodeUtf8(line.subarray(at + 1, end));
  if (raw === undefined) return { verb, raw, fault: INVALID };
  return { verb, raw, fault: undefined };
};

/**
 * Writes a command line with its CRLF.
 * @param argument what follows the verb and one space; without a space at its end, because a reader drops it
 * @param maxOctets of the line, CRLF included; 512 if not given. Parameters of extensions may make it longer
 * @throws LocalProtocolError `unencodable` (a verb that is none; controls, CR, LF and NUL among them; characters above
 * 127 unless the grammar has them; an empty argument), `line-too-long`
 */
export const encodeCommand = (
  verb: string,
  argument: string | undefined,
  grammar: Grammar,
  maxOctets: number = COMMAND_LINE,
): Uint8Array => {
  if (!isKeyword(verb)) throw unencodable("the verb is none", RFC);
  if (argument !== undefined && (!isPrintable(argument, grammar) || argument === "" || argument.endsWith(" ")))
    throw unencodable(`the argument of ${verb} holds what no command line may`, RFC);
  const octets = encodeUtf8(argument === undefined ? `${verb}\r\n` : `${verb} ${argument}\r\n`);
  if (octets.length > maxOctets)
    throw new LocalProtocolError(
      "line-too-long",
      `the ${verb} line has ${octets.length} octets of ${maxOctets}`,
      "RFC 5321 §4.5.3.1.4",
    );
  return octets;
};
