/**
 * The port of searching: every implementation, at every threshold, against its description over strings; and that
 * octets outside of a range, other users of the scratch memory, and the kind of array that a chunk is do not matter.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultSearch, dotDecoder, simdSearch, wordSearch } from "@posthorn/data";
import type { ContentSearch, LinePlace, LineSurvey } from "@posthorn/data";
import { SIMD_MODULE } from "../../../data/src/simd-module.ts";
import { engines, everyWord, naiveSearch, octetsOf, textOf } from "./naive.ts";

const PLACES: readonly LinePlace[] = [0, 1, 2];
/** What lies around a range, and must not matter. */
const POISON: readonly string[] = ["\r\n.\r\n..", "\n\r\n.", "xxxxx", ".\r\n.\r"];

const surveyed = (search: ContentSearch, piece: Uint8Array, afterCr: boolean, column: number): LineSurvey => {
  const survey = {
    nul: false,
    eightBit: false,
    bareCr: false,
    bareLf: false,
    longest: 2,
    column: afterCr ? 0 : column,
  };
  search.survey(piece, afterCr, survey);
  return survey;
};

/** All that the port can be asked about a text; `undefined` where its description leaves a case out. */
const answers = (search: ContentSearch, text: string, turn: number): unknown[] => {
  const poison = POISON[turn % POISON.length] ?? "";
  const chunk = octetsOf(`${poison}${text}${poison}`);
  const [from, end] = [poison.length, poison.length + text.length];
  const piece = chunk.subarray(from, end);
  const before = textOf(chunk);
  const all = PLACES.flatMap((place) => {
    const plain = text !== "" && !(place === 2 && text.startsWith("."));
    return [
      search.find(chunk, from, end, place, false),
      search.find(chunk, from, end, place, true),
      plain ? terminatorOf(search, chunk, from, end, place) : undefined,
      plain && naiveSearch.find(chunk, from, end, place, false) > from
        ? unstuffedAll(search, chunk, from, end, place, false)
        : undefined,
      plain ? unstuffedAll(search, chunk, from, end, place, true) : undefined,
      textOf(search.write(piece, place, true, true)),
      textOf(search.write(piece, place, true, false)),
      textOf(search.write(piece, place, false, true)),
      text === "" ? undefined : surveyed(search, piece, place === 1, turn % 3),
    ];
  });
  expect(textOf(chunk)).toBe(before);
  return all;
};

/** A place where `terminator` stops early is gone past as its caller would, by a dot that is none of a terminator. */
const terminatorOf = (
  search: ContentSearch,
  chunk: Uint8Array,
  from: number,
  end: number,
  place: LinePlace,
): number => {
  let [i, here] = [from, place];
  for (;;) {
    const stop = search.terminator(chunk, i, end, here);
    if (stop === end || /^\.(\r\n|\r?$)/.test(textOf(chunk.subarray(stop, end)))) return stop;
    [i, here] = [stop + 1, 0];
    if (i === end) return end;
  }
};

/** The same for `unstuff`, whose pieces are put together. */
const unstuffedAll = (
  search: ContentSearch,
  chunk: Uint8Array,
  from: number,
  end: number,
  place: LinePlace,
  normalize: boolean,
): [text: string, reached: number] => {
  let [i, here, text] = [from, place, ""];
  // Where it ends: at a terminator or as much of one as there is; behind a bare CR, at the dot that stands before that.
  const wrong = normalize ? end : naiveSearch.find(chunk, from, end, place, false);
  const last = wrong === end ? /^\.(\r\n|\r?$)/ : /^\.\r(\n|$)/;
  for (;;) {
    const { octets, reached } = search.unstuff(chunk, i, end, here, normalize);
    expect(reached).toBeGreaterThan(i);
    text += textOf(octets);
    const [cr, lf] = [reached - 2 >= i ? chunk[reached - 2] : here === 1 ? 13 : 0, chunk[reached - 1]];
    const atLine = lf === 10 && cr === 13;
    if (reached === wrong || (atLine && last.test(textOf(chunk.subarray(reached, wrong))))) return [text, reached];
    // A dot at the end of a block that the caller looks at and takes away.
    i = atLine && chunk[reached] === 46 ? reached + 1 : reached;
    here = i > reached ? 0 : atLine ? 2 : lf === 13 ? 1 : 0;
    if (i === wrong) return [text, wrong];
  }
};

