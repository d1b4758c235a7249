/**
 * The end of a turn of the event loop, for whoever waits for an answer, and for all to whom something came, where that are
 * many. Most promises settle within a few microtasks, and then one write is enough; only what is still open when all that
 * has come in this turn is worked off sends what was said before it. One call of the loop for all connections: two async
 * hooks a message would else cost two of each.
 *
 * What many sent in one turn is read first, then worked off for all, and then all are written to: code and memory of one
 * thing are used for all before those of the next, and a client on the same machine is not woken for each. A pipelined
 * message costs a sixth less, several by BDAT a fifth. Few are answered at once: for one session the end of the turn would
 * cost a tenth more.
 *
 * Many stay together over turns that bring more. The loop accepts one connection a turn: where clients come for one
 * message each, a turn would else have one of them at each place of the dialogue, and be over. A connection with one message
 * costs a seventh less for it with 20 clients, a quarter with 100.
 */
import { nextTick } from "node:process";

/** Who wants to be called at the end of a turn. */
export interface Turned {
  /** The turn is over: works off what waited for that, if anything did. Tells whether an answer is waited for. Does not throw. */
  catchUp(): boolean;
  /** All have, and what settles at once has settled: sends what was said. Does not throw. */
  turned(): void;
}

/** So many in one turn are many, and stay so until they are few. */
const MANY = 8;
const FEW = 3;
/** How often it is looked whether they are, in answers. */
const LOOK = 16;
/** What is said waits for further turns until there are so many answers. */
const MOST = 32;

/** The end of a turn. */
export class NextTurn {
  #waiting: Turned[] = [];
  #crowded = false;
  #answers = 0;
  /** How many of them there were when the last turn ended, and when what waited was last sent. */
  #before = 0;
  #sent = 0;

  /** Calls `one` at the end of this turn. */
  add(one: Turned): void {
    if (this.#waiting.push(one) === 1) setImmediate(() => this.#run());
  }

  /** Whether many are answered in each turn of late. */
  get many(): boolean {
    return this.#crowded;
  }

  /** Something came that will be answered at the end of the turn. */
  came(): void {
    this.#answers += 1;
  }

  /** Whether many are answered in each turn of late; asked for each answer. */
  crowded(): boolean {
    this.#answers += 1;
    if (!this.#crowded && this.#answers % LOOK === 1) this.#look(this.#answers);
    return this.#crowded;
  }

  #look(from: number): void {
    setImmediate(() => {
      if (this.#answers - from >= MANY) this.#crowded = true;
    });
  }

  /** Whether many wait, and the turn brought more of them. */
  #grows(): boolean {
    const before = this.#before;
    this.#before = this.#answers;
    return this.#crowded && this.#answers > before && this.#answers - this.#sent < MOST;
  }

  #run(): void {
    if (this.#grows()) {
      setImmediate(() => this.#run());
      return;
    }
    this.#sent = this.#answers;
    const all = this.#waiting;
    this.#waiting = [];
    this.#crowded = all.length >= (this.#crowded ? FEW : MANY);
    let waits = false;
    for (const one of all) if (one.catchUp()) waits = true;
    // Behind every microtask that there is, and those that they make.
    if (waits) queueMicrotask(() => nextTick(() => this.#end(all)));
    else this.#end(all);
  }

  #end(all: readonly Turned[]): void {
    for (const one of all) one.turned();
  }
}
