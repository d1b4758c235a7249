/**
 * The arguments that nearly every MAIL and RCPT has: a plain path, and parameters that are known, each once, of
 * US-ASCII, none of which widens the grammar. They are read in one pass, in a third of the time that any others take;
 * whatever is not plain, or is wrong, is left to `envelope.ts`, which says the same of these.
 */
import type { Grammar, Mailbox } from "@posthorn/contract";
import { endOfKeyword, endOfValue, isAscii, plainPath, Words } from "@posthorn/wire";
import { type Claim, claimOf, type ParameterTable } from "./parameters.ts";

/** Values by keyword. */
export type Values = Record<string, unknown>;

/** What MAIL and RCPT have. */
export interface PathAndValues<P> {
  readonly path: P;
  readonly params: Readonly<Values>;
}

/**
 * Values by keyword. Nothing of `Object` is among them, since keywords are a peer's: what these inherit from is empty. It
 * is a class, because V8 keeps objects without any prototype as hash tables, which take 50 ns more to make.
 */
export class Named {
  [keyword: string]: unknown;
}
Object.setPrototypeOf(Named.prototype, null);
Reflect.deleteProperty(Named.prototype, "constructor");

/** Of a command without parameters: one for all, and frozen, since it is shared. */
const NONE: Readonly<Values> = Object.freeze(new Named());

const SPACE = 32;
const EQUALS = 61;
/** So many keywords can be told apart in one number. */
const FEW = 30;

/** The parameters of a table that can be read at once. */
export class PlainParameters {
  readonly #keywords: Words;
  readonly #claims: readonly (readonly Claim[])[];

  constructor(table: ParameterTable) {
    const plain = [...table].filter(([, claims]) => claims.every(({ param }) => param.widens === undefined));
    this.#keywords = new Words(plain.slice(0, FEW).map(([keyword]) => keyword));
    this.#claims = plain.map(([, claims]) => claims);
  }

  /** The values of parameters that stand in `[from, end)`, where text ends or no value goes on; `undefined` where one is not plain, or wrong. */
  decode(text: string, from: number, end: number, grammar: Grammar): Values | undefined {
    const values: Values = new Named();
    let seen = 0;
    for (let at = from; at <= end;) {
      const equals = endOfKeyword(text, at);
      const place = this.#keywords.findIn(text, at, equals);
      const claims = this.#claims[place];
      if (claims === undefined || (seen & (1 << place)) !== 0) return undefined;
      seen |= 1 << place;
      const valued = text.charCodeAt(equals) === EQUALS;
      const to = valued ? endOfValue(text, equals + 1) : equals;
      if (to === equals + 1 || to > end || (to < end && text.charCodeAt(to) !== SPACE)) return undefined;
      const value = valued ? text.slice(equals + 1, to) : undefined;
      if (value !== undefined && !isAscii(value)) return undefined;
      const claim = claimOf(claims, value);
      const read = claim?.param.decode(value, grammar);
      if (claim === undefined || read?.ok !== true) return undefined;
      values[claim.keyword] = read.value;
      at = to + 1;
    }
    return values;
  }
}

/** A path line, where all of it is plain: it stands in `[from, end)` of text that ends there, or goes on with what is no part of it. */
export const decodePlain = (
  text: string,
  prefix: "FROM:" | "TO:",
  parameters: PlainParameters,
  grammar: Grammar,
  from = 0,
  end: number = text.length,
): PathAndValues<Mailbox> | undefined => {
  const path = plainPath(text, prefix, from, end);
  if (path === undefined) return undefined;
  const behind = from + prefix.length + path.local.length + path.domain.length + "<@>".length;
  if (behind === end) return { path, params: NONE };
  if (text.charCodeAt(behind) !== SPACE) return undefined;
  const params = parameters.decode(text, behind + 1, end, grammar);
  return params === undefined ? undefined : { path, params };
};
