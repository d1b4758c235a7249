/**
 * Parameters of MAIL and RCPT (RFC 5321 §4.1.2 Mail-parameters): `KEYWORD` or `KEYWORD=value`, one space between two.
 * Keywords are folded to upper case, a keyword stands once. Values are judged by their own codecs.
 */
import type { Fault, Grammar, Result } from "@posthorn/contract";
import { ok, UTF8 } from "@posthorn/contract";
import { asciiUpper, isAscii, isKeyword, isPrintable } from "./characters.ts";
import { argumentFault, unencodable } from "./faults.ts";

/** One parameter. */
export interface Parameter {
  /** In upper case. */
  readonly keyword: string;
  /** What follows `=`, never empty; `undefined` where there is no `=`. */
  readonly value: string | undefined;
}

const RFC = "RFC 5321 §4.1.2";
const MALFORMED = argumentFault("bad-parameter", "Malformed parameter", RFC);
const DUPLICATE = argumentFault("duplicate-parameter", "A parameter is given twice", "RFC 5321 §4.1.1.11");
const NOT_ASCII = argumentFault("bad-parameter", "A parameter holds non-ASCII characters", "RFC 6531 §3.4").fault;

/** esmtp-value = 1*(%d33-60 / %d62-126), and UTF-8 under RFC 6531 §3.3. */
const isValue = (value: string, grammar: Grammar): boolean =>
  value !== "" && !value.includes(" ") && !value.includes("=") && isPrintable(value, grammar);

/**
 * Splits what follows a path. Values may hold UTF-8 here, since a parameter of the same line may allow it:
 * `checkParameters` asks again once that is known.
 */
export const splitParameters = (text: string | undefined): Result<readonly Parameter[]> => {
  if (text === undefined) return ok([]);
  const seen = new Set<string>();
  const parameters: Parameter[] = [];
  for (const part of text.split(" ")) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? undefined : part.slice(equals + 1);
    if (!isKeyword(name) || (value !== undefined && !isValue(value, UTF8))) return MALFORMED;
    const keyword = asciiUpper(name);
    if (seen.has(keyword)) return DUPLICATE;
    seen.add(keyword);
    parameters.push({ keyword, value });
  }
  return ok(parameters);
};

/** The fault of parameters that hold UTF-8 though the grammar in force has none. */
export const checkParameters = (parameters: readonly Parameter[], grammar: Grammar): Fault | undefined =>
  grammar.utf8 || parameters.every(({ value }) => value === undefined || isAscii(value)) ? undefined : NOT_ASCII;

/**
 * Writes one parameter, without the space before it.
 * @throws LocalProtocolError `unencodable`, where keyword or value are none
 */
export const encodeParameter = (keyword: string, value: string | undefined, grammar: Grammar): string => {
  if (!isKeyword(keyword)) throw unencodable("a parameter's keyword is none", RFC);
  if (value === undefined) return keyword;
  if (!isPrintable(value, grammar) || !isValue(value, grammar))
    throw unencodable(`the value of ${keyword} is none`, RFC);
  return `${keyword}=${value}`;
};
