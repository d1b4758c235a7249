/**
 * The line of MAIL and RCPT (RFC 5321 §4.1.1.2, §4.1.1.3): `FROM:` or `TO:`, a path, and parameters after a space.
 * The path is cut off by a scan that knows quoted strings and address literals and nothing else, because parameters
 * (SMTPUTF8) decide by which grammar the path is then read.
 */
import type { Result } from "@posthorn/contract";
import { bad, ok, reply } from "@posthorn/contract";
import { argumentFault } from "./faults.ts";

/** A path line, cut. */
export interface PathLine {
  /** The path with its brackets, not yet judged. */
  readonly path: string;
  /** What follows it and one space; `undefined` where nothing does. */
  readonly params: string | undefined;
}

const SPACE = 32;
const QUOTE = 34;
const LESS = 60;
const GREATER = 62;
const BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;

/** The index of the `>` that ends a path which starts at `from`, or -1. */
const endOfPath = (text: string, from: number): number => {
  let until = GREATER;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === until) {
      if (until === GREATER) return at;
      until = GREATER;
    } else if (until === QUOTE) {
      if (unit === BACKSLASH) at++;
    } else if (until === GREATER) {
      if (unit === QUOTE) until = QUOTE;
      else if (unit === BRACKET) until = CLOSING_BRACKET;
    }
  }
  return -1;
};

/** Whether text begins with a word of upper case, in any case of letters. */
const begins = (text: string, word: string): boolean => {
  for (let at = 0; at < word.length; at++) {
    const unit = text.charCodeAt(at);
    const wanted = word.charCodeAt(at);
    if (unit !== wanted && (unit < 97 || unit > 122 || unit - 32 !== wanted)) return false;
  }
  return true;
};

/**
 * Cuts what follows MAIL or RCPT.
 * @param prefix `FROM:` or `TO:`; any case is read. No space may stand between it and the path.
 */
export const cutPath = (raw: string | undefined, prefix: "FROM:" | "TO:"): Result<PathLine> => {
  if (raw === undefined || !begins(raw, prefix))
    return argumentFault("bad-argument", `${prefix}<path> expected`, "RFC 5321 §4.1.1");
  const end = raw.charCodeAt(prefix.length) === LESS ? endOfPath(raw, prefix.length + 1) : -1;
  if (end < 0)
    return bad(
      "bad-path",
      reply(501, prefix === "TO:" ? "5.1.3" : "5.1.7", "A path stands between < and >"),
      "RFC 5321 §4.1.2",
    );
  const path = raw.slice(prefix.length, end + 1);
  if (end + 1 === raw.length) return ok({ path, params: undefined });
  if (raw.charCodeAt(end + 1) !== SPACE)
    return argumentFault("bad-argument", "A space must follow the path", "RFC 5321 §4.1.1.11");
  return ok({ path, params: raw.slice(end + 2) });
};
