/**
 * The arguments of MAIL and RCPT: a path and parameters, over the parameters of a composition. Where a server finds all of
 * it plain, it has read it already (`plain-envelope.ts`). Else reading goes in this order: the path is cut off, the parameters are split, the grammar is widened by the one that widens it (RFC 6531
 * §3.4), their values are read, and last the path, under the grammar that is now known.
 */
import {
  type Codec,
  type Fault,
  type ForwardPath,
  type Grammar,
  LocalProtocolError,
  type Mailbox,
  type MailArgs,
  type RcptArgs,
  type Result,
  type ReversePath,
  UTF8,
  ok,
  reply,
} from "@posthorn/contract";
import {
  checkParameters,
  cutPath,
  encodeParameter,
  forwardPath,
  type Parameter,
  reversePath,
  splitParameters,
} from "@posthorn/wire";
import { claimOf, type ParameterTable } from "./parameters.ts";
import { Named, type PathAndValues, type Values } from "./plain-envelope.ts";

/** The reply to a parameter that is not known here, or was not offered (RFC 5321 §4.1.1.11). */
export const unknownParameter = (keyword: string): Fault => ({
  code: "unknown-parameter",
  reply: reply(555, "5.5.4", `Parameter ${keyword} not recognized`),
  rfc: "RFC 5321 §4.1.1.11",
});

const WIDENING = new WeakMap<ParameterTable, readonly string[]>();

/** The keywords of a table that widen the grammar to UTF-8 (RFC 6531 §3.3): one or none, found once. */
export const wideningOf = (table: ParameterTable): readonly string[] => {
  const known = WIDENING.get(table);
  if (known !== undefined) return known;
  const found = [...table].flatMap(([keyword, claims]) =>
    claims.some(({ param }) => param.widens === "utf8") ? [keyword] : [],
  );
  WIDENING.set(table, found);
  return found;
};

/** Whether these parameters widen the grammar to UTF-8 (RFC 6531 §3.3). */
export const widens = (params: object, table: ParameterTable): boolean => hasAny(params, wideningOf(table));

/** Whether one of the keywords is among the parameters. */
export const hasAny = (params: object, keywords: readonly string[]): boolean => {
  for (const keyword of keywords) if (Reflect.get(params, keyword) !== undefined) return true;
  return false;
};

const decodeValues = (
  given: readonly Parameter[],
  table: ParameterTable,
  grammar: Grammar,
): Result<Readonly<Values>> => {
  const values: Values = new Named();
  for (const { keyword, value } of given) {
    const claims = table.get(keyword);
    const claim = claims === undefined ? undefined : claimOf(claims, value);
    if (claim === undefined) return { ok: false, fault: unknownParameter(keyword) };
    const read = claim.param.decode(value, grammar);
    if (!read.ok) return read;
    values[claim.keyword] = read.value;
  }
  return ok(values);
};

const encodeValues = (values: Readonly<Values>, table: ParameterTable, grammar: Grammar): string => {
  let line = "";
  for (const keyword of Object.keys(values)) {
    const value = values[keyword];
    if (value === undefined) continue;
    const claims = table.get(keyword);
    const claim = claims === undefined ? undefined : claimOf(claims, value);
    if (claim === undefined)
      throw new LocalProtocolError("unknown-parameter", `no composed extension has the parameter ${keyword}`);
    line += ` ${encodeParameter(keyword, claim.param.encode(value, grammar), grammar)}`;
  }
  return line;
};

/**
 * The arguments of MAIL as text, in the grammar that their parameters ask for (`widens`). Each part of it was looked at:
 * in a grammar without UTF-8 it is printable US-ASCII, and no space ends it.
 * @throws LocalProtocolError where they cannot be written.
 */
export const mailText = (
  path: ReversePath,
  params: Readonly<Values>,
  table: ParameterTable,
  grammar: Grammar,
): string => `FROM:${reversePath.encode(path, grammar) ?? ""}${encodeValues(params, table, grammar)}`;

/** The arguments of RCPT as text, as `mailText` those of MAIL. */
export const rcptText = (
  path: ForwardPath,
  params: Readonly<Values>,
  table: ParameterTable,
  grammar: Grammar,
): string => `TO:${forwardPath.encode(path, grammar) ?? ""}${encodeValues(params, table, grammar)}`;

/** A path and parameters, or what is wrong with them. */
const decode = <P>(
  raw: string | undefined,
  prefix: "FROM:" | "TO:",
  path: Codec<P>,
  table: ParameterTable,
  grammar: Grammar,
): Result<PathAndValues<P>> => {
  const cut = cutPath(raw, prefix);
  if (!cut.ok) return cut;
  const given = splitParameters(cut.value.params);
  if (!given.ok) return given;
  const widening = wideningOf(table);
  const wide = given.value.some(({ keyword }) => widening.includes(keyword)) ? UTF8 : grammar;
  const fault = checkParameters(given.value, wide);
  if (fault !== undefined) return { ok: false, fault };
  const params = decodeValues(given.value, table, wide);
  if (!params.ok) return params;
  const read = path.decode(cut.value.path, wide);
  return read.ok ? ok({ path: read.value, params: params.value }) : read;
};

const envelope = <P>(
  prefix: "FROM:" | "TO:",
  path: Codec<P | Mailbox>,
  table: ParameterTable,
): Codec<PathAndValues<P | Mailbox>> => ({
  decode: (raw, grammar) => decode(raw, prefix, path, table, grammar),
  encode({ path: value, params }, grammar) {
    const wide = widens(params, table) ? UTF8 : grammar;
    return `${prefix}${path.encode(value, wide) ?? ""}${encodeValues(params, table, wide)}`;
  },
});

/** The codec of MAIL's arguments (RFC 5321 §4.1.1.2). */
export const mailCodec = (table: ParameterTable): Codec<MailArgs> => envelope("FROM:", reversePath, table);

/** The codec of RCPT's arguments (RFC 5321 §4.1.1.3). */
export const rcptCodec = (table: ParameterTable): Codec<RcptArgs> => envelope("TO:", forwardPath, table);

/** The first parameter that no extension of `offered` (by place in the composition) has: 555. */
export const notOffered = (
  params: object,
  table: ParameterTable,
  offered: (owner: number) => boolean,
): Fault | undefined => {
  for (const [keyword, value] of Object.entries(params)) {
    const claim = claimOf(table.get(keyword) ?? [], value);
    if (claim === undefined || !offered(claim.owner)) return unknownParameter(keyword);
  }
  return undefined;
};
