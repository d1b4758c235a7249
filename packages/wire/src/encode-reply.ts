/**
 * Replies out (RFC 5321 §4.2 Reply-line): every line but the last has a hyphen behind its code, an enhanced status
 * stands first on every line (RFC 2034 §4). Canonical form: a line without text is its code alone, `250 CRLF` without
 * the space, so a reply of no lines and one of a single empty line look the same, and are read as no lines. One
 * exception: a 3yz reply of an empty line keeps the space, because a challenge has it (RFC 4954 §4: `"334" SP [base64]`).
 */
import type { Grammar, Reply } from "@posthorn/contract";
import { ASCII, LocalProtocolError, UTF8 } from "@posthorn/contract";
import { isPrintable } from "./characters.ts";
import { escape } from "./escape.ts";
import { unencodable } from "./faults.ts";
import { octetLength, octetsOf } from "./octets.ts";
import { endOfStatus } from "./status.ts";

/** How a reply is written. */
export interface ReplyOptions {
  /** Whether text may be UTF-8 (RFC 6531 §3.7.4). No, if not given. */
  readonly utf8?: boolean;
  /** Whether the enhanced status is written, where the reply has one. Yes, if not given. */
  readonly status?: boolean;
  /** Of one line, its code and CRLF included: 512 if not given (RFC 5321 §4.5.3.1.5). Challenges of AUTH may have 12288. */
  readonly maxOctets?: number;
}

/** The octets of a reply line, code and CRLF included (RFC 5321 §4.5.3.1.5). */
export const REPLY_LINE = 512;

const RFC = "RFC 5321 §4.2";
/** What is left of a line beside code, status and CRLF, rounded down. */
const TEXT = 480;

/** Three digits, of which the first is 2 to 5 and the second at most 5 (RFC 5321 §4.2). */
const isCode = (code: number): boolean => Number.isInteger(code) && code >= 200 && code <= 559 && code % 100 < 60;

/** Printable text, and tabs: textstring = 1*(%d09 / %d32-126). */
const isReplyText = (text: string, grammar: Grammar): boolean =>
  isPrintable(text, grammar) || (typeof text === "string" && isPrintable(text.replaceAll("\t", " "), grammar));

/** The enhanced status with which every line begins, or nothing. */
const statusOf = (reply: Reply, options: ReplyOptions): string => {
  const { code, status } = reply;
  if (status === undefined || options.status === false) return "";
  if (typeof status !== "string" || endOfStatus(status, Math.trunc(code / 100)) !== status.length)
    throw unencodable(`the enhanced status of a ${code} reply is none of its class`, "RFC 2034 §4");
  return status;
};

/** An expression, since a loop asks a text that was joined of parts for each character (100 ns, and 67 so). */
const NOT_PLAIN = /[^ -~]/;

interface Beginning {
  readonly code: number;
  readonly status: string | undefined;
  readonly text: string;
}

/** What the last reply of one plain line began with: what is written anew is mostly of one kind, "queued as …". */
let begun: Beginning = { code: Number.NaN, status: undefined, text: "" };

/** What a line begins with: its code and its status, with a space behind each. @throws LocalProtocolError where either is none. */
const beginning = (reply: Reply, options: ReplyOptions): string => {
  const { code } = reply;
  const status = options.status === false ? undefined : reply.status;
  if (code === begun.code && status === begun.status) return begun.text;
  if (!isCode(code)) throw unencodable("a reply code that is none", RFC);
  const read = statusOf(reply, options);
  begun = { code, status, text: read === "" ? `${code} ` : `${code} ${read} ` };
  return begun.text;
};

/**
 * Writes a reply, all its lines, as text that is to be sent in UTF-8: a socket of Node takes that without an array being
 * made, which is a third of what it costs to say something for the first time.
 * @throws LocalProtocolError `unencodable` (a code outside %x32-35 %x30-35 %x30-39; a status that is none or of
 * another class; text with CR, LF, NUL or another control but tab, or above 127 unless `utf8`), `line-too-long`
 */
export const writeReply = (reply: Reply, options: ReplyOptions = {}): string => {
  const { lines } = reply;
  const [only] = lines;
  const { maxOctets = REPLY_LINE } = options;
  if (lines.length === 1 && typeof only === "string" && only !== "" && !NOT_PLAIN.test(only)) {
    const line = `${beginning(reply, options)}${only}\r\n`;
    if (line.length <= maxOctets) return line;
  }
  return writeLines(reply, options, maxOctets);
};

/** Writes the lines of a reply one by one. */
const writeLines = (reply: Reply, options: ReplyOptions, maxOctets: number): string => {
  const { code, lines } = reply;
  const grammar = options.utf8 === true ? UTF8 : ASCII;
  if (!isCode(code)) throw unencodable("a reply code that is none", RFC);
  const status = statusOf(reply, options);
  const end = lines.length - 1;
  let out = "";
  for (const [at, text] of (end < 0 ? [""] : lines).entries()) {
    if (!isReplyText(text, grammar)) throw unencodable("the text of a reply holds what no reply may", RFC);
    const behind = status === "" || text === "" ? status + text : `${status} ${text}`;
    const bare = behind === "" && (end < 0 || code >= 400 || code < 300);
    const line = `${code}${at < end ? "-" : bare ? "" : " "}${behind}\r\n`;
    if (octetLength(line) > maxOctets)
      throw new LocalProtocolError(
        "line-too-long",
        `a reply line of more than ${maxOctets} octets`,
        "RFC 5321 §4.5.3.1.5",
      );
    out += line;
  }
  return out;
};

/**
 * The octets of a reply, all its lines.
 * @throws LocalProtocolError as `writeReply`
 */
export const encodeReply = (reply: Reply, options: ReplyOptions = {}): Uint8Array =>
  octetsOf(writeReply(reply, options));

/**
 * Text of unknown origin as lines that any reply may hold: printable US-ASCII, the rest escaped, cut (at a space where
 * there is one) so that each fits a reply line with its status.
 */
export const replyText = (text: string): readonly string[] => {
  let rest = escape(text).replace(/[^ -~]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  const lines: string[] = [];
  while (rest.length > TEXT) {
    const space = rest.lastIndexOf(" ", TEXT);
    const cut = space > TEXT / 2 ? space : TEXT;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(space > TEXT / 2 ? cut + 1 : cut);
  }
  lines.push(rest);
  return lines;
};
