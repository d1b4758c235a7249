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

const NO_PARAMETERS: Result<readonly Parameter[]> = ok([]);

const SPACE = 32;
const HYPHEN = 45;
const EQUALS = 61;

/** Letters, digits and the hyphen. */
const isKeywordUnit = (unit: number): boolean =>
  (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57) || unit === HYPHEN;

/** esmtp-value = 1*(%d33-60 / %d62-126), and UTF-8 under RFC 6531 §3.3. */
const isValue = (value: string, grammar: Grammar): boolean =>
  value !== "" && !value.includes(" ") && !value.includes("=") && isPrintable(value, grammar);

/** The index behind a keyword that begins at `from`: `from` itself where none does. */
const endOfKeyword = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && isKeywordUnit(text.charCodeAt(at))) at++;
  return text.charCodeAt(from) === HYPHEN ? from : at;
};

/** The index behind a value that begins at `from`: of what cannot be part of one. Above 127 anything can, for the time being. */
const endOfValue = (text: string, from: number): number => {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit <= SPACE || unit === EQUALS || unit === 127) return at;
  }
  return text.length;
};

/** Few are compared one by one, which costs less than a set; a peer may send as many as its line holds. */
const FEW = 8;

const isAmong = (parameters: readonly Parameter[], keyword: string): boolean => {
  for (const earlier of parameters) if (earlier.keyword === keyword) return true;
  return false;
};

/**
 * Splits what follows a path. Values may hold UTF-8 here, since a parameter of the same line may allow it:
 * `checkParameters` asks again once that is known.
 */
export const splitParameters = (text: string | undefined): Result<readonly Parameter[]> => {
  if (text === undefined) return NO_PARAMETERS;
  const parameters: Parameter[] = [];
  let seen: Set<string> | undefined;
  for (let from = 0; from <= text.length;) {
    const equals = endOfKeyword(text, from);
    let to = equals;
    let value: string | undefined;
    if (text.charCodeAt(equals) === EQUALS) {
      to = endOfValue(text, equals + 1);
      value = text.slice(equals + 1, to);
      if (value === "" || !(isAscii(value) || isPrintable(value, UTF8))) return MALFORMED;
    }
    if (equals === from || (to < text.length && text.charCodeAt(to) !== SPACE)) return MALFORMED;
    const keyword = asciiUpper(text.slice(from, equals));
    if (parameters.length === FEW) seen = new Set(parameters.map((earlier) => earlier.keyword));
    if (seen === undefined ? isAmong(parameters, keyword) : seen.has(keyword)) return DUPLICATE;
    seen?.add(keyword);
    parameters.push({ keyword, value });
    from = to + 1;
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
