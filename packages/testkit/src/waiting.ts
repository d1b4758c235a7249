/**
 * A host that takes its time: what it owes is kept here and done after so many turns. Time is a count of turns, so that
 * a run can be repeated.
 */
import { cycle } from "./octets.ts";

/** Runs a question of a conversation. The laws are synchronous, so that they need no runner: a promise is a mistake of the caller. */
export const perform = (event: {
  run(signal: AbortSignal): unknown;
  resume(value: unknown): void;
  fail(error: unknown): void;
  readonly signal: AbortSignal;
}): void => {
  let value: unknown;
  try {
    value = event.run(event.signal);
  } catch (error) {
    event.fail(error);
    return;
  }
  if (typeof value === "object" && value !== null && "then" in value)
    throw new TypeError("the testkit runs without promises: give the extension a port that answers at once");
  event.resume(value);
};

/** What is owed, in order. */
export class Waiting {
  readonly #delays: Iterator<number, never>;
  readonly #owed: { turns: number; readonly act: () => void }[] = [];

  /** `delays` are turns, one for each question, again and again. */
  constructor(delays: readonly number[]) {
    this.#delays = cycle(delays, 0);
  }

  /** Whether something is owed. */
  get busy(): boolean {
    return this.#owed.length > 0;
  }

  /** Does it now where the delay is 0, else later. */
  owe(act: () => void): void {
    const turns = this.#delays.next().value;
    if (turns <= 0 && !this.busy) act();
    else this.#owed.push({ turns, act });
  }

  /** A turn passes; whether something was owed. */
  turn(): boolean {
    const [first] = this.#owed;
    if (first === undefined) return false;
    first.turns -= 1;
    if (first.turns <= 0) {
      this.#owed.shift();
      first.act();
    }
    return true;
  }
}
