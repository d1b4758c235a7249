/**
 * One deadline, moved often and reached hardly ever: moving it is writing a number, and a sweep looks at it. The sweep
 * is as coarse as the deadline allows: a second, or a tenth of a shorter one. It is two sweeps late at most, never early.
 */
import type { Clock } from "@posthorn/node";

const COARSE = 1000;

/** A deadline that can be moved. */
export class Deadline {
  readonly #clock: Clock;
  readonly #passed: (what: string) => void;
  #at = Infinity;
  /** How long after the next sweep it is, where it was moved since the last: who moves it need not know the time. */
  #moved = Infinity;
  #what = "";
  #period = Infinity;
  #stop: (() => void) | undefined = undefined;

  /** @param passed Called with the word that `set` was given. */
  constructor(clock: Clock, passed: (what: string) => void) {
    this.#clock = clock;
    this.#passed = passed;
  }

  /** Sets it `ms` milliseconds from now. */
  set(ms: number, what: string): void {
    this.#moved = ms;
    this.#what = what;
    const period = Math.min(COARSE, Math.max(1, ms / 10));
    if (period >= this.#period) return;
    this.stop(false);
    this.#period = period;
    this.#stop = this.#clock.every(period, () => this.#look());
  }

  /** There is none for now; the sweep goes on, because another is likely to follow. */
  clear(): void {
    this.#at = Infinity;
    this.#moved = Infinity;
  }

  /** There is none, and no timer is left. */
  stop(clear = true): void {
    if (clear) this.clear();
    this.#stop?.();
    this.#stop = undefined;
    this.#period = Infinity;
  }

  #look(): void {
    const now = this.#clock.now();
    if (this.#moved !== Infinity) {
      this.#at = now + this.#moved;
      this.#moved = Infinity;
    }
    if (now < this.#at) return;
    this.stop();
    this.#passed(this.#what);
  }
}
