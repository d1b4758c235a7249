/**
 * Time as a port. Whoever has deadlines keeps them as numbers and looks at them in one sweep, so that a test can hold
 * time still and a thousand connections need one timer.
 */
import { performance } from "node:perf_hooks";

/** A clock that only goes forward. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls `tick` about every `ms` milliseconds, until the function that it returns is called. Keeps no process alive. */
  every(ms: number, tick: () => void): () => void;
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** A clock that stands still until it is told otherwise. */
export interface ManualClock extends Clock {
  /** Lets `ms` milliseconds pass; whatever is due in between is called, each at its time. */
  advance(ms: number): void;
}

interface Repeated {
  readonly ms: number;
  readonly tick: () => void;
  due: number;
}

const earliest = (repeated: Iterable<Repeated>, until: number): Repeated | undefined => {
  let first: Repeated | undefined;
  for (const one of repeated) if (one.due <= until && (first === undefined || one.due < first.due)) first = one;
  return first;
};

/**
 * Makes a clock for tests.
 *
 * @example
 * const clock = manualClock();
 * clock.every(1000, () => console.log(clock.now()));
 * clock.advance(2500); // 1000, 2000
 */
export const manualClock = (start = 0): ManualClock => {
  const repeated = new Set<Repeated>();
  let now = start;
  return {
    now: () => now,
    every(ms, tick) {
      const one: Repeated = { ms: Math.max(1, ms), tick, due: now + Math.max(1, ms) };
      repeated.add(one);
      return () => void repeated.delete(one);
    },
    advance(ms) {
      const until = now + ms;
      for (let one = earliest(repeated, until); one !== undefined; one = earliest(repeated, until)) {
        now = one.due;
        one.due += one.ms;
        one.tick();
      }
      now = until;
    },
  };
};
