/**
 * What a peer can make us do, counted and not timed: searches and octets searched for each octet of content, and
 * arrays made for each chunk, on content chosen to be dear (performance goal: no slow path that a peer may choose).
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { dotDecoder, dotEncoder, wordSearch } from "@posthorn/data";
import type { LowOctetSearch } from "@posthorn/data";
import { octetsOf } from "./naive.ts";

const SIZE = 65_536;
const repeated = (text: string): Uint8Array => octetsOf(text.repeat(SIZE / text.length + 1).slice(0, SIZE));

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
  ["false terminators", repeated("\r\n.\r")],
];

const counting = () => {
  const inner = wordSearch();
  const cost = { calls: 0, octets: 0 };
  const count = (from: number, stop: number): number => {
    cost.calls += 1;
    cost.octets += stop - from + 1;
    return stop;
  };
  const search: LowOctetSearch = {
    next: (chunk, from, end) => count(from, inner.next(chunk, from, end)),
    copy: (chunk, from, end, into, at) => count(from, inner.copy(chunk, from, end, into, at)),
  };
  return { cost, search };
};

/** Counts the arrays that are made with octets of their own. */
const countArrays = (): { made: number; octets: number } => {
  const count = { made: 0, octets: 0 };
  vi.stubGlobal(
    "Uint8Array",
    new Proxy(Uint8Array, {
      construct(target, args: [number]) {
        count.made += 1;
        count.octets += args[0];
        return new target(...args);
      },
    }),
  );
  return count;
};

afterEach(() => {
  vi.unstubAllGlobals();
});

describe.each(hostile)("%s", (_, content) => {
  test.each(["strict", "normalize"] as const)("%s decoder", (lineEndings) => {
    const { cost, search } = counting();
    const decoder = dotDecoder({ lineEndings, search });
    const arrays = countArrays();
    let steps = 0;
    for (let chunk = 0; chunk < 3; chunk += 1) {
      for (let i = 0; i < SIZE && !decoder.done; steps += 1) i = decoder.step(content, i, SIZE);
    }
    // At most one search for each low octet, and each octet is searched once, the one that stopped it included.
    expect(cost.calls).toBeLessThanOrEqual((3 * SIZE) / 2 + 3);
    expect(cost.octets).toBeLessThanOrEqual(2 * 3 * SIZE);
    expect(steps).toBeLessThanOrEqual(3 * (SIZE / 1024 + 3));
    expect(arrays.made).toBeLessThanOrEqual(3 * (lineEndings === "strict" ? 1 : 2));
    expect(arrays.octets).toBeLessThanOrEqual(3 * 3.5 * SIZE);
  });

  test("normalize encoder", () => {
    const { cost, search } = counting();
    const encoder = dotEncoder({ lineEndings: "normalize", search });
    const arrays = countArrays();
    for (let chunk = 0; chunk < 3; chunk += 1) encoder.write(content);
    expect(cost.calls).toBeLessThanOrEqual((3 * SIZE) / 2 + 3);
    expect(cost.octets).toBeLessThanOrEqual(2 * 3 * SIZE);
    expect(arrays.made).toBeLessThanOrEqual(3 * 2);
    expect(arrays.octets).toBeLessThanOrEqual(3 * 3.5 * SIZE);
  });
});
