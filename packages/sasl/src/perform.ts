/**
 * Runs steps that only ask, for whoever wants their result and has no exchange to drive: a promise appears only
 * where an answer was one, and it is made by the host.
 */
import type { Awaitable } from "./ports.ts";
import type { Ask } from "./steps.ts";

/**
 * Runs steps to their end: at once where every answer is there at once, else as a promise. A throw of what is asked
 * goes through, as does the failure of its promise.
 */
export const perform = <T>(
  steps: Generator<Ask, T, unknown>,
  signal: AbortSignal = new AbortController().signal,
): Awaitable<T> => {
  const drive = (from: IteratorResult<Ask, T>): Awaitable<T> => {
    let step = from;
    while (step.done !== true) {
      const answer = step.value.run(signal);
      if (isThenable(answer)) return answer.then((value) => drive(steps.next(value)));
      step = steps.next(answer);
    }
    return step.value;
  };
  return drive(steps.next());
};

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
