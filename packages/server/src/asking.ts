/**
 * One open question to a hook or a sink, whose answer is a promise. It is waited for until its time is over or nobody
 * wants it any more: then the answer is late. An answer that is there at once never comes here.
 */
import type { Clock } from "@posthorn/node";
import type { Awaitable } from "./sink.ts";

/** Who is told what comes of waiting. */
export interface Waker {
  /** An answer that was waited for has been used: there is more to do. */
  wake(): void;
  /** Our own code threw, which must not become a rejection that nobody handles. */
  broken(error: unknown): void;
}

interface Question {
  readonly from: number;
  readonly by: number;
  failed(error: unknown): void;
}

/** A hook, a sink or a store did not answer in time. */
export class HookTimeout extends Error {
  /** Always `hook-timeout`. */
  readonly code: string;

  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
    this.name = "HookTimeout";
    this.code = "hook-timeout";
  }
}

/** Whether an answer is a promise. */
export const isThenable = <T>(value: Awaitable<T>): value is PromiseLike<T> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/** Waits for answers, one at a time. */
export class Asking {
  /** Milliseconds that were waited since somebody set it to 0. */
  waited = 0;
  #question: Question | undefined = undefined;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #waker: Waker;

  /** `limit` in milliseconds. */
  constructor(clock: Clock, limit: number, waker: Waker) {
    this.#clock = clock;
    this.#limit = limit;
    this.#waker = waker;
  }

  /** Whether an answer is waited for. */
  get open(): boolean {
    return this.#question !== undefined;
  }

  /** Waits. `late` gets an answer that came after nobody wanted it, so that what it holds can be let go. */
  wait<T>(
    coming: PromiseLike<T>,
    done: (value: T) => void,
    failed: (error: unknown) => void,
    late?: (value: T) => void,
  ): void {
    const from = this.#clock.now();
    const question: Question = { from, by: from + this.#limit, failed };
    this.#question = question;
    // A promise of our own kind is taken as it is: one tick. A stranger's `then` is called in a tick of its own.
    void Promise.resolve(coming).then(
      (value) => this.#settled(question, value, done, late),
      (error: unknown) => this.#settled(question, error, failed, undefined),
    );
  }

  /** Nobody wants the answer any more. */
  drop(): void {
    this.#question = undefined;
  }

  /** Gives up a question whose time is over. */
  sweep(now: number): void {
    const question = this.#question;
    if (question === undefined || now < question.by) return;
    this.#close(question);
    question.failed(new HookTimeout(this.#limit));
    this.#waker.wake();
  }

  #settled<T>(question: Question, value: T, take: (value: T) => void, late: ((value: T) => void) | undefined): void {
    try {
      if (this.#close(question)) {
        take(value);
        this.#waker.wake();
      } else late?.(value);
    } catch (error) {
      this.#waker.broken(error);
    }
  }

  #close(question: Question): boolean {
    if (this.#question !== question) return false;
    this.#question = undefined;
    this.waited += this.#clock.now() - question.from;
    return true;
  }
}
