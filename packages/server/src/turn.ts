/**
 * The next turn of the event loop, for whoever waits for an answer. Most promises settle within a few microtasks, and
 * then one write is enough; only what is still open when all that has come in this turn is worked off sends what was
 * said before it. One call of the loop for all connections: two async hooks a message would else cost two of each.
 */

/** Who wants to be called in the next turn. */
export interface Turned {
  /** The turn has come. Does not throw. */
  turned(): void;
}

/** The next turn. */
export class NextTurn {
  #waiting: Turned[] = [];

  /** Calls `one` in the next turn. */
  add(one: Turned): void {
    if (this.#waiting.push(one) === 1) setImmediate(() => this.#run());
  }

  #run(): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const one of all) one.turned();
  }
}
