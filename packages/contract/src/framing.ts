/**
 * Framing: how octets that follow a verb are cut out of the stream, and put into it. DATA's dots (RFC 5321 §4.5.2),
 * BDAT's counted octets (RFC 3030 §2), AUTH's lines (RFC 4954 §4) are three; a stranger's is a fourth.
 */
import type { Fault } from "./fault.ts";

/**
 * Reads one framing. The machine calls `step` with a chunk until it is used up or the framing is `done`:
 *
 * - `step` returns the index reached. It may return `from` itself only if it set `out`, `done` or a fatal `fault`.
 * - `out` is what this step yielded: for content, a view of the chunk or octets of the decoder's own (the machine
 *   hands it on before the next step; where content is cut means nothing); for items, the whole item, once, together
 *   with `done` (the machine copies octets; an item of another kind has no view of the chunk in it).
 * - Octets of its own it may use again in the next step, unless it says that it `gives` them away.
 * - What a decoder needs of a chunk in a later step it copies: a host may read into the same memory again.
 * - `done` says that the framing ended at the index returned.
 * - `fault`, once set, stays: content is refused, `out` stays `undefined` from there, and `step` goes on to follow
 *   the framing to its true end. The octet at which it is set does not depend on chunks. If it is fatal, framing is lost.
 */
export interface Decoder<C> {
  /** Reads on in `chunk`, from `from` and not beyond `end`; returns the index reached. */
  step(chunk: Uint8Array, from: number, end: number): number;
  /** What the last step yielded. */
  out: C | undefined;
  /** Whether the framing has ended. */
  done: boolean;
  /** What is wrong with it, once something is. */
  fault: Fault | undefined;
  /** Whether CR and LF are in what it yields only as CRLF, since it refused or changed all else. Not known if left out. */
  readonly crlf?: boolean;
  /**
   * Whether it gives away what it makes: an array that it yields, that is no view of the chunk and fills its buffer, it
   * neither keeps nor looks at again, nor shares with anybody, so that whoever gets the array may let go of its memory
   * (`ArrayBuffer.prototype.transfer`). False if left out: such an array may be a buffer that the decoder uses again.
   */
  readonly gives?: boolean;
}

/**
 * Writes one framing. What is returned may be the argument itself, where nothing had to change.
 */
export interface Encoder<C> {
  /** The octets of one item, or of the next piece of content. @throws LocalProtocolError where it cannot be framed. */
  write(item: C): Uint8Array;
  /** What ends the framing; may be empty. @throws LocalProtocolError where the framing cannot end here. */
  end(): Uint8Array;
}
