// Waits and deadlines in virtual time: nothing here sleeps.
import { LocalProtocolError } from "@posthorn/contract";
import * as fc from "fast-check";
import { concat, defer, EMPTY, NEVER, type Observable, of, throwError, VirtualTimeScheduler } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, test } from "vitest";
import {
  backoff,
  deadline,
  DeadlineError,
  delays,
  postfixSchedule,
  rfc5321Schedule,
  type Schedule,
} from "../src/index.ts";

const numRuns = 200 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const marbles = (): TestScheduler =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
const endless = (): VirtualTimeScheduler => new VirtualTimeScheduler(undefined, Infinity);

const schedule: fc.Arbitrary<Schedule> = fc
  .record({
    min: fc.integer({ min: 1, max: 1000 }),
    more: fc.integer({ min: 0, max: 20_000 }),
    attempts: fc.integer({ min: 1, max: 30 }),
    draws: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 30 }),
  })
  .map(({ min, more, attempts, draws }) => {
    let drawn = 0;
    return { min, max: min + more, attempts, jitter: () => draws[drawn++ % draws.length] ?? 0 };
  });

describe("delays", () => {
  test("stay between min and max, one fewer than the attempts, and shorten a doubling wait by at most half", () => {
    fc.assert(
      fc.property(schedule, (given) => {
        const waits = [...delays(given)];
        expect(waits).toHaveLength((given.attempts ?? 0) - 1);
        for (const [index, wait] of waits.entries()) {
          const full = Math.min(given.max, given.min * 2 ** index);
          expect(wait).toBeGreaterThanOrEqual(Math.max(given.min, full / 2));
          expect(wait).toBeLessThanOrEqual(full);
        }
      }),
      { numRuns },
    );
  });

  test("are Postfix's: 300 s doubling to 4000 s, for five days", () => {
    const waits = [...delays(postfixSchedule)];
    expect(waits.slice(0, 6)).toEqual([300_000, 600_000, 1_200_000, 2_400_000, 4_000_000, 4_000_000]);
    const total = waits.reduce((sum, wait) => sum + wait, 0);
    expect(total).toBeLessThanOrEqual(432_000_000);
    expect(total + 4_000_000).toBeGreaterThan(432_000_000);
  });

  test("are the RFC's: not before 30 minutes, at last every three hours", () => {
    expect([...delays({ ...rfc5321Schedule, attempts: 6 })].map((wait) => wait / 60_000)).toEqual([
      30, 60, 120, 180, 180,
    ]);
  });

  test("refuse a schedule that would spin or go back", () => {
    const wrong: Schedule[] = [
      { min: 0, max: 10 },
      { min: 10, max: 5 },
      { min: 1, max: Infinity },
      { min: Number.NaN, max: 5 },
      { min: 1, max: 2, attempts: 0 },
    ];
    for (const given of wrong) expect(() => [...delays(given)]).toThrow(LocalProtocolError);
  });
});

