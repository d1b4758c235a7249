/** Clocks: what is due is called once for each time that it is due, in order, and never after it was stopped. */
import { manualClock, systemClock } from "@posthorn/node";
import fc from "fast-check";
import { expect, test } from "vitest";

test("a manual clock calls what is due, each at its time, however the time is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 9 })),
      (cuts, periods) => {
        const clock = manualClock(7);
        const seen: number[] = [];
        for (const ms of periods) clock.every(ms, () => seen.push(clock.now()));
        for (const cut of cuts) clock.advance(cut);
        const passed = cuts.reduce((sum, cut) => sum + cut, 0);
        expect(clock.now()).toBe(7 + passed);
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
        expect(seen.length).toBe(periods.reduce((sum, ms) => sum + Math.floor(passed / ms), 0));
      },
    ),
  );
});

test("what was stopped is not called, not even by itself", () => {
  const clock = manualClock();
  let called = 0;
  const stop = clock.every(10, () => {
    called += 1;
    if (called === 2) stop();
  });
  clock.advance(100);
  expect(called).toBe(2);
});

test("the system's clock goes forward, ticks, and stops", async () => {
  const before = systemClock.now();
  let stop = (): void => undefined;
  await new Promise<void>((resolve) => {
    stop = systemClock.every(5, resolve);
  });
  stop();
  expect(systemClock.now()).toBeGreaterThan(before);
});
