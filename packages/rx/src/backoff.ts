/**
 * Trying again by a schedule (`delays.ts`): after an error that may pass, and after a value that says "later", because
 * in SMTP a refusal is data. The waits are a scheduler's, and nothing is held while one lasts but the schedule.
 */
import {
  asyncScheduler,
  catchError,
  defer,
  map,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  retry,
  type SchedulerLike,
  throwError,
  timer,
} from "rxjs";
import { delays, postfixSchedule, type Schedule } from "./delays.ts";

/** When, and after what, it is tried again. */
export interface BackoffOptions<T> extends Partial<Schedule> {
  /** The scheduler of the waits; rxjs' `asyncScheduler`, real time, where not given. */
  readonly scheduler?: SchedulerLike;
  /** Whether an error may pass. Without it: every error may, but one whose `retry` is `false`. */
  readonly retry?: (error: unknown) => boolean;
  /** Whether a value means "later", such as an outcome of 4yz only; no value does where not given. */
  readonly again?: (value: T) => boolean;
  /** Told before each wait: its length in milliseconds, and how many attempts there have been. */
  readonly onWait?: (milliseconds: number, attempts: number) => void;
}

class Later<T> extends Error {
  readonly value: T;
  constructor(value: T) {
    super("later");
    this.value = value;
  }
}

const mayPass = (error: unknown): boolean =>
  !(typeof error === "object" && error !== null && "retry" in error && error.retry === false);

/**
 * Subscribes again, after a wait, where the source failed by an error that may pass or gave a value that means "later".
 * When the schedule gives up, or the next wait would end past its `lifetime`, the last error is passed on, or the last
 * value, and it ends. The schedule starts anew for each subscriber. Without `min` and `max`: those of Postfix.
 *
 * @throws LocalProtocolError `bad-schedule`, as an error of the Observable
 * @example
 * defer(() => connection.send(mail)).pipe(
 *   backoff({ ...rfc5321Schedule, jitter: Math.random, again: ({ verdicts }) => verdicts.every(({ retry }) => retry) }),
 * );
 */
export const backoff = <T>(options: BackoffOptions<T> = {}): MonoTypeOperatorFunction<T> => {
  const { scheduler = asyncScheduler, again, onWait, retry: passes = mayPass, ...given } = options;
  const schedule: Schedule = { ...postfixSchedule, ...given };
  const { lifetime = Infinity } = schedule;
  return (source) =>
    defer(() => {
      const began = scheduler.now();
      const waits = delays(schedule);
      let attempts = 0;
      const delay = (error: unknown): Observable<unknown> => {
        attempts += 1;
        const wait = error instanceof Later || passes(error) ? waits.next().value : undefined;
        if (wait === undefined || scheduler.now() - began + wait > lifetime) return throwError(() => error);
        onWait?.(wait, attempts);
        return timer(wait, scheduler);
      };
      const judge = (value: T): T => {
        if (again?.(value) === true) throw new Later(value);
        return value;
      };
      return source.pipe(
        map(judge),
        retry({ delay }),
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `judge` makes a Later, of a T
        catchError((error: unknown) => (error instanceof Later ? of(error.value as T) : throwError(() => error))),
      );
    });
};
