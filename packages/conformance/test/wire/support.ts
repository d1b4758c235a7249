/** What the tests of wire share: run counts, octets, and readers driven piece by piece. */
import { LocalProtocolError } from "@posthorn/contract";
import type { Codec, Fault, Grammar, Result } from "@posthorn/contract";
import fc from "fast-check";
import { expect } from "vitest";
import { LineReader, ReplyReader } from "@posthorn/wire";

/** Runs of a property; `POSTHORN_RUNS` multiplies them. */
export const runs = (count: number): { numRuns: number } => ({
  numRuns: count * Number(process.env["POSTHORN_RUNS"] ?? 1),
});

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const latin1 = (octets: Uint8Array): string =>
  Array.from(octets, (octet) => String.fromCharCode(octet)).join("");

export const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`fault ${result.fault.code}`);
  return result.value;
};

export const fault = (result: Result<unknown>): Fault => {
  if (result.ok) throw new Error(`no fault: ${JSON.stringify(result.value)}`);
  return result.fault;
};

/** `code reply` of a fault: `bad-path 501 5.1.3`. */
export const brief = (result: Result<unknown> | Fault | undefined): string => {
  if (result === undefined) return "none";
  const given = "ok" in result ? fault(result) : result;
  return `${given.code} ${given.reply.code} ${given.reply.status}`;
};

/** What a line reader made of octets in pieces: lines and fault codes, each with the octet of the stream where it was told. */
export const readLines = (chunks: readonly Uint8Array[], limit: number): readonly string[] => {
  const reader = new LineReader(limit);
  const told: string[] = [];
  let base = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const next = reader.step(chunk, at, chunk.length);
      if (next <= at) throw new Error("no progress");
      at = next;
      if (reader.line !== undefined && reader.fault !== undefined) throw new Error("both");
      if (reader.line !== undefined) told.push(`${base + at}: ${JSON.stringify(latin1(reader.line))}`);
      if (reader.fault !== undefined) told.push(`${base + at}! ${reader.fault.code}`);
    }
    base += chunk.length;
  }
  return told;
};

/** What a reply reader made of octets in pieces. */
export const readReplies = (
  chunks: readonly Uint8Array[],
  limits?: { lineOctets?: number; octets?: number; lines?: number },
): readonly unknown[] => {
  const reader = new ReplyReader(limits);
  const told: unknown[] = [];
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length && reader.fault === undefined;) {
      at = reader.step(chunk, at, chunk.length);
      if (reader.reply !== undefined) told.push(reader.reply);
    }
  }
  return reader.fault === undefined ? told : [...told, reader.fault.code];
};

/** Law 3, `decode(encode(v))` is `v`: what fast-check has to say against it, `undefined` if nothing. */
export const broken = <T>(codec: Codec<T>, values: fc.Arbitrary<T>, grammar: Grammar): string | undefined =>
  fc.defaultReportMessage(
    fc.check(
      fc.property(values, (given) => {
        expect(value(codec.decode(codec.encode(given, grammar), grammar))).toEqual(given);
      }),
      runs(500),
    ),
  );

/** Those of the values that a codec does not refuse to write with `unencodable`. */
export const written = <T>(codec: Codec<T>, values: readonly T[], grammar: Grammar): readonly T[] =>
  values.filter((given) => {
    try {
      codec.encode(given, grammar);
      return true;
    } catch (error) {
      return !(error instanceof LocalProtocolError) || error.code !== "unencodable";
    }
  });

/** Whether text holds a C0 control or DEL. */
export const hasControl = (text: string): boolean =>
  Array.from(text).some((character) => character < " " || character === "\u007f");
