/**
 * What a peer can make us do, counted and not timed: steps, searches, octets searched, copied and read for each octet
 * of content, on content chosen to be dear (performance goal: no slow path that a peer may choose).
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { LocalProtocolError } from "@posthorn/contract";
import type { Decoder } from "@posthorn/contract";
import { countedDecoder, dotDecoder, dotEncoder, factsScanner, simdSearch, wordSearch } from "@posthorn/data";
import { lineEndings as lineCheck } from "@posthorn/data";
import type { ContentSearch } from "@posthorn/data";
import { octetsOf } from "./naive.ts";

const SIZE = 32_768;
const repeated = (text: string): Uint8Array => octetsOf(text.repeat(SIZE / text.length + 1).slice(0, SIZE));

/** What a search by the clock, of random units that it then varied, found to be dearest for one or other engine and mode. */
const WORST: readonly string[] = [
  "\r\n..xxxxxxxxxxxxxxxx\r\n..",
  "\r.x",
  ".\r.",
  "\n\r\n.",
  "\nx\r\n.",
  "\n\r\n\t\nx",
  `x\r\n..${"y".repeat(1030)}\r\n.${"x".repeat(46)}\xff\xff`,
  "\r\n..\0\xff",
  "\n\n\r\n\t",
];

const hostile: readonly (readonly [name: string, content: Uint8Array])[] = [
  ["lines of dots", repeated("..\r\n")],
  ["lines that start with a dot", repeated("..x\r\n")],
  ["nothing but dots", repeated(".")],
  ["empty lines", repeated("\r\n")],
  ["lines of one octet", repeated("x\r\n")],
  ["LF flood", repeated("\n")],
  ["CR flood", repeated("\r")],
  ["LF CR flood", repeated("\n\r")],
  ["NUL flood", repeated("\0")],
  ["tabs", repeated("\tx")],
  ["a dot just above the size of a view", repeated(`${"x".repeat(1030)}\r\n..\r\n`)],
  ["a dot just below the size of a view", repeated(`${"x".repeat(1000)}\r\n..\r\n`)],
  ["a long stretch, a short one", repeated(`${"x".repeat(4200)}\r\n..\r\n${"x".repeat(1030)}\r\n..\r\n`)],
  ["false terminators", repeated("\r\n.\r")],
  ["false terminators in CR", repeated("\r\n.\r.")],
  ["octets above 127", repeated("\xe9\x8d\x8a\r\n")],
  ...WORST.map((unit): readonly [string, Uint8Array] => [JSON.stringify(unit), repeated(unit)]),
];

const clean = repeated(`${"QUJD".repeat(19)}\r\n`);

const simd = simdSearch();
if (simd === undefined) throw new Error("no WebAssembly SIMD here");
const searches: readonly (readonly [name: string, search: ContentSearch])[] = [
  ["simd", simd],
  ["words", wordSearch()],
];

/** A search, and how often it was called and how many octets it was shown, as far as it looked at them. */
const counting = (inner: ContentSearch) => {
  const cost = { calls: 0, octets: 0 };
  const count = (octets: number): void => {
    cost.calls += 1;
    cost.octets += octets;
  };
  const search: ContentSearch = {
    find(chunk, from, end, place, dots) {
      const at = inner.find(chunk, from, end, place, dots);
      count(Math.min(at + 1, end) - from);
      return at;
    },
    terminator(chunk, from, end, place) {
      const at = inner.terminator(chunk, from, end, place);
      count(at - from);
      return at;
    },
    unstuff(chunk, from, end, place, normalize) {
      const made = inner.unstuff(chunk, from, end, place, normalize);
      count(made.reached - from);
      return made;
    },
    write(piece, place, normalize, dots) {
      count(piece.length);
      return inner.write(piece, place, normalize, dots);
    },
    survey(piece, afterCr, survey) {
      count(piece.length);
      inner.survey(piece, afterCr, survey);
    },
  };
  return { cost, search };
};

const original = (of: object, name: string): Function => {
  const found: unknown = Reflect.get(of, name);
  if (typeof found !== "function") throw new Error(`no ${name}`);
  return found;
};

/** Counts the octets that are copied from one array to another, and those that the word search reads by view. */
const countWork = (): { copied: number; reads: number } => {
  const work = { copied: 0, reads: 0 };
  const [set, slice] = [original(Uint8Array.prototype, "set"), original(Uint8Array.prototype, "slice")];
  vi.spyOn(Uint8Array.prototype, "set").mockImplementation(function (this: Uint8Array, from, at) {
    work.copied += from.length;
    Reflect.apply(set, this, [from, at]);
  });
  vi.spyOn(Uint8Array.prototype, "slice").mockImplementation(function (this: Uint8Array, from, to) {
    const octets: unknown = Reflect.apply(slice, this, [from, to]);
    if (!(octets instanceof Uint8Array) || !(octets.buffer instanceof ArrayBuffer)) throw new Error("no octets");
    work.copied += octets.length;
    return new Uint8Array(octets.buffer);
  });
  for (const name of ["getInt32", "getUint8"] as const) {
    const get = original(DataView.prototype, name);
    vi.spyOn(DataView.prototype, name).mockImplementation(function (this: DataView, at: number, little?: boolean) {
      work.reads += 1;
      return Number(Reflect.apply(get, this, [at, little]));
    });
  }
  return work;
};