describe("backoff", () => {
  const failing = (times: number, tried: number[], scheduler: VirtualTimeScheduler): Observable<string> =>
    defer(() => {
      tried.push(scheduler.now());
      return tried.length <= times ? throwError(() => new Error(`no ${tried.length}`)) : of("done");
    });

  test("tries at the moments that the delays say, until it works or the schedule ends", () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 0, max: 35 }), (given, failures) => {
        const scheduler = endless();
        const draws: number[] = [];
        const jitter = (): number => {
          const drawn = given.jitter?.() ?? 0;
          draws.push(drawn);
          return drawn;
        };
        const tried: number[] = [];
        const seen: string[] = [];
        failing(failures, tried, scheduler)
          .pipe(backoff({ ...given, lifetime: Infinity, jitter, scheduler }))
          .subscribe({ next: (value) => seen.push(value), error: (error: Error) => seen.push(error.message) });
        scheduler.flush();
        const attempts = given.attempts ?? 0;
        expect(seen).toEqual([failures < attempts ? "done" : `no ${attempts}`]);
        let drawn = 0;
        const waits = [...delays({ ...given, jitter: () => draws[drawn++] ?? 0 })];
        let at = 0;
        const moments = [0, ...waits.map((wait) => (at += wait))].slice(0, Math.min(attempts, failures + 1));
        expect(tried).toHaveLength(moments.length);
        for (const [index, moment] of moments.entries()) expect(tried[index]).toBeCloseTo(moment, 3);
      }),
      { numRuns },
    );
  });

  test("tries again after a value that means later, and passes the last one on", () => {
    expect.hasAssertions();
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold("-l|");
      const options = { min: 10, max: 15, attempts: 3, again: (value: string): boolean => value === "l" };
      expectObservable(source.pipe(backoff(options))).toBe("- 10ms - 15ms - (l|)");
      expectSubscriptions(source.subscriptions).toBe(["^!", "- 10ms ^!", "- 10ms - 15ms ^!"]);
    });
  });

  test("does not try again what cannot pass", () => {
    expect.hasAssertions();
    marbles().run(({ cold, expectObservable }) => {
      const final = Object.assign(new Error("no such host"), { retry: false });
      expectObservable(cold("-#", {}, final).pipe(backoff({ min: 10, max: 20 }))).toBe("-#", {}, final);
      const never = { min: 10, max: 20, retry: (): boolean => false };
      expectObservable(cold("-#").pipe(backoff(never))).toBe("-#");
    });
  });

  test("gives up where the next wait would end past the lifetime, attempts counted in", () => {
    expect.hasAssertions();
    marbles().run(({ cold, expectObservable }) => {
      const source = cold("40ms #");
      expectObservable(source.pipe(backoff({ min: 10, max: 10, lifetime: 95 }))).toBe("40ms 10ms 40ms #");
      expectObservable(source.pipe(backoff({ min: 10, max: 10, lifetime: 100 }))).toBe("40ms 10ms 40ms 10ms 40ms #");
    });
  });

  test("forgets a wait when nobody listens any more, and starts anew for each subscriber", () => {
    const scheduler = endless();
    const tried: number[] = [];
    const waits: string[] = [];
    const onWait = (wait: number, attempts: number): number => waits.push(`${wait} after ${attempts}`);
    const subject = failing(9, tried, scheduler).pipe(backoff({ min: 10, max: 40, scheduler, onWait }));
    subject.subscribe().unsubscribe();
    scheduler.flush();
    expect(tried).toEqual([0]);
    const second = subject.subscribe();
    scheduler.maxFrames = 35;
    scheduler.flush();
    second.unsubscribe();
    expect(waits).toEqual(["10 after 1", "10 after 1", "20 after 2", "40 after 3"]);
  });

  test("says a bad schedule as an error of the Observable", () => {
    const errors: unknown[] = [];
    throwError(() => new Error("x"))
      .pipe(backoff({ min: -1 }))
      .subscribe({ error: (error) => errors.push(error) });
    expect(errors[0]).toBeInstanceOf(LocalProtocolError);
  });
});

describe("deadline", () => {
  test("is over the whole, not over a gap", () => {
    expect.hasAssertions();
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold("a-a-a-a-a-a|");
      expectObservable(source.pipe(deadline(5))).toBe("a-a-a#", undefined, new DeadlineError(5));
      expectSubscriptions(source.subscriptions).toBe("^----!");
      expectObservable(cold("a-a|").pipe(deadline(5))).toBe("a-a|");
    });
  });

  test("leaves nothing on the scheduler once the source has ended", () => {
    const scheduler = endless();
    concat(of(1), EMPTY).pipe(deadline(1000, scheduler)).subscribe();
    NEVER.pipe(deadline(1000, scheduler)).subscribe().unsubscribe();
    scheduler.flush();
    expect(scheduler.now()).toBe(0);
  });

  test("is an error that may pass: backoff tries again", () => {
    expect.hasAssertions();
    marbles().run(({ cold, expectObservable }) => {
      const stuck = cold("--").pipe(deadline(5), backoff({ min: 10, max: 10, attempts: 2 }));
      expectObservable(stuck).toBe("5ms 10ms 5ms #", undefined, new DeadlineError(5));
    });
    expect(new DeadlineError(5)).toBeInstanceOf(DeadlineError);
    expect(new DeadlineError(5)).toMatchObject({ code: "deadline", retry: true, milliseconds: 5 });
  });
});
