/**
 * A deadline over the whole of something: rxjs' own `timeout` watches the gap to the next value, and a slow peer that
 * sends a little now and then never meets it. Time is a scheduler's, so that tests need none.
 */
import { asyncScheduler, type MonoTypeOperatorFunction, Observable, type SchedulerLike } from "rxjs";

const DEADLINE: symbol = Symbol.for("posthorn.DeadlineError");

/** A deadline has passed. */
export class DeadlineError extends Error {
  /** A stable name. */
  readonly code = "deadline";
  /** Whether the same may be tried again later: yes. `backoff` reads it. */
  readonly retry = true;
  /** The time that was allowed, in milliseconds. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    super(`not done after ${milliseconds} ms`);
    this.name = "DeadlineError";
    this.milliseconds = milliseconds;
    Object.defineProperty(this, DEADLINE, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && DEADLINE in value;
  }
}

/**
 * Fails with a `DeadlineError` where the source has not completed `milliseconds` after it was subscribed to, and
 * unsubscribes from it. RFC 5321 §4.5.3.2 has the values for a client: 300000 for MAIL, 600000 for the final dot.
 *
 * @example
 * defer(() => connection.send(mail)).pipe(deadline(600_000));
 */
export const deadline =
  <T>(milliseconds: number, scheduler: SchedulerLike = asyncScheduler): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable((subscriber) => {
      subscriber.add(scheduler.schedule(() => subscriber.error(new DeadlineError(milliseconds)), milliseconds));
      source.subscribe(subscriber);
    });
