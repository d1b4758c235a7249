/**
 * The arguments that nearly every MAIL and RCPT has: a plain path, and parameters that are known, each once, of
 * US-ASCII, none of which widens the grammar. They are read with the rest of their line, in one look at each octet, in a
 * quarter of the time that any others take; whatever is not plain, not whole, or wrong, is left to `lines.ts` of `wire` and to
 * `envelope.ts`, which say the same of these.
 */
import type { Grammar, Mailbox } from "@posthorn/contract";
import { plainLineEnd, plainPath, type Speller, Words } from "@posthorn/wire";
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

/** Octets that are being read, up to `at`. */
export interface Reading extends Speller {
  readonly chunk: Uint8Array;
  at: number;
}

/** The index of the space or `=` that comes first from `from` on, or `end`. */
const endOfWord = (line: Uint8Array, from: number, end: number): number => {
  let at = from;
  while (at < end && line[at] !== SPACE && line[at] !== EQUALS) at++;
  return at;
};

/** The parameters of a table that can be read at once. */
export class PlainParameters {
  readonly #keywords: Words;
  readonly #claims: readonly (readonly Claim[])[];

  constructor(table: ParameterTable) {
    const plain = [...table].filter(([, claims]) => claims.every(({ param }) => param.widens === undefined));
    this.#keywords = new Words(plain.slice(0, FEW).map(([keyword]) => keyword));
    this.#claims = plain.map(([, claims]) => claims);
  }

  /** The values of the parameters that stand in `[from, end)` of a line of printable US-ASCII; `undefined` where one is not plain, or wrong. */
  decode(line: Uint8Array, from: number, end: number, speller: Speller, grammar: Grammar): Values | undefined {
    const spelled = speller.text(from, end);
    const values: Values = new Named();
    let seen = 0;
    for (let at = from; at <= end;) {
      const equals = endOfWord(line, at, end);
      const place = this.#keywords.find(line, at, equals);
      const claims = this.#claims[place];
      if (claims === undefined || (seen & (1 << place)) !== 0) return undefined;
      seen |= 1 << place;
      const valued = equals < end && line[equals] === EQUALS;
      const to = valued ? endOfWord(line, equals + 1, end) : equals;
      if (to === equals + 1 || (to < end && line[to] === EQUALS)) return undefined;
      const value = valued ? spelled.text.slice(equals + 1 - spelled.from, to - spelled.from) : undefined;
      const claim = claimOf(claims, value);
      const read = claim?.param.decode(value, grammar);
      if (claim === undefined || read?.ok !== true) return undefined;
      values[claim.keyword] = read.value;
      at = to + 1;
    }
    return values;
  }
}

/**
 * The arguments of a line of MAIL or RCPT, where all of it is plain and it is whole: it is read then.
 * @param prefix the verb, and what stands before the path
 * @param limit the most octets of the line, CRLF counted
 */
export const decodePlain = (
  input: Reading,
  prefix: "MAIL FROM:" | "RCPT TO:",
  limit: number,
  parameters: PlainParameters,
  grammar: Grammar,
): PathAndValues<Mailbox> | undefined => {
  const { chunk, at } = input;
  const path = plainPath(chunk, prefix, at, input);
  if (path === undefined) return undefined;
  const octets = prefix.length + path.local.length + path.domain.length + "<@>".length;
  const behind = at + octets;
  const crlf = plainLineEnd(chunk, behind, limit - octets);
  if (crlf < 0) return undefined;
  let params: Values | undefined = NONE;
  if (crlf > behind)
    params = chunk[behind] === SPACE ? parameters.decode(chunk, behind + 1, crlf, input, grammar) : undefined;
  if (params === undefined) return undefined;
  input.at = crlf + 2;
  return { path, params };
};
