/** Counted octets, the check of line endings that they may share, and the facts of content. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countedDecoder, countedEncoder, dataClass, factsScanner, lineEndings } from "@posthorn/data";
import type { ContentFacts } from "@posthorn/data";
import { engines, everyWord, naiveSearch, octetsOf, read, textOf } from "./naive.ts";

describe("counted octets", () => {
  test("are taken exactly, as views, at every two-way split", () => {
    const stream = octetsOf("\r\n.\r\n\0abcNOOP\r\n");
    for (let octets = 1; octets <= stream.length; octets += 1) {
      for (let cut = 0; cut <= stream.length; cut += 1) {
        const seen = read(countedDecoder(octets), [stream.subarray(0, cut), stream.subarray(cut)]);
        expect(seen).toEqual({ content: textOf(stream).slice(0, octets), end: octets, fault: "", faultAt: -1 });
      }
    }
    const decoder = countedDecoder(4);
    expect(decoder.step(stream, 2, stream.length)).toBe(6);
    expect(decoder.out?.buffer).toBe(stream.buffer);
  });

  test("none are done at once, also with an empty chunk", () => {
    for (const chunk of [octetsOf(""), octetsOf("NOOP\r\n")]) {
      const decoder = countedDecoder(0);
      expect(decoder.done).toBe(false);
      expect(decoder.step(chunk, 0, chunk.length)).toBe(0);
      expect(decoder).toMatchObject({ done: true, out: undefined, fault: undefined });
    }
  });

  test("a great number is exact", () => {
    const decoder = countedDecoder(Number.MAX_SAFE_INTEGER);
    const chunk = octetsOf("abc");
    expect(decoder.step(chunk, 0, 3)).toBe(3);
    expect(decoder.done).toBe(false);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("%d is no count", (octets) => {
    expect(() => countedDecoder(octets)).toThrow(expect.objectContaining({ code: "bad-count" }));
    expect(() => countedEncoder(octets)).toThrow(expect.objectContaining({ code: "bad-count" }));
  });

  test("the encoder holds its caller to the number", () => {
    const piece = octetsOf("abc");
    const encoder = countedEncoder(5);
    expect(encoder.write(piece)).toBe(piece);
    expect(() => encoder.end()).toThrow(expect.objectContaining({ code: "too-few-octets" }));
    expect(() => encoder.write(piece)).toThrow(expect.objectContaining({ code: "too-many-octets" }));
    encoder.write(piece.subarray(1));
    expect(encoder.end().length).toBe(0);
  });
});

describe("line endings", () => {
  test("are checked over two pieces of counted content, at every split of every chunk", () => {
    let wrong = "";
    everyWord(1, 5, (word) => {
      const match = /\r(?!\n)|(?<!\r)\n/.exec(word);
      const code = match === null ? "" : match[0] === "\n" ? "bare-lf" : "bare-cr";
      const shown = match === null ? word.length : match[0] === "\n" ? match.index : match.index + 1;
      const octets = octetsOf(word);
      for (let cut = 0; cut <= word.length && wrong === ""; cut += 1) {
        for (const [, search] of engines) {
          const endings = lineEndings({ search });
          const first = countedDecoder(cut, { lineEndings: endings });
          const second = countedDecoder(word.length - cut, { lineEndings: endings, last: true });
          const one = read(first, [octets.subarray(0, cut)]);
          const two = read(second, [octets.subarray(cut, cut + 1), octets.subarray(cut + 1)]);
          if (cut === word.length) second.step(octets, 0, 0);
          // A CR that is the last octet shows itself, unless nothing but an empty piece comes after it.
          const at = code === "bare-cr" && shown === word.length && cut < word.length ? shown - 1 : shown;
          const setAt = one.fault === "" ? (two.fault === "" ? word.length : cut + two.faultAt) : one.faultAt;
          const got = [second.fault?.code ?? "", second.done, setAt, one.content + two.content];
          if (JSON.stringify(got) !== JSON.stringify([code, true, at, word.slice(0, at)]))
            wrong = JSON.stringify([word, cut, got]);
        }
      }
    });
    expect(wrong).toBe("");
  });

  test("a violation is found at its octet, and stays", () => {
    const endings = lineEndings();
    expect(endings.check(octetsOf("one\r\ntwo\r"))).toBe(-1);
    expect(endings.check(octetsOf(""))).toBe(-1);
    expect(endings.check(octetsOf("\nthree\n"))).toBe(6);
    expect(endings.fault?.code).toBe("bare-lf");
    expect(endings.check(octetsOf("four\r\n"))).toBe(0);
    expect(endings.finish()?.code).toBe("bare-lf");
  });
});

describe("facts", () => {
  const naive = (text: string): ContentFacts => ({
    octets: text.length,
    eightBit: /[\x80-\xff]/.test(text),
    nul: text.includes("\0"),
    bareCr: /\r(?!\n)/.test(text),
    bareLf: /(?<!\r)\n/.test(text),
    longestLine: Math.max(...text.split(/\r\n|\r|\n/).map((line) => line.length)),
    endsInCrlf: text.endsWith("\r\n"),
  });
  let turn = 0;
  const factsOf = (...pieces: readonly Uint8Array[]): ContentFacts => {
    turn += 1;
    const scanner = factsScanner({ search: engines[turn % engines.length]?.[1] ?? naiveSearch });
    for (const piece of pieces) scanner.scan(piece);
    return scanner.facts();
  };

  test("of every word to length 6, at every two-way split", () => {
    let wrong = "";
    everyWord(0, 6, (word) => {
      const wanted = JSON.stringify(naive(word));
      const octets = octetsOf(word);
      for (let cut = 0; cut <= word.length && wrong === ""; cut += 1) {
        if (JSON.stringify(factsOf(octets.subarray(0, cut), octets.subarray(cut))) !== wanted)
          wrong = JSON.stringify([word, cut]);
      }
    });
    expect(wrong).toBe("");
  });

  test("of long content with octets above 127", () => {
    const unit = fc.constantFrom("a", "b", "c", "\x7f", "\x80", "\xff", "\r\n", "\r\n", "\0");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), fc.nat(200), (text, cut) => {
        const octets = octetsOf(text);
        expect(factsOf(octets.subarray(0, cut), octets.subarray(cut))).toEqual(naive(text));
      }),
      { numRuns: 300 * Number(process.env["POSTHORN_RUNS"] ?? 1) },
    );
  });

  test("give the class of RFC 2045 §2.7 to §2.9", () => {
    const classOf = (text: string): string => dataClass(factsOf(octetsOf(text)));
    expect(classOf(`${"x".repeat(998)}\r\n`)).toBe("7bit");
    expect(classOf("gr\xfc\xdfe\r\n")).toBe("8bit");
    for (const text of [`${"x".repeat(999)}\r\n`, "a\0", "a\n", "a\r"]) expect(classOf(text)).toBe("binary");
  });
});
