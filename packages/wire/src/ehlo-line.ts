/**
 * A line of the reply to EHLO (RFC 5321 §4.1.1.1 ehlo-line): a keyword, and after a space its parameters.
 * What does not fit the grammar, such as the old `AUTH=LOGIN`, is a keyword that no extension has.
 */
import { ASCII } from "@posthorn/contract";
import { asciiUpper, isKeyword, isPrintable } from "./characters.ts";
import { unencodable } from "./faults.ts";

/** What a server offers in one line. */
export interface EhloLine {
  /** In upper case. */
  readonly keyword: string;
  /** What follows it and one space, as text; `undefined` where nothing does. */
  readonly params: string | undefined;
}

/** Reads a line; `undefined` where it has no keyword. Spaces at its end are dropped, as in command lines. */
export const parseEhloLine = (text: string): EhloLine | undefined => {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  const space = text.indexOf(" ");
  if (space < 0 || space >= end)
    return end === 0 ? undefined : { keyword: asciiUpper(text.slice(0, end)), params: undefined };
  return space === 0 ? undefined : { keyword: asciiUpper(text.slice(0, space)), params: text.slice(space + 1, end) };
};

/**
 * Writes a line, as text of a reply.
 * @throws LocalProtocolError `unencodable`, where the keyword is none or the parameters are not printable US-ASCII
 */
export const encodeEhloLine = (keyword: string, params: string | undefined): string => {
  if (!isKeyword(keyword)) throw unencodable("an EHLO keyword is none", "RFC 5321 §4.1.1.1");
  if (params === undefined) return keyword;
  if (!isPrintable(params, ASCII) || params === "" || params.startsWith(" ") || params.endsWith(" "))
    throw unencodable(`the parameters of ${keyword} are none`, "RFC 5321 §4.1.1.1");
  return `${keyword} ${params}`;
};