describe.each(engines)("%s", (_, search) => {
  test("answers for every word to length 5, alone and within text, as described", () => {
    let turn = 0;
    let wrong = "";
    everyWord(0, 5, (word) => {
      if (wrong !== "") return;
      turn += 1;
      const text = turn % 2 === 0 ? word : `${"a".repeat(turn % 19)}${word}${"b".repeat(turn % 41)}`;
      if (JSON.stringify(answers(search, text, turn)) !== JSON.stringify(answers(naiveSearch, text, turn)))
        wrong = JSON.stringify(text);
    });
    expect(wrong).toBe("");
  }, 60_000);

  test("answers for long text as described", () => {
    const unit = fc.constantFrom("\r\n", "\r\n.", "x".repeat(15), "y".repeat(4000), ".", "\0", "\xff", "\r\n..\r\n");
    const rare = fc.constantFrom("\r", "\n", "\r\n.\r\n");
    const text = fc.array(fc.oneof({ weight: 60, arbitrary: unit }, { weight: 1, arbitrary: rare }), { maxLength: 90 });
    fc.assert(
      fc.property(text, fc.nat(20), (parts, turn) => {
        const [got, wanted] = [search, naiveSearch].map((one) => JSON.stringify(answers(one, parts.join(""), turn)));
        expect(got === wanted).toBe(true);
      }),
      { numRuns: 25 * Number(process.env["POSTHORN_RUNS"] ?? 1) },
    );
  }, 60_000);

  test("a chunk may be larger than any block, with what matters at its every edge", () => {
    for (const at of [
      15, 16, 17, 4094, 4095, 4096, 4097, 8191, 8192, 65_533, 65_534, 65_535, 65_536, 65_537, 131_071,
    ]) {
      const chunk = octetsOf(`${"x".repeat(at)}\r\n.${"y".repeat(70_000)}\r\n.\r\n`);
      expect(search.find(chunk, 0, chunk.length, 0, true)).toBe(at + 2);
      expect(search.find(chunk, 0, chunk.length, 0, false)).toBe(chunk.length);
      expect(search.find(chunk.subarray(0, at + 1), 0, at + 1, 0, true)).toBe(at + 1);
      expect(terminatorOf(search, chunk, 0, chunk.length, 0)).toBe(chunk.length - 3);
      const [text, reached] = unstuffedAll(search, chunk, 0, chunk.length, 0, false);
      expect([text.length, reached]).toEqual([chunk.length - 4, chunk.length - 3]);
      expect(search.write(chunk, 0, true, true).length).toBe(chunk.length + 2);
      expect(surveyed(search, chunk, false, 0).longest).toBe(Math.max(at, 70_001));
    }
  });

  test("shared memory and arrays of every kind are read as any other", () => {
    const text = `${"x".repeat(50)}\r\n.y${"z".repeat(50)}\r\n`;
    const shared = new Uint8Array(new SharedArrayBuffer(200), 7, text.length);
    shared.set(octetsOf(text));
    for (const chunk of [shared, Buffer.from(text), octetsOf(`....${text}`).subarray(4)]) {
      expect(search.find(chunk, 0, chunk.length, 0, true)).toBe(52);
      expect(unstuffedAll(search, chunk, 0, chunk.length, 0, false)[0]).toBe(text.replace(".", ""));
      expect(textOf(search.write(chunk, 0, false, true))).toBe(text.replace(".", ".."));
    }
  });

  test("what was made stays as it was, whatever is searched next", () => {
    const chunk = octetsOf(`${"x".repeat(60)}\r\n.y\r\n`);
    const { octets } = search.unstuff(chunk, 0, chunk.length, 0, true);
    const written = search.write(chunk, 0, true, true);
    const [before, wrote] = [textOf(octets), textOf(written)];
    search.write(octetsOf("\n.".repeat(500)), 2, true, true);
    search.unstuff(octetsOf("\r\n.".repeat(500)), 1, 1500, 1, true);
    expect([textOf(octets), textOf(written)]).toEqual([before, wrote]);
    expect(octets.buffer.byteLength).toBeLessThan(200);
  });
});

test("the default is SIMD where there is SIMD, and one for all", () => {
  expect(defaultSearch()).toBe(defaultSearch());
  expect(defaultSearch().constructor).toBe(simdSearch()?.constructor);
  expect(defaultSearch().constructor).not.toBe(wordSearch().constructor);
});

test("the module is below a kilobyte", () => {
  expect(SIMD_MODULE.length / 2).toBeLessThan(1000);
});

test("two decoders whose steps take turns do not disturb each other", () => {
  const streams = ["one\r\n..two\r\n".repeat(40), "three\r\n..\r\n..four\r\n".repeat(30)];
  const decoders = streams.map(() => dotDecoder({ search: simdSearch({ atLeast: 0 }) ?? wordSearch() }));
  const seen = streams.map(() => "");
  for (let at = 0; at < 1000; at += 37) {
    decoders.forEach((decoder, k) => {
      const chunk = octetsOf(streams[k]?.slice(at, at + 37) ?? "");
      for (let i = 0; i < chunk.length;) {
        i = decoder.step(chunk, i, chunk.length);
        if (decoder.out !== undefined) seen[k] += textOf(decoder.out);
      }
    });
  }
  expect(seen).toEqual(streams.map((stream) => stream.replaceAll("\r\n..", "\r\n.")));
});
