/** Content whose octets were counted beforehand (RFC 3030 §2): nothing in it is looked at to find its end. */
import { LocalProtocolError } from "@posthorn/contract";
import type { Decoder, Encoder, Fault } from "@posthorn/contract";
import type { LineEndings } from "./line-endings.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

class CountedDecoder implements Decoder<Uint8Array> {
  out: Uint8Array | undefined = undefined;
  done = false;
  fault: Fault | undefined = undefined;
  readonly crlf: boolean;
  /** The check, which the next piece goes on with. */
  readonly endings: LineEndings | undefined;
  #left: number;
  readonly #last: boolean;

  constructor(octets: number, endings: LineEndings | undefined, last: boolean) {
    this.#left = octets;
    this.endings = endings;
    this.crlf = endings !== undefined;
    this.#last = last;
  }

  step(chunk: Uint8Array, from: number, end: number): number {
    this.out = undefined;
    if (this.done) return from;
    let reached = Math.min(end, from + this.#left);
    if (reached > from && this.fault === undefined) reached = this.#take(chunk, from, reached);
    this.#left -= reached - from;
    if (this.#left === 0) {
      this.done = true;
      if (this.#last) this.fault ??= this.endings?.finish();
    }
    return reached;
  }

  /** As the dot decoder: a fault is set by a step of its own, that takes just the octet which shows it. */
  #take(chunk: Uint8Array, from: number, to: number): number {
    const view = chunk.subarray(from, to);
    let wrong = this.endings?.check(view) ?? -1;
    // A CR that is the last octet of all is known to be bare: it shows itself.
    const complete = this.#last && to - from === this.#left;
    if (wrong < 0 && complete && this.endings?.finish() !== undefined) wrong = view.length - 1;
    if (wrong === 0) {
      this.fault = this.endings?.fault;
      return from + 1;
    }
    this.out = wrong < 0 ? view : chunk.subarray(from, from + wrong);
    return wrong < 0 ? to : from + wrong;
  }
}

const counted = (octets: number): number => {
  if (Number.isSafeInteger(octets) && octets >= 0) return octets;
  throw new LocalProtocolError("bad-count", `${octets} is no number of octets`, "RFC 3030 §2");
};

/** What more a counted decoder does. */
export interface CountedDecoderOptions {
  /** Checks line endings. Unchecked if left out. */
  readonly lineEndings?: LineEndings;
  /** The counted decoder of the piece before: its check goes on instead, so that a CRLF may lie across two pieces. */
  readonly after?: Decoder<Uint8Array>;
  /** Whether the content ends with this piece, so that a CR at its end is bare: the fault is set at that CR. Default false. */
  readonly last?: boolean;
}

/**
 * A decoder of exactly `octets` octets (RFC 3030 §2), all of it views. It is done by the step that takes the last of
 * them; where there are none, by a step with any chunk, also an empty one, which takes nothing.
 *
 * Faults: only those of `lineEndings`, not fatal; the octets are then consumed to their end.
 *
 * @throws LocalProtocolError with the code `bad-count`, where `octets` is no whole number from 0 to 2^53 - 1.
 * @example
 * const decoder = countedDecoder(86, { lineEndings: lineEndings(), last: true });
 */
export const countedDecoder = (octets: number, options: CountedDecoderOptions = {}): Decoder<Uint8Array> => {
  const { lineEndings, last = false, after } = options;
  return new CountedDecoder(counted(octets), after instanceof CountedDecoder ? after.endings : lineEndings, last);
};

class CountedEncoder implements Encoder<Uint8Array> {
  #left: number;

  constructor(octets: number) {
    this.#left = octets;
  }

  write(piece: Uint8Array): Uint8Array {
    if (piece.length > this.#left) {
      throw new LocalProtocolError("too-many-octets", "more octets than were announced", "RFC 3030 §2");
    }
    this.#left -= piece.length;
    return piece;
  }

  end(): Uint8Array {
    if (this.#left > 0)
      throw new LocalProtocolError("too-few-octets", "fewer octets than were announced", "RFC 3030 §2");
    return NOTHING;
  }
}

/**
 * An encoder of exactly `octets` octets (RFC 3030 §2); returns what it is given.
 *
 * @throws LocalProtocolError with the code `bad-count`; its `write` with `too-many-octets`, its `end` with `too-few-octets`.
 * @example
 * const encoder = countedEncoder(86);
 */
export const countedEncoder = (octets: number): Encoder<Uint8Array> => new CountedEncoder(counted(octets));
