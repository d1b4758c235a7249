/**
 * Gathers small pieces, so that a message of many lines is one write: what fits is copied and taken at once, what does
 * not is a promise that resolves when the disk has it. An error of a write stays, and every later call throws it.
 */

/** Octets that are held before a write. */
export const HELD = 65_536;

/** Octets that are held at first, in memory that is not cleared: most messages with their fields. A tenth less CPU a message than growing to them. */
const FIRST = 8192;

/** A buffer in front of a file. */
export class WriteBuffer {
  readonly #file: { write(octets: Uint8Array): Promise<void> };
  #held: Uint8Array = Buffer.allocUnsafeSlow(FIRST);
  #length = 0;
  #last: Promise<void> | undefined;
  /** Writes that are not done; one that failed never is. */
  #waiting = 0;

  constructor(file: { write(octets: Uint8Array): Promise<void> }) {
    this.#file = file;
  }

  /** `true` where the piece was copied; else the promise resolves when it was written, and until then it must not change. */
  write(octets: Uint8Array): true | Promise<void> {
    if (this.#waiting === 0 && this.#length + octets.length <= HELD) {
      this.#hold(octets);
      return true;
    }
    return this.#chain(async () => {
      await this.#writeHeld();
      if (octets.length < HELD) this.#hold(octets);
      else await this.#file.write(octets);
    });
  }

  /** All that was ever given, where nothing of it had to be written yet. */
  get whole(): Uint8Array | undefined {
    return this.#last === undefined ? this.#held.subarray(0, this.#length) : undefined;
  }

  /** Writes what is held. */
  flush(): Promise<void> {
    return this.#chain(() => this.#writeHeld());
  }

  /** Resolves when no write is under way. */
  async settled(): Promise<void> {
    await this.#last?.catch(() => undefined);
  }

  #hold(octets: Uint8Array): void {
    const length = this.#length + octets.length;
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(HELD, Math.max(length, this.#held.length * 4)));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(octets, this.#length);
    this.#length = length;
  }

  async #writeHeld(): Promise<void> {
    const length = this.#length;
    this.#length = 0;
    if (length > 0) await this.#file.write(this.#held.subarray(0, length));
  }

  /** One after the other; after a failure nothing more is written, and the failure is told each time. */
  #chain(step: () => Promise<void>): Promise<void> {
    this.#waiting++;
    const run = this.#after(this.#last, step);
    run.catch(() => undefined); // whoever writes is told; who has gone must not end the process
    this.#last = run;
    return run;
  }

  async #after(before: Promise<void> | undefined, step: () => Promise<void>): Promise<void> {
    await before;
    await step();
    this.#waiting--;
  }
}
