/**
 * What was received and not yet read: chunks in a queue, and a place in the first of them. Nothing is joined or copied
 * here; whoever reads steps over `chunk` from `at` to its end.
 */
import { asciiText, latin1Text, type LineReader, type Spelled } from "@posthorn/wire";
import type { Reading } from "../plain-envelope.ts";

const NONE: Uint8Array = new Uint8Array(0);

/**
 * Octets that become text at once, where other lines follow: it is the call that costs, 100 ns, which for 50 recipients
 * is a sixth of all. At first, and behind content, it is what a MAIL and a RCPT have, since content may follow. A string
 * that somebody keeps keeps no more than this alive.
 */
const AHEAD = 512;
const FIRST = 128;
/** What follows a line, if it is worth its text: as much as another with a path. */
const WORTH = 24;

/** Text of the chunk that is being read, and the index behind the last octet that it was made of. */
export interface Text extends Spelled {
  readonly to: number;
}

/** The input of a session. */
export class Input implements Reading {
  /** The chunk that is being read. */
  chunk: Uint8Array = NONE;
  /** The place in it. */
  at = 0;
  /** Whether the peer has ended its stream. */
  ended = false;
  /** Reads a command line that is not whole in its chunk, or not plain; none otherwise. */
  reader: LineReader | undefined = undefined;
  #text: Text | undefined = undefined;
  /** Chunks behind the one that is being read, from `#head` on. */
  #queue: Uint8Array[] | undefined = undefined;
  #head = 0;
  #queued = 0;

  /** Octets that nobody has read. */
  get size(): number {
    return this.chunk.length - this.at + this.#queued;
  }

  /** Text in which octets of the chunk stand, which are known to be US-ASCII; what is behind them may stand there too. */
  text(from: number, to: number): Text {
    const made = this.#text;
    if (made !== undefined && to <= made.to && from >= made.from) return made;
    const { chunk } = this;
    const ahead = Math.min(chunk.length, from + (made !== undefined && from <= made.to ? AHEAD : FIRST));
    const text = ahead > to + WORTH ? latin1Text(chunk, from, ahead) : undefined;
    if (text === undefined) return { text: asciiText(chunk, from, to), from, to };
    this.#text = { text, from, to: ahead };
    return this.#text;
  }

  /** Takes a chunk over; an empty one is nothing. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#queue === undefined && this.at === this.chunk.length) {
      this.chunk = chunk;
      this.at = 0;
      this.#text = undefined;
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
    this.#text = undefined;
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

  /** Goes on in a copy of what is left of the chunk that came last, so that nothing of it is needed any more. */
  keep(copy: (octets: Uint8Array) => Uint8Array): void {
    const last = this.#queue?.pop();
    if (last !== undefined) {
      this.#queue?.push(copy(last));
      return;
    }
    this.chunk = this.at < this.chunk.length ? copy(this.chunk.subarray(this.at)) : NONE;
    this.at = 0;
    this.#text = undefined;
  }

  /** Throws away what nobody has read. */
  clear(): void {
    this.chunk = NONE;
    this.at = 0;
    this.#text = undefined;
    this.reader = undefined;
    this.#queue = undefined;
    this.#head = 0;
    this.#queued = 0;
  }
}
