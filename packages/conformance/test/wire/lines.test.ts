/** Lines: CRLF ends them and nothing else does, wherever the chunks end (laws 1 and 4; security.md S7, A10). */
import { lineDecoder, lineEncoder, LineReader } from "@posthorn/wire";
import { anyOctets, pieces, splits } from "@posthorn/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, latin1, readLines, runs } from "./support.ts";

/** The lines of octets by the plainest means: a regular expression over the whole. */
const naive = (text: string, limit: number): readonly string[] => {
  const told: string[] = [];
  let base = 0;
  for (;;) {
    const end = text.indexOf("\r\n", base);
    const length = (end < 0 ? text.length : end + 2) - base;
    const seen = text.slice(base, base + Math.min(length, limit));
    const inside = end >= 0 && length <= limit ? seen.slice(0, -2) : seen;
    const bare = [...seen.matchAll(/\r(?=[^\n])|(?<!\r)\n|\0/gs)][0]?.[0];
    const code = bare === undefined ? undefined : bare === "\r" ? "bare-cr" : bare === "\n" ? "bare-lf" : "nul";
    if (length > limit) told.push(`${base + limit + 1}! ${code ?? "line-too-long"}`);
    else if (end >= 0) told.push(code === undefined ? `${end + 2}: ${JSON.stringify(inside)}` : `${end + 2}! ${code}`);
    if (end < 0) return told;
    base = end + 2;
  }
};

/** As `readLines`, but the pieces are windows of one chunk, whose other octets must not be looked at. */
const readWindows = (octets: Uint8Array, cuts: readonly number[], limit: number): readonly string[] => {
  const reader = new LineReader(limit);
  const told: string[] = [];
  let at = 0;
  for (const end of [...cuts, octets.length]) {
    while (at < end) {
      at = reader.step(octets, at, end);
      if (reader.line !== undefined) told.push(`${at}: ${JSON.stringify(latin1(reader.line))}`);
      if (reader.fault !== undefined) told.push(`${at}! ${reader.fault.code}`);
    }
  }
  return told;
};

