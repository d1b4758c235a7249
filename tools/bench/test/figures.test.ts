import { describe, expect, test } from "vitest";
import { type Figure, figures, judge, missed, shown, valueOf } from "../src/figures.ts";
import type { Result, Sample } from "../src/work.ts";
import { allWorks } from "../src/works/all.ts";

const result = (work: string, contenders: Readonly<Record<string, readonly Sample[]>>): Result => ({
  work,
  title: work,
  unit: "message",
  contenders: Object.entries(contenders).map(([name, samples]) => ({ name, samples })),
});

const ratio: Figure = { work: "w", title: "t", by: "cpu", of: "raw", over: "ours", bound: 0.8, aim: 0.9 };
const cpu = (...values: number[]): Sample[] => values.map((value) => ({ cpu: value }));

describe("valueOf", () => {
  test("a ratio is that of the rounds, whoever drifted", () => {
    expect(valueOf(ratio, [result("w", { raw: cpu(8, 16, 80), ours: cpu(10, 20, 100) })])).toBeCloseTo(0.8);
  });

  test("who was not measured makes no figure", () => {
    expect(valueOf(ratio, [])).toBeUndefined();
    expect(valueOf(ratio, [result("w", { raw: cpu(8) })])).toBeUndefined();
    expect(valueOf({ ...ratio, by: "rate" }, [result("w", { raw: cpu(8), ours: cpu(8) })])).toBeUndefined();
  });

  test("the worst is the dearest of the hostile, not of the gentle", () => {
    const worst: Figure = { work: "w", title: "t", by: "cpu", of: "base64", how: "worst" };
    const measured = { base64: cpu(10), dotted: cpu(1000), memcpy: cpu(1), NUL: cpu(20), CR: cpu(40) };
    expect(valueOf(worst, [result("w", measured)])).toBeCloseTo(0.25);
    expect(shown(worst, 0.25)).toBe("1/4");
  });

  test("memory is a difference, in KiB", () => {
    const idle: Figure = { work: "w", title: "t", by: "memory", of: "ours", over: "raw", how: "above", unit: "KiB" };
    const measured = { ours: [{ memory: 5120 }], raw: [{ memory: 4096 }] };
    expect(valueOf(idle, [result("w", measured)])).toBe(1);
  });
});

describe("judge", () => {
  test("at least", () => {
    expect([0.95, 0.9, 0.85, 0.8, 0.79, undefined].map((value) => judge(ratio, value))).toEqual([
      "aim",
      "aim",
      "reached",
      "reached",
      "missed",
      "not measured",
    ]);
  });

  test("at most", () => {
    const most: Figure = { ...ratio, bound: 1, aim: 0.5, atMost: true };
    expect([0.4, 0.7, 1.1].map((value) => judge(most, value))).toEqual(["aim", "reached", "missed"]);
  });

  test("without a bound it is told", () => {
    expect(judge({ work: "w", title: "t", by: "cpu", of: "raw" }, 3)).toBe("told");
  });
});

test("--check names what was missed, and passes over what was not measured", () => {
  const slow = [result("w", { raw: cpu(5), ours: cpu(10) })];
  const most: Figure = { work: "w", title: "m", by: "wall", of: "ours", unit: "ms", bound: 1, aim: 1, atMost: true };
  const lines = missed([ratio, most], slow);
  expect(lines).toEqual(["t: 0.50, at least 0.80"]);
  expect(missed([most], [result("w", { ours: [{ wall: 7 }] })])).toEqual(["m: 7 ms, at most 1 ms"]);
  expect(missed([ratio], [result("w", { raw: cpu(9), ours: cpu(10) })])).toEqual([]);
});

test("every figure names a work that there is, and an aim that is no easier than the bound", () => {
  for (const { work, bound = 0, aim = 0, atMost = false } of figures) {
    expect(allWorks.map(({ name }) => name)).toContain(work);
    expect(atMost ? aim <= bound : aim >= bound).toBe(true);
  }
});
