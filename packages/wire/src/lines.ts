/**
 * Lines (RFC 5321 §2.3.8). A line ends at CRLF and at nothing else. Octets are looked at once; a line that lies
 * within one chunk is a view of it, one that straddles chunks is gathered in a buffer that never exceeds the limit.
 * A CR or LF by itself, and NUL, make the whole line a fault, told when the line truly ends; a line over the limit
 * is told at the octet that crosses it, once, and its rest is swallowed. So nothing depends on where chunks end.
 */
import type { Decoder, Encoder, Fault } from "@posthorn/contract";
import { LocalProtocolError } from "@posthorn/contract";
import { lineFault, unencodable } from "./faults.ts";

const CR = 13;
const LF = 10;
const NONE = new Uint8Array(0);

const FAULTS = {
  cr: lineFault("bare-cr", "A CR without its LF is not allowed", "RFC 5321 §2.3.8"),
  lf: lineFault("bare-lf", "Lines end in CRLF; a bare LF is not allowed", "RFC 5321 §2.3.8"),
  nul: lineFault("nul", "NUL is not allowed", "RFC 5321 §4.1.2"),
  long: lineFault("line-too-long", "Line too long", "RFC 5321 §4.5.3.1.4"),
};

/**
 * Reads lines. Call `step` until it has used up the chunk; after each call `line` or `fault` may be set, or neither
 * (more octets are needed, or the rest of a line too long just ended).
 *
 * @example
 * const reader = new LineReader(2048);
 * for (let at = 0; at < chunk.length; ) {
 *   at = reader.step(chunk, at, chunk.length);
 *   if (reader.fault !== undefined) refuse(reader.fault);
 *   else if (reader.line !== undefined) take(reader.line);
 * }
 */
export class LineReader {
  /** How many octets a line may have, CRLF included. May be set between steps: a longer line for AUTH, say. */
  limit: number;
  /** The line that ended at the index returned, without its CRLF: a view of the chunk, or octets of its own. */
  line: Uint8Array | undefined = undefined;
  /** What was wrong with the line: `bare-cr`, `bare-lf`, `nul`, `line-too-long`. At most one a line, the first. */
  fault: Fault | undefined = undefined;
  /** Whether a line ended at the index returned. */
  done = false;
  /** How many octets of the present line were swallowed, because it was too long. */
  discarded = 0;
  readonly #eager: boolean;
  #count = 0;
  #cr = false;
  #noted: Fault | undefined = undefined;
  #held: Uint8Array = NONE;
  #discarding = false;

  /**
   * @param limit octets a line, CRLF included
   * @param options with `eager`, a fault is told at its octet and not at the end of its line: for a reader that gives up
   */
  constructor(limit: number, options: { readonly eager?: boolean } = {}) {
    this.limit = limit;
    this.#eager = options.eager === true;
  }

  /** How many octets of an unfinished line have come. */
  get held(): number {
    return this.#count;
  }

  /** Reads on, to the end of a line at most; returns the index reached. */
  step(chunk: Uint8Array, from: number, end: number): number {
    this.line = undefined;
    this.fault = undefined;
    this.done = false;
    if (this.#discarding) return this.#discard(chunk, from, end);
    const stop = Math.min(end, from + Math.max(0, this.limit - this.#count));
    let cr = this.#cr;
    let at = from;
    while (at < stop) {
      const octet = chunk[at++];
      if (octet === LF) {
        if (cr) return this.#finish(chunk, from, at);
        this.#noted ??= FAULTS.lf;
      } else if (cr) this.#noted ??= FAULTS.cr;
      else if (octet === 0) this.#noted ??= FAULTS.nul;
      cr = octet === CR;
      if (this.#eager && this.#noted !== undefined) {
        this.fault = this.#noted;
        return at;
      }
    }
    if (at < end) return this.#cross(chunk, at, cr);
    this.#cr = cr;
    this.#hold(chunk, from, at);
    return at;
  }

  #finish(chunk: Uint8Array, from: number, at: number): number {
    if (this.#noted !== undefined) this.fault = this.#noted;
    else if (this.#count === 0) this.line = chunk.subarray(from, at - 2);
    else {
      this.#hold(chunk, from, at);
      this.line = this.#held.subarray(0, this.#count - 2);
    }
    this.#reset();
    return at;
  }

  /** The octet at `at` is one too many. It may be the LF that ends the line. */
  #cross(chunk: Uint8Array, at: number, cr: boolean): number {
    const octet = chunk[at];
    this.fault = this.#noted ?? FAULTS.long;
    if (cr && octet === LF) {
      this.#reset();
      return at + 1;
    }
    this.#held = NONE;
    this.#discarding = true;
    this.#cr = octet === CR;
    this.discarded = 1;
    return at + 1;
  }

  #discard(chunk: Uint8Array, from: number, end: number): number {
    let at = from;
    while (at < end) {
      const lf = chunk.indexOf(LF, at);
      if (lf < 0 || lf >= end) break;
      at = lf + 1;
      if (lf === from ? this.#cr : chunk[lf - 1] === CR) {
        this.discarded += at - from;
        this.#reset();
        return at;
      }
    }
    if (end > from) this.#cr = chunk[end - 1] === CR;
    this.discarded += end - from;
    return end;
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    const size = this.#count + to - from;
    if (size > this.#held.length) {
      const wider = new Uint8Array(Math.max(size, Math.min(this.limit, 2 * this.#held.length), 64));
      wider.set(this.#held.subarray(0, this.#count));
      this.#held = wider;
    }
    if (this.#noted === undefined) this.#held.set(chunk.subarray(from, to), this.#count);
    this.#count = size;
  }

  #reset(): void {
    this.done = true;
    this.#count = 0;
    this.#cr = false;
    this.#noted = undefined;
    this.#held = NONE;
    if (this.#discarding) this.#discarding = false;
    else this.discarded = 0;
  }
}

/**
 * A framing of one line: its octets without CRLF, once, with `done`. For items such as AUTH's lines (RFC 4954 §4).
 * A line that is a fault is followed to its CRLF.
 */
export const lineDecoder = (limit: number): Decoder<Uint8Array> => {
  const reader = new LineReader(limit);
  return {
    out: undefined,
    done: false,
    fault: undefined,
    step(chunk, from, end) {
      const at = reader.step(chunk, from, end);
      this.fault ??= reader.fault;
      this.out = this.fault === undefined ? reader.line : undefined;
      this.done = reader.done;
      return at;
    },
  };
};

/**
 * Writes lines, each with its CRLF.
 * `write` throws LocalProtocolError: `unencodable` where the line holds CR, LF or NUL, `line-too-long` over the limit.
 */
export const lineEncoder = (limit: number = Number.POSITIVE_INFINITY): Encoder<Uint8Array> => ({
  write(line) {
    if (line.includes(CR) || line.includes(LF) || line.includes(0))
      throw unencodable("a line holds no CR, LF or NUL", "RFC 5321 §2.3.8");
    if (line.length + 2 > limit) throw new LocalProtocolError("line-too-long", `a line of more than ${limit} octets`);
    const out = new Uint8Array(line.length + 2);
    out.set(line);
    out[line.length] = CR;
    out[line.length + 1] = LF;
    return out;
  },
  end: () => NONE,
});
