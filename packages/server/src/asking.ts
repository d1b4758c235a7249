/**
 * One open question to a hook or a sink. An answer that is there is used at once, and no tick passes; a promise is
 * waited for, until its time is over or nobody wants it any more: then its answer is late.
 */
import type { Clock } from "@posthorn/node";
import type { Awaitable } from "./sink.ts";

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

const isThenable = <T>(value: Awaitable<T>): value is PromiseLike<T> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

/** Asks, one question at a time. */
export class Asking {
  /** Milliseconds that were waited since somebody set it to 0. */
  waited = 0;
  #question: Question | undefined = undefined;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #wake: () => void;
  readonly #broken: (error: unknown) => void;

  /**
   * `limit` in milliseconds; `wake` is called after an answer that had to be waited for; `broken` gets what
   * our own code throws then, which must not become a rejection that nobody handles.
   */
  constructor(clock: Clock, limit: number, wake: () => void, broken: (error: unknown) => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#wake = wake;
    this.#broken = broken;
  }

  /** Whether an answer is waited for. */
  get open(): boolean {
    return this.#question !== undefined;
  }

  /** Calls `then` if the answer is still waited for in a later turn: many promises settle within a few microtasks, and then one write is enough. */
  whileOpen(then: () => void): void {
    queueMicrotask(() => {
      if (!this.open) return;
      setImmediate(() => {
        if (this.open) then();
      });
    });
  }

  /** Asks. `late` gets an answer that came after nobody wanted it, so that what it holds can be let go. */
  ask<T>(
    run: () => Awaitable<T>,
    done: (value: T) => void,
    failed: (error: unknown) => void,
    late?: (value: T) => void,
  ): void {
    let value: Awaitable<T>;
    try {
      value = run();
    } catch (error) {
      failed(error);
      return;
    }
    if (!isThenable(value)) {
      done(value);
      return;
    }
    const from = this.#clock.now();
    const question: Question = { from, by: from + this.#limit, failed };
    this.#question = question;
    this.#wait(question, value, done, late).catch(this.#broken);
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
    this.#wake();
  }

  async #wait<T>(
    question: Question,
    coming: PromiseLike<T>,
    done: (value: T) => void,
    late: ((value: T) => void) | undefined,
  ): Promise<void> {
    let value: T;
    try {
      value = await coming;
    } catch (error) {
      if (!this.#close(question)) return;
      question.failed(error);
      this.#wake();
      return;
    }
    if (!this.#close(question)) {
      late?.(value);
      return;
    }
    done(value);
    this.#wake();
  }

  #close(question: Question): boolean {
    if (this.#question !== question) return false;
    this.#question = undefined;
    this.waited += this.#clock.now() - question.from;
    return true;
  }
}
