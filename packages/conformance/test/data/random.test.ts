/** Long content, cut at random, against the reference; lines with a limit against a reference of their own. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dotDecoder, dotEncoder, toCrlf } from "@posthorn/data";
import {
  engines,
  everyWord,
  naiveCrlf,
  naiveDecode,
  naiveEncode,
  naiveSearch,
  octetsOf,
  read,
  same,
  written,
} from "./naive.ts";
import type { Seen } from "./naive.ts";

const numRuns = 150 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const policy = fc.constantFrom("strict" as const, "normalize" as const);
const engine = fc.constantFrom(...engines.map(([, search]) => search));
const line = fc.oneof(
  fc.constantFrom(
    "",
    ".",
    "..",
    ".x",
    "\0",
    "\t\t\x0b",
    "x".repeat(76),
    "..".repeat(9),
    ".\r",
    "\r",
    "\n",
    ".\n",
    "\xff\x8d\x8a",
  ),
  fc.integer({ min: 0, max: 2000 }).map((length) => "abcdefgh".repeat(250).slice(0, length)),
  fc.string({ unit: fc.constantFrom("a", ".", "\0", "\x0e", "\xff"), maxLength: 40 }),
);
const ending = fc.oneof(
  { weight: 60, arbitrary: fc.constant("\r\n") },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\r", "\r\r\n", "\n\n") },
);
const content = fc
  .array(fc.tuple(line, ending), { maxLength: 60 })
  .map((lines) => lines.map((both) => both.join("")).join(""));

const cuts = fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 12 });
const cutAt = (octets: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const at = [0, ...places.map((place) => place % (octets.length + 1)), octets.length].sort((a, b) => a - b);
  return at.slice(1).map((to, k) => octets.subarray(at[k], to));
};

describe("long content", () => {
  test("is decoded as the reference decodes it, however it is cut", () => {
    fc.assert(
      fc.property(
        content,
        policy,
        engine,
        fc.constantFrom(1, 30, 1024),
        cuts,
        (text, lineEndings, search, viewAtLeast, places) => {
          const stream = `${text}.\r\nNOOP\r\n`;
          const got = read(dotDecoder({ lineEndings, search, viewAtLeast }), cutAt(octetsOf(stream), places));
          expect(got).toEqual(naiveDecode(stream, lineEndings));
        },
      ),
      { numRuns },
    );
  });

  test("is encoded as the reference encodes it, however it is cut", () => {
    fc.assert(
      fc.property(content, policy, engine, cuts, (text, lineEndings, search, places) => {
        const wanted = naiveEncode(text, lineEndings);
        const got = written(dotEncoder({ lineEndings, search }), cutAt(octetsOf(text), places));
        expect(got).toEqual({ octets: wanted.octets, error: wanted.error });
        expect(written(toCrlf({ search }), cutAt(octetsOf(text), places)).octets).toBe(naiveCrlf(text));
      }),
      { numRuns },
    );
  });
});

/** A limit on lines, octet by octet: the first text octet above it, unless a bare CR or LF comes first. */
const withLimit = (stream: string, maxLine: number): Seen => {
  const plain = naiveDecode(stream, "strict");
  const last = plain.fault === "" ? stream.length : plain.faultAt;
  let column = 0;
  for (let i = 0; i < last && (plain.end < 0 || i < plain.end); i += 1) {
    const octet = stream[i];
    if (stream.slice(Math.max(0, i - 2), i) === "\r\n" || i === 0) {
      column = 0;
      if (octet === ".") continue;
    }
    if (octet === "\r" || octet === "\n") continue;
    column += 1;
    if (column > maxLine - 2)
      return {
        content: naiveDecode(stream.slice(0, i), "strict").content,
        end: plain.end,
        fault: "line-too-long",
        faultAt: i,
      };
  }
  return plain;
};

describe("maxLine", () => {
  test.each([2, 3, 4])("%i: every word to length 6, at every two-way split", (maxLine) => {
    let turn = 0;
    let wrong = "";
    everyWord(0, 6, (word) => {
      const wanted = withLimit(word, maxLine);
      const octets = octetsOf(word);
      for (let cut = 0; cut <= octets.length && wrong === ""; cut += 1) {
        turn += 1;
        const search = engines[turn % engines.length]?.[1] ?? naiveSearch;
        const decoder = dotDecoder({ maxLine, viewAtLeast: cut % 2 === 0 ? 1 : 1024, search });
        const got = read(decoder, [octets.subarray(0, cut), octets.subarray(cut)]);
        if (!same(got, wanted)) wrong = JSON.stringify([word, cut, wanted, got]);
      }
    });
    expect(wrong).toBe("");
  });

  test("long lines, cut at random", () => {
    fc.assert(
      fc.property(
        content,
        fc.integer({ min: 2, max: 1500 }),
        cuts,
        fc.constantFrom(1, 1024),
        engine,
        (text, maxLine, places, viewAtLeast, search) => {
          const stream = `${text}.\r\n`;
          expect(read(dotDecoder({ maxLine, viewAtLeast, search }), cutAt(octetsOf(stream), places))).toEqual(
            withLimit(stream, maxLine),
          );
        },
      ),
      { numRuns },
    );
  });

  test("counts the CRLF, and not a dot that transparency added (RFC 5321 §4.5.3.1.6)", () => {
    const fits = `..${"x".repeat(997)}\r\n.\r\n`;
    expect(read(dotDecoder({ maxLine: 1000 }), [octetsOf(fits)])).toMatchObject({ fault: "", end: fits.length });
    const over = `..${"x".repeat(998)}\r\n.\r\nNOOP\r\n`;
    expect(read(dotDecoder({ maxLine: 1000 }), [octetsOf(over)])).toMatchObject({
      fault: "line-too-long",
      faultAt: 999,
      end: over.length - 6,
    });
  });

  test("normalize: a bare line ending starts a line", () => {
    const decoder = dotDecoder({ maxLine: 5, lineEndings: "normalize" });
    expect(read(decoder, [octetsOf("abc\nabc\rabc\r\nabcd\r\n.\r\n")])).toMatchObject({
      content: "abc\r\nabc\r\nabc\r\nabc",
      fault: "line-too-long",
      faultAt: 16,
      end: 22,
    });
  });

  test("normalize: split invariance", () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 2, max: 100 }), cuts, engine, (text, maxLine, places, search) => {
        const octets = octetsOf(`${text}.\r\n`);
        const decode = (pieces: Uint8Array[]): Seen =>
          read(dotDecoder({ maxLine, lineEndings: "normalize", search }), pieces);
        expect(decode(cutAt(octets, places))).toEqual(decode([octets]));
      }),
      { numRuns },
    );
  });
});
