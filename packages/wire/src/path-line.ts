/**
 * The line of MAIL and RCPT (RFC 5321 §4.1.1.2, §4.1.1.3): `FROM:` or `TO:`, a path, and parameters after a space.
 * The path is cut off by a scan that knows quoted strings and address literals and nothing else, because parameters
 * (SMTPUTF8) decide by which grammar the path is then read.
 */
import type { Result } from "@posthorn/contract";
import { bad, ok, reply } from "@posthorn/contract";
import { asciiUpper } from "./characters.ts";
import { argumentFault } from "./faults.ts";

/** A path line, cut. */
export interface PathLine {
  /** The path with its brackets, not yet judged. */
  readonly path: string;
  /** What follows it and one space; `undefined` where nothing does. */
  readonly params: string | undefined;
}

/** The index of the `>` that ends a path which starts at `from`, or -1. */
const endOfPath = (text: string, from: number): number => {
  let until = ">";
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === until) {
      if (until === ">") return at;
      until = ">";
    } else if (until === '"') {
      if (character === "\\") at++;
    } else if (until === ">") {
      if (character === '"') until = '"';
      else if (character === "[") until = "]";
    }
  }
  return -1;
};

/**
 * Cuts what follows MAIL or RCPT.
 * @param prefix `FROM:` or `TO:`; any case is read. No space may stand between it and the path.
 */
export const cutPath = (raw: string | undefined, prefix: "FROM:" | "TO:"): Result<PathLine> => {
  if (raw === undefined || asciiUpper(raw.slice(0, prefix.length)) !== prefix)
    return argumentFault("bad-argument", `${prefix}<path> expected`, "RFC 5321 §4.1.1");
  const end = raw[prefix.length] === "<" ? endOfPath(raw, prefix.length + 1) : -1;
  if (end < 0)
    return bad(
      "bad-path",
      reply(501, prefix === "TO:" ? "5.1.3" : "5.1.7", "A path stands between < and >"),
      "RFC 5321 §4.1.2",
    );
  const path = raw.slice(prefix.length, end + 1);
  if (end + 1 === raw.length) return ok({ path, params: undefined });
  if (raw[end + 1] !== " ") return argumentFault("bad-argument", "A space must follow the path", "RFC 5321 §4.1.1.11");
  return ok({ path, params: raw.slice(end + 2) });
};
