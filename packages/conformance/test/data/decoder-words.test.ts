/**
 * The decoder against the naive reference on every word over dot, CR, LF, x and NUL: to length 8 whole and to length 6
 * at every two-way split, alone and embedded in text long enough for the word-wise paths, at every threshold.
 */
import { describe, expect, test } from "vitest";
import { dotDecoder } from "@posthorn/data";
import type { LineEndingPolicy, ContentSearch } from "@posthorn/data";
import { agrees, engines, everyWord, naiveDecode, naiveSearch, octetsOf, textOf } from "./naive.ts";
import type { Seen } from "./naive.ts";

interface Setting {
  search: ContentSearch;
  viewAtLeast: number;
}

const every: Setting[] = engines.flatMap(([, search]) => [
  { search, viewAtLeast: 1 },
  { search, viewAtLeast: 1024 },
]);
/** Words and SIMD at their least thresholds, where short words do not take the simple path; views and rewriting. */
const chief = every.filter((_, k) => k < 2 || (k >= 6 && k < 10));
const long = Number(process.env["POSTHORN_RUNS"] ?? 1) > 1;
const whole = long ? every : chief;

const ANY: Setting = { search: naiveSearch, viewAtLeast: 1 };

const policies: readonly LineEndingPolicy[] = ["strict", "normalize"];

/** The word after a line, or inside one, at a position of its own, with text behind it. */
const embedded = (word: string, turn: number): string =>
  `${"a".repeat(61 + (turn % 16))}${turn % 3 === 0 ? "" : "\r\n"}${word}${"b".repeat(37)}`;

describe.each(policies)("%s", (lineEndings) => {
  // Words to length 6 are read whole below, at the first and the last of their splits.
  const seven = every.filter((_, k) => k < 2 || k === 6 || k === 7);
  const wrongAt = (setting: Setting, pieces: readonly Uint8Array[], wanted: Seen): string =>
    agrees(dotDecoder({ lineEndings, ...setting }), pieces, wanted)
      ? ""
      : JSON.stringify([pieces.map(textOf), every.indexOf(setting), wanted]);

  test("every word of length 7 and 8, whole", () => {
    let words = 0;
    let wrong = "";
    everyWord(7, 8, (word) => {
      if (wrong !== "") return;
      words += 1;
      const wanted = naiveDecode(word, lineEndings);
      const pieces = [octetsOf(word)];
      // A long run tries each word of 8 at all of them, a short one at each in turn.
      const settings = long ? every : word.length < 8 ? seven : [seven[words % seven.length] ?? ANY];
      for (const setting of settings) wrong ||= wrongAt(setting, pieces, wanted);
    });
    expect(wrong).toBe("");
    expect(words).toBe(5 ** 7 + 5 ** 8);
  }, 60_000);

  test("every word to length 6 within text, at every setting", () => {
    let turn = 0;
    let wrong = "";
    everyWord(0, 6, (word) => {
      if (wrong !== "") return;
      turn += 1;
      const stream = embedded(word, turn);
      const wanted = naiveDecode(stream, lineEndings);
      const pieces = [octetsOf(stream)];
      for (const setting of every) wrong ||= wrongAt(setting, pieces, wanted);
    });
    expect(wrong).toBe("");
  }, 60_000);

  test("every word to length 6, at every two-way split, at every setting", () => {
    let wrong = "";
    everyWord(0, 6, (word) => {
      if (wrong !== "") return;
      const wanted = naiveDecode(word, lineEndings);
      const octets = octetsOf(word);
      for (let cut = 0; cut <= octets.length; cut += 1) {
        const pieces = [octets.subarray(0, cut), octets.subarray(cut)];
        for (const setting of whole) wrong ||= wrongAt(setting, pieces, wanted);
      }
    });
    expect(wrong).toBe("");
  }, 60_000);

  test("every word to length 5 within text, at every split in and around the word", () => {
    let turn = 0;
    let wrong = "";
    everyWord(1, 5, (word) => {
      if (wrong !== "") return;
      turn += 1;
      const stream = embedded(word, turn);
      const wanted = naiveDecode(stream, lineEndings);
      const octets = octetsOf(stream);
      const first = stream.length - 37 - word.length;
      for (let cut = first - 2; cut <= first + word.length; cut += 1) {
        wrong ||= wrongAt(
          every[(turn + cut) % every.length] ?? ANY,
          [octets.subarray(0, cut), octets.subarray(cut)],
          wanted,
        );
      }
    });
    expect(wrong).toBe("");
  }, 60_000);
});
