import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { median, pairedRatio, spread } from "../src/statistics.ts";

const runs = { numRuns: 100 * Number(process.env["POSTHORN_RUNS"] ?? 1) };
const values = fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });

describe("median", () => {
  test("as many values lie below it as above", () => {
    fc.assert(
      fc.property(values, (all) => {
        const middle = median(all);
        const below = all.filter((value) => value < middle).length;
        const above = all.filter((value) => value > middle).length;
        expect(below).toBeLessThanOrEqual(all.length / 2);
        expect(above).toBeLessThanOrEqual(all.length / 2);
      }),
      runs,
    );
  });

  test("one value that is far off changes nothing", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([3, 1, 2e9])).toBe(3);
    expect(median([4, 2])).toBe(3);
    expect(median([])).toBeNaN();
  });
});

describe("pairedRatio", () => {
  test("what slows a round for both does not show", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.1, max: 10, noNaN: true }), (drift, factor) => {
        const ratio = pairedRatio(
          drift.map((value) => value * factor),
          drift,
        );
        expect(ratio).toBeCloseTo(factor, 6);
      }),
      runs,
    );
  });

  test("a round that one of them lacks is none", () => {
    expect(pairedRatio([1], [])).toBeNaN();
  });
});

test("the spread of equal values is none, and does not depend on the unit", () => {
  expect(spread([5, 5, 5, 5])).toBe(0);
  expect(spread([1, 2, 3, 4, 5])).toBeCloseTo(spread([10, 20, 30, 40, 50]), 9);
});
