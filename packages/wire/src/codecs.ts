/**
 * Small codecs, for extension authors: what most keywords and parameters are made of. Faults are 501 5.5.4.
 */
import type { Codec, Grammar, Result } from "@posthorn/contract";
import { ok } from "@posthorn/contract";
import { asciiUpper, isPrintable } from "./characters.ts";
import { argumentFault, unencodable } from "./faults.ts";

const RFC = "RFC 5321 §4.1.1";
const DIGITS = /^[0-9]+$/;

const wrong = (text: string): ReturnType<typeof argumentFault> => argumentFault("bad-argument", text, RFC);

const NOTHING: Result<null> = ok(null);

/** Nothing: a verb, keyword or parameter that takes no argument. The value is `null`. */
export const none: Codec<null> = {
  decode: (raw) => (raw === undefined ? NOTHING : wrong("No argument is allowed")),
  encode: () => undefined,
};

const isText = (value: string, grammar: Grammar): boolean =>
  value !== "" && !value.endsWith(" ") && isPrintable(value, grammar);

/** Printable text, of one character or more, without a space at its end; UTF-8 where the grammar has it. */
export const text: Codec<string> = {
  decode: (raw, grammar) => (raw !== undefined && isText(raw, grammar) ? ok(raw) : wrong("Text is required")),
  encode(value, grammar) {
    if (!isText(value, grammar)) throw unencodable("not printable text", RFC);
    return value;
  },
};

/** What another codec reads, or nothing, `undefined`. */
export const optional = <T>(codec: Codec<T>): Codec<T | undefined> => ({
  decode: (raw, grammar) => (raw === undefined ? ok(undefined) : codec.decode(raw, grammar)),
  encode: (value, grammar) => (value === undefined ? undefined : codec.encode(value, grammar)),
});

/**
 * A whole number from `min` (0 if not given) to `max` in decimal digits, `digits` of them at most (20 if not given).
 * Zeros in front are read, not written.
 */
export const bigInteger = (
  bounds: { readonly min?: bigint; readonly max?: bigint; readonly digits?: number } = {},
): Codec<bigint> => {
  const { min = 0n, max, digits = 20 } = bounds;
  const fits = (value: bigint): boolean =>
    value >= 0n && value >= min && (max === undefined || value <= max) && value.toString().length <= digits;
  return {
    decode(raw = "") {
      if (raw.length > digits || !DIGITS.test(raw)) return wrong("A decimal number is required");
      const value = BigInt(raw);
      return fits(value) ? ok(value) : wrong(`The number is too ${value < min ? "small" : "large"}`);
    },
    encode(value) {
      if (typeof value !== "bigint" || !fits(value)) throw unencodable("not a number of the range", RFC);
      return value.toString();
    },
  };
};

/** As `bigInteger`, for numbers that JavaScript counts exactly: `max` is a safe integer. */
export const integer = (bounds: {
  readonly min?: number;
  readonly max: number;
  readonly digits?: number;
}): Codec<number> => {
  const { min = 0, max, digits = 20 } = bounds;
  const big = bigInteger({ min: BigInt(min), max: BigInt(max), digits });
  return {
    decode(raw, grammar) {
      const read = big.decode(raw, grammar);
      return read.ok ? ok(Number(read.value)) : read;
    },
    encode(value, grammar) {
      if (!Number.isSafeInteger(value)) throw unencodable("not a whole number", RFC);
      return big.encode(BigInt(value), grammar);
    },
  };
};

/** One of a closed set of words. Any case is read; the word is given, and written, as it stands in the set. */
export const token = <const W extends string>(words: readonly W[]): Codec<W> => {
  const byName = new Map<string, W>(words.map((word) => [asciiUpper(word), word]));
  return {
    decode(raw = "") {
      for (const same of words) if (same === raw) return ok(same);
      const word = byName.get(asciiUpper(raw));
      return word === undefined ? wrong("Unknown value") : ok(word);
    },
    encode(value) {
      if (!words.includes(value)) throw unencodable("a word that the set does not have", RFC);
      return value;
    },
  };
};

/**
 * One item or more, with one character between two (a comma if not given). An item whose text is nothing, or holds
 * that character, has no encoding.
 */
export const list = <T>(item: Codec<T>, separator: string = ","): Codec<readonly T[]> => ({
  decode(raw, grammar) {
    if (raw === undefined) return wrong("A list is required");
    const values: T[] = [];
    for (const part of raw.split(separator)) {
      const read = item.decode(part, grammar);
      if (!read.ok) return read;
      values.push(read.value);
    }
    return ok(values);
  },
  encode(values, grammar) {
    if (values.length === 0) throw unencodable("a list of nothing", RFC);
    const parts = values.map((value) => item.encode(value, grammar));
    if (parts.some((part) => part === undefined || part.includes(separator)))
      throw unencodable("an item that a list cannot hold", RFC);
    return parts.join(separator);
  },
});
