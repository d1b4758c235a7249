/**
 * How long to wait before a message is tried again (RFC 5321 §4.5.4.1): the wait doubles from the least to the most.
 * The figures of two schedules that are known to work are here as values. Nothing here has a clock: delays are numbers.
 */
import { LocalProtocolError } from "@posthorn/contract";

/** How waits grow. */
export interface Schedule {
  /** The first wait, and the shortest, in milliseconds. */
  readonly min: number;
  /** The longest wait, in milliseconds. */
  readonly max: number;
  /** How long all waits together may be, in milliseconds, before it is given up; for ever where not given. */
  readonly lifetime?: number;
  /** How often it is tried at most, the first time counted; without bound where not given. */
  readonly attempts?: number;
  /**
   * Draws from 0 up to but not including 1, so that messages that failed together do not come back together: a wait
   * is shortened by up to half of itself, yet not below `min`. `Math.random` will do. No draw where not given.
   */
  readonly jitter?: () => number;
}

const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** Postfix: 300 s, doubling to 4000 s (`minimal_backoff_time`, `maximal_backoff_time`), for five days (`maximal_queue_lifetime`). */
export const postfixSchedule: Schedule = { min: 300 * SECOND, max: 4000 * SECOND, lifetime: 5 * DAY };

/** RFC 5321 §4.5.4.1: not before 30 minutes, backing off to three hours, given up after five days. */
export const rfc5321Schedule: Schedule = { min: 1800 * SECOND, max: 10_800 * SECOND, lifetime: 5 * DAY };

const checked = (schedule: Schedule): Schedule => {
  const { min, max, lifetime = Infinity, attempts = Infinity } = schedule;
  const sound = min > 0 && max >= min && max < Infinity && lifetime >= 0 && attempts >= 1;
  if (sound) return schedule;
  throw new LocalProtocolError("bad-schedule", "0 < min <= max, and attempts is at least 1", "RFC 5321 §4.5.4.1");
};

/**
 * The waits between attempts, in milliseconds, until the schedule gives up. Endless where it has neither `lifetime`
 * nor `attempts`.
 *
 * @throws LocalProtocolError `bad-schedule`
 * @example
 * [...delays({ min: 300_000, max: 4_000_000, attempts: 6 })]; // 300000, 600000, 1200000, 2400000, 4000000
 */
export function* delays(schedule: Schedule): Generator<number, void, undefined> {
  const { min, max, lifetime = Infinity, attempts = Infinity, jitter } = checked(schedule);
  let full = min;
  let waited = 0;
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    const shortened = jitter === undefined ? full : full - (full / 2) * jitter();
    const wait = Math.max(min, shortened);
    waited += wait;
    if (waited > lifetime) return;
    yield wait;
    full = Math.min(max, full * 2);
  }
}