afterEach(() => {
  vi.restoreAllMocks();
});

const CHUNKS = 2;
const TOTAL = CHUNKS * SIZE;
/** Views of a chunk that are not worth more copying, and some at its ends. */
const STEPS = CHUNKS * (SIZE / 1024 + 4);

/** Reads the content as chunks; how many steps, and octets in arrays that are no view of it. */
const decodeAll = (decoder: Decoder<Uint8Array>, content: Uint8Array): { steps: number; fresh: number } => {
  let [steps, fresh] = [0, 0];
  for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
    for (let i = 0; i < SIZE && !decoder.done; steps += 1) {
      i = decoder.step(content, i, SIZE);
      if (decoder.out !== undefined && decoder.out.buffer !== content.buffer) fresh += decoder.out.buffer.byteLength;
    }
  }
  return { steps, fresh };
};

/** What `work` gives, or 0 where the strict encoder refuses the content. */
const orRefused = (work: () => number): number => {
  try {
    return work();
  } catch (error) {
    if (error instanceof LocalProtocolError) return 0;
    throw error;
  }
};

describe.each(searches)("%s", (_, inner) => {
  describe.each(hostile)("%s", (_name, content) => {
    test.each(["strict", "normalize"] as const)("%s decoder", (lineEndings) => {
      const { cost, search } = counting(inner);
      const work = countWork();
      const { steps, fresh } = decodeAll(dotDecoder({ lineEndings, search }), content);
      expect(steps).toBeLessThanOrEqual(STEPS);
      // A search for the next place, and where a chunk is rewritten one call for that and for faults.
      expect(cost.calls).toBeLessThanOrEqual(STEPS + 2 * CHUNKS);
      expect(cost.octets).toBeLessThanOrEqual(3 * TOTAL);
      expect(fresh).toBeLessThanOrEqual((lineEndings === "strict" ? 1 : 3.5) * TOTAL);
      // To find the end of a view of 1 KiB, 4 KiB are copied; of one of 4 KiB and the next, perhaps the rest of the chunk.
      expect(work.copied).toBeLessThanOrEqual(10 * TOTAL);
      expect(work.reads).toBeLessThanOrEqual(5 * TOTAL);
    });

    test("decoder with a limit on lines", () => {
      const { cost, search } = counting(inner);
      decodeAll(dotDecoder({ maxLine: 1000, search }), content);
      expect(cost.calls).toBeLessThanOrEqual(2 * STEPS + 4 * CHUNKS);
      expect(cost.octets).toBeLessThanOrEqual(5 * TOTAL);
    });

    test.each(["strict", "normalize"] as const)("%s encoder, check and facts", (lineEndings) => {
      const { cost, search } = counting(inner);
      const work = countWork();
      const [encoder, endings, scanner] = [
        dotEncoder({ lineEndings, search }),
        lineEndings === "strict" ? lineCheck({ search }) : undefined,
        factsScanner({ search }),
      ];
      for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
        const wrote = orRefused(() => encoder.write(content).buffer.byteLength);
        expect(wrote).toBeLessThanOrEqual(3.5 * SIZE);
        endings?.check(content);
        scanner.scan(content);
      }
      expect(cost.calls).toBeLessThanOrEqual(5 * CHUNKS);
      expect(cost.octets).toBeLessThanOrEqual(5 * TOTAL);
      expect(work.copied).toBeLessThanOrEqual(8 * TOTAL);
      expect(work.reads).toBeLessThanOrEqual(8 * TOTAL);
    });
  });

  test("content in which nothing changes is searched once a chunk, and yielded as views of whole chunks", () => {
    const { cost, search } = counting(inner);
    const work = countWork();
    expect(decodeAll(dotDecoder({ search }), clean)).toEqual({ steps: CHUNKS, fresh: 0 });
    const encoder = dotEncoder({ search });
    for (let chunk = 0; chunk < CHUNKS; chunk += 1) expect(encoder.write(clean)).toBe(clean);
    expect(cost).toEqual({ calls: 2 * CHUNKS, octets: 2 * TOTAL });
    // What is copied is copied to be searched.
    expect(work.copied).toBe(inner === simd ? 2 * TOTAL : 0);
    expect(work.reads).toBeLessThanOrEqual(2 * (TOTAL / 2));
  });

  test("counted content is not looked at, unless its line endings are checked", () => {
    const { cost, search } = counting(inner);
    const work = countWork();
    expect(decodeAll(countedDecoder(TOTAL), clean)).toEqual({ steps: CHUNKS, fresh: 0 });
    expect([cost.calls, work.copied, work.reads]).toEqual([0, 0, 0]);
    decodeAll(countedDecoder(TOTAL, { lineEndings: lineCheck({ search }) }), clean);
    expect(cost).toEqual({ calls: CHUNKS, octets: TOTAL });
  });
});