describe("LineReader", () => {
  test("agrees with a naive reader on every word of `x CR LF NUL` up to 7 octets, whole, by octet and at every cut", () => {
    const alphabet = ["x", "\r", "\n", "\0"];
    const wrong: unknown[] = [];
    let words = [""];
    for (let length = 0; length <= 7; length++) {
      for (const word of words) {
        const octets = bytes(word);
        for (const limit of [2, 4, 64]) {
          const wanted = naive(word, limit).join();
          const made = [readLines([octets], limit), readLines(pieces(octets, [...octets.keys()].slice(1)), limit)];
          if (length <= 5) for (let cut = 1; cut < length; cut++) made.push(readLines(pieces(octets, [cut]), limit));
          if (made.some((told) => told.join() !== wanted)) wrong.push({ word, limit, wanted, made });
        }
      }
      words = words.flatMap((word) => alphabet.map((next) => word + next));
    }
    expect(wrong).toEqual([]);
  });

  test("split invariance on random octets", () => {
    const given = fc.array(anyOctets(), { maxLength: 4 }).map((parts) => bytes(parts.map(latin1).join("\r\n")));
    const cut = given.chain((octets) =>
      fc.tuple(fc.constant(octets), splits(octets.length), fc.integer({ min: 2, max: 80 })),
    );
    fc.assert(
      fc.property(cut, ([octets, cuts, limit]) => {
        const whole = readLines([octets], limit);
        expect(readLines(pieces(octets, cuts), limit)).toEqual(whole);
        expect(whole).toEqual(naive(latin1(octets), limit));
        expect(readWindows(octets, cuts, limit)).toEqual(whole);
      }),
      runs(1000),
    );
  });

  test.each([
    ["NOOP\n", []],
    ["NOOP\nQUIT\r\n", ["11! bare-lf"]],
    ["NO\rOP\r\n", ["7! bare-cr"]],
    ["NO\0OP\r\n", ["7! nul"]],
    ["\r\n", ['2: ""']],
    ["NOOP\r\r\n", ["7! bare-cr"]],
    ["NOOP\r\nRSET\r\n", ['6: "NOOP"', '12: "RSET"']],
  ])("%j", (text, wanted) => {
    expect(readLines([bytes(text)], 64)).toEqual(wanted);
  });

  test("a line of the limit passes, one more octet is told once, and the next line is whole again", () => {
    expect(readLines([bytes("12345678\r\n123456789\r\nNOOP\r\n")], 10)).toEqual([
      '10: "12345678"',
      "21! line-too-long",
      '27: "NOOP"',
    ]);
    expect(readLines([bytes(`${"x".repeat(50)}\n\r\nNOOP\r\n`)], 10)).toEqual(["11! line-too-long", '59: "NOOP"']);
  });

  test("the limit may change between lines", () => {
    const reader = new LineReader(6);
    const octets = bytes("NOOP\r\nNOOP NOOP\r\n");
    const at = reader.step(octets, 0, octets.length);
    reader.limit = 11;
    expect(reader.step(octets, at, octets.length)).toBe(octets.length);
    expect(reader.line).toEqual(bytes("NOOP NOOP"));
  });

  test("a line within a chunk is a view of it, and 64 MB without CRLF are swallowed", () => {
    const reader = new LineReader(2048);
    const octets = bytes("NOOP\r\n");
    reader.step(octets, 0, 6);
    expect(reader.line?.buffer).toBe(octets.buffer);
    const flood = new Uint8Array(65_536).fill(120);
    let faults = 0;
    for (let count = 0; count < 1024; count++) {
      for (let at = 0; at < flood.length;) {
        at = reader.step(flood, at, flood.length);
        if (reader.fault !== undefined) faults++;
        expect(reader.held).toBeLessThanOrEqual(2048);
      }
    }
    expect(faults).toBe(1);
    expect(reader.discarded).toBe(1024 * 65_536 - 2048);
  });

  test("eager: a fault is told at its octet", () => {
    const reader = new LineReader(64, { eager: true });
    const octets = bytes("250 a\nb");
    expect(reader.step(octets, 0, octets.length)).toBe(6);
    expect(reader.fault?.code).toBe("bare-lf");
  });
});

describe("lineDecoder and lineEncoder", () => {
  const decode = (chunks: readonly Uint8Array[]): readonly (string | undefined)[] => {
    const decoder = lineDecoder(20);
    const told: (string | undefined)[] = [];
    let at = 0;
    for (const chunk of chunks) {
      at = 0;
      while (at < chunk.length && !decoder.done) {
        at = decoder.step(chunk, at, chunk.length);
        if (decoder.out !== undefined) told.push(latin1(decoder.out), String(decoder.done));
      }
    }
    return [...told, decoder.fault?.code, String(decoder.done)];
  };

  test("one item, once, with done, at every cut", () => {
    for (const [text, wanted] of [
      ["abc=\r\n", ["abc=", "true", undefined, "true"]],
      ["a\nb\r\n", ["bare-lf", "true"]],
      [`${"x".repeat(40)}\r\n`, ["line-too-long", "true"]],
    ] as const) {
      const octets = bytes(text);
      for (let cut = 1; cut < octets.length; cut++) expect(decode(pieces(octets, [cut]))).toEqual(wanted);
    }
  });

  test("what the encoder writes, the decoder reads", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 18 }).filter((line) => ![0, 10, 13].some((octet) => line.includes(octet))),
        (line) => {
          const decoder = lineDecoder(20);
          const octets = lineEncoder(20).write(line);
          expect(decoder.step(octets, 0, octets.length)).toBe(octets.length);
          expect(decoder.out).toEqual(line);
        },
      ),
      runs(200),
    );
  });

  test("the encoder refuses what would end a line, and lines over the limit", () => {
    for (const octet of [0, 10, 13])
      expect(() => lineEncoder().write(Uint8Array.of(65, octet))).toThrow(
        expect.objectContaining({ code: "unencodable" }),
      );
    expect(() => lineEncoder(4).write(bytes("abc"))).toThrow(expect.objectContaining({ code: "line-too-long" }));
    expect(lineEncoder().end()).toHaveLength(0);
  });
});
