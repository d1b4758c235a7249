/**
 * What was received and not yet read: chunks in a queue, and a place in the first of them. Nothing is joined or copied
 * here; whoever reads steps over `chunk` from `at` to its end.
 */
import type { LineReader } from "@posthorn/wire";

const NONE: Uint8Array = new Uint8Array(0);

/** The input of a session. */
export class Input {
  /** The chunk that is being read. */
  chunk: Uint8Array = NONE;
  /** The place in it. */
  at = 0;
  /** Whether the peer has ended its stream. */
  ended = false;
  /** Reads a command line that is not whole in its chunk, or not plain; none otherwise. */
  reader: LineReader | undefined = undefined;
  /** Chunks behind the one that is being read, from `#head` on. */
  #queue: Uint8Array[] | undefined = undefined;
  #head = 0;
  #queued = 0;

  /** Octets that nobody has read. */
  get size(): number {
    return this.chunk.length - this.at + this.#queued;
  }

  /** Takes a chunk over; an empty one is nothing. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#queue === undefined && this.at === this.chunk.length) {
      this.chunk = chunk;
      this.at = 0;
      return;
    }
    this.#queue ??= [];
    this.#queue.push(chunk);
    this.#queued += chunk.length;
  }

  /** Whether there is an octet at `at`; goes on to the next chunk where one is used up, and lets go of that. */
  more(): boolean {
    if (this.at < this.chunk.length) return true;
    this.at = 0;
    const queue = this.#queue;
    const next = queue?.[this.#head];
    if (queue === undefined || next === undefined) {
      this.chunk = NONE;
      return false;
    }
    this.chunk = next;
    this.#head += 1;
    this.#queued -= next.length;
    if (this.#head === queue.length) {
      this.#queue = undefined;
      this.#head = 0;
    } else if (this.#head > 64 && 2 * this.#head > queue.length) {
      this.#queue = queue.slice(this.#head);
      this.#head = 0;
    }
    return true;
  }

  /** Throws away what nobody has read. */
  clear(): void {
    this.chunk = NONE;
    this.at = 0;
    this.reader = undefined;
    this.#queue = undefined;
    this.#head = 0;
    this.#queued = 0;
  }
}
