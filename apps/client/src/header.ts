/**
 * Header fields that a person gave, and a header section of them (RFC 5322 §2.2). A value is one line: what would begin
 * another field is refused, not repaired (security.md C4).
 */
import { EXIT, Stop } from "./exit.ts";

/** A header field. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** RFC 5322 §2.1.1. */
const LINE_OCTETS = 998;

/** @throws Stop 64 where a value has a CR, LF or NUL. */
export const oneLine = (what: string, value: string): string => {
  // oxlint-disable-next-line no-control-regex -- these three are what is looked for
  if (/[\r\n\0]/.test(value)) throw new Stop(EXIT.usage, `${what}: one line, without CR, LF and NUL (RFC 5322 §2.2)`);
  return value;
};

/**
 * Reads `Name: value`.
 * @throws Stop 64.
 */
export const readField = (text: string): Field => {
  const what = `--header ${JSON.stringify(text)}`;
  const found = /^([\u0021-\u0039\u003B-\u007E]+):[ \t]*(.*)$/s.exec(oneLine(what, text));
  if (found === null) throw new Stop(EXIT.usage, `${what}: write 'Name: value' (RFC 5322 §2.2)`);
  const [, name = "", value = ""] = found;
  if (Buffer.byteLength(text) > LINE_OCTETS)
    throw new Stop(EXIT.usage, `--header ${name}: longer than ${LINE_OCTETS} octets (RFC 5322 §2.1.1)`);
  return { name, value };
};

/** A header section of these fields, without the empty line behind it. */
export const headerText = (fields: readonly Field[]): string =>
  fields.map(({ name, value }) => `${name}: ${value}\r\n`).join("");

/** Fields of `defaults`, but for those that are given, which come behind them. */
export const withDefaults = (defaults: readonly Field[], given: readonly Field[]): readonly Field[] => {
  const names = new Set(given.map(({ name }) => name.toLowerCase()));
  return [...defaults.filter(({ name }) => !names.has(name.toLowerCase())), ...given];
};
