/**
 * Reads what follows 354 (RFC 5321 §4.1.1.4) and takes transparency away (§4.5.2). Content ends at a line that is one
 * dot, and lines end in CRLF and nothing else; a dot is taken away at the start of a line and nowhere else.
 *
 * Octets are not stepped through, but at the start of a line that begins with a dot: the search finds the next place
 * where something is wrong or has to change. As long as nothing changes, `out` is a view of the chunk. At the first
 * dot that has to go (or, with `normalize`, line ending that has to be made whole) after a short stretch, the rest of
 * the chunk is rewritten into one fresh array, because the peer chooses how densely such places lie; that is given
 * away, so that its memory need not wait for a garbage collection. Nothing is held back but a dot, or dot and CR, that
 * may be the terminator's: a CR is passed on as it comes, and if no LF follows it is a fault there (strict), or an LF is
 * put behind it (normalize).
 *
 * A fault is set by a step of its own, that takes just the octet at which it shows. What follows is read to its true
 * end and not kept (S2 of the catalogue of attacks: after a bare CR or LF the reader must not fall back to commands
 * before `CRLF . CRLF`).
 */
import { LocalProtocolError } from "@posthorn/contract";
import type { Decoder, Fault } from "@posthorn/contract";
import { defaultSearch } from "./default-search.ts";
import { BARE_CR, BARE_LF, LINE_TOO_LONG } from "./faults.ts";
import { LineLimit } from "./line-limit.ts";
import { AFTER_CR, AFTER_DOT, AFTER_DOT_CR, CR, DOT, LF, LINE_START, TEXT, mayEnd, placeAt } from "./octets.ts";
import type { LineEndingPolicy, Place } from "./octets.ts";
import type { ContentSearch, LinePlace } from "./search.ts";

class DotDecoder implements Decoder<Uint8Array> {
  out: Uint8Array | undefined = undefined;
  done = false;
  fault: Fault | undefined = undefined;
  readonly crlf = true;
  readonly gives = true;
  #place: Place = LINE_START;
  readonly #search: ContentSearch;
  readonly #strict: boolean;
  readonly #viewAtLeast: number;
  readonly #limit: LineLimit | undefined;

  constructor(search: ContentSearch, strict: boolean, viewAtLeast: number, limit: LineLimit | undefined) {
    this.#search = search;
    this.#strict = strict;
    this.#viewAtLeast = viewAtLeast;
    this.#limit = limit;
  }

  step(chunk: Uint8Array, from: number, end: number): number {
    this.out = undefined;
    if (this.done || from === end) return from;
    if (this.fault !== undefined) return this.#follow(chunk, from, end);
    const place = this.#place;
    const reached = this.#look(chunk, from, end);
    if (this.#limit === undefined || this.out === undefined || this.#limit.allows(this.out)) return reached;
    // What was yielded has a line that is too long: the same again, as far as it is not.
    this.#place = place;
    this.out = undefined;
    const to = this.#limit.firstTooMany(chunk, from, reached, place);
    if (to === from) return this.#refuse(LINE_TOO_LONG, chunk, from);
    const again = this.#look(chunk, from, to);
    if (this.out !== undefined) this.#limit.allows(this.out);
    return again;
  }

  /** Takes a dot at the start of a line, and behind it the rest of a terminator, octet by octet. */
  #takeDot(chunk: Uint8Array, from: number, end: number): number {
    let i = from;
    if (this.#place === LINE_START && chunk[i] === DOT) {
      i += 1;
      this.#place = AFTER_DOT;
    }
    if (this.#place === AFTER_DOT && i < end) {
      if (chunk[i] === CR) {
        i += 1;
        this.#place = AFTER_DOT_CR;
      } else this.#place = TEXT;
    }
    if (this.#place === AFTER_DOT_CR && i < end && chunk[i] === LF) {
      i += 1;
      this.done = true;
    }
    return i;
  }

  #look(chunk: Uint8Array, from: number, end: number): number {
    const start = this.#takeDot(chunk, from, end);
    if (start === end || this.done) return start;
    const line = this.#place;
    if (line === AFTER_DOT || line === AFTER_DOT_CR) {
      // A dot, a CR, and no LF: the CR was held back.
      if (this.#strict) return start > from ? start : this.#refuse(BARE_CR, chunk, from);
      this.out = Uint8Array.of(CR, LF);
      this.#place = TEXT;
      return start;
    }
    const i = this.#search.find(chunk, start, end, line, true);
    if (i === end) return this.#view(chunk, start, end, line);
    const before = i > start ? chunk[i - 1] : line === AFTER_CR ? CR : line === LINE_START ? LF : TEXT;
    const dot = before === LF && chunk[i] === DOT;
    if (dot ? mayEnd(chunk, i, end) : this.#strict) {
      if (i > from) return this.#view(chunk, start, i, line);
      return this.#refuse(chunk[i] === LF ? BARE_LF : BARE_CR, chunk, i);
    }
    if (i - start >= this.#viewAtLeast) return this.#view(chunk, start, i, line);
    const { octets, reached } = this.#search.unstuff(chunk, start, end, line, !this.#strict);
    this.out = octets;
    this.#place = placeAt(chunk, start, reached, line);
    return reached;
  }

  /** Ends a step at `to`: what was passed is yielded as it is. */
  #view(chunk: Uint8Array, start: number, to: number, line: LinePlace): number {
    if (to === start) return to;
    this.out = chunk.subarray(start, to);
    this.#place = placeAt(chunk, start, to, line);
    return to;
  }

  /** Ends a step behind the octet at which the content is refused. */
  #refuse(fault: Fault, chunk: Uint8Array, at: number): number {
    this.fault = fault;
    this.#place = chunk[at] === CR ? AFTER_CR : TEXT;
    return at + 1;
  }

  #follow(chunk: Uint8Array, from: number, end: number): number {
    const start = this.#takeDot(chunk, from, end);
    if (start === end || this.done) return start;
    const line: LinePlace = this.#place === AFTER_DOT_CR ? AFTER_CR : this.#place === AFTER_DOT ? TEXT : this.#place;
    const stop = this.#search.terminator(chunk, start, end, line);
    this.#place = stop === start ? line : placeAt(chunk, start, stop, line);
    return stop;
  }
}

/** The largest limit; small enough for exact sums with any index. */
const MOST = 2 ** 52;

/** How content is read. */
export interface DotDecoderOptions {
  /**
   * What a bare CR or LF is: a fault (`strict`, the default), or a line ending that is written as CRLF in what is
   * yielded (`normalize`). Either way only CRLF ends a line for the terminator and for dots (RFC 5321 §4.1.1.4).
   */
  readonly lineEndings?: LineEndingPolicy;
  /**
   * The octets that a text line may have, its CRLF counted and a dot that transparency added not (RFC 5321
   * §4.5.3.1.6, which has 1000): at least 2, and unlimited if left out. Counting lines costs twice what
   * the rest does.
   */
  readonly maxLine?: number;
  /** The search; `defaultSearch()` if left out. */
  readonly search?: ContentSearch;
  /** How many octets unchanged are worth a view of their own, where others near them change: 1 or more; default 1024. */
  readonly viewAtLeast?: number;
}

/**
 * A decoder for content that ends in `CRLF . CRLF` (RFC 5321 §4.1.1.4, §4.5.2). The CRLF before the dot is content,
 * the last line's ending; `.CRLF` at once is empty content. Every octet may occur in content, NUL too.
 *
 * Faults: `bare-cr` and `bare-lf` (strict), `line-too-long` (with `maxLine`): 550 5.6.0, none of them fatal. They are
 * set at the octet that shows them: the LF, what follows the CR, the first text octet too many.
 *
 * @throws LocalProtocolError with the code `bad-option`, where `maxLine` or `viewAtLeast` is out of range.
 * @example
 * const decoder = dotDecoder({ lineEndings: "strict" });
 */
export const dotDecoder = (options: DotDecoderOptions = {}): Decoder<Uint8Array> => {
  const { lineEndings = "strict", maxLine, viewAtLeast = 1024 } = options;
  if (maxLine !== undefined && !(maxLine >= 2 && maxLine <= MOST)) {
    throw new LocalProtocolError("bad-option", "maxLine counts the CRLF, so it is at least 2", "RFC 5321 §4.5.3.1.6");
  }
  if (!(viewAtLeast >= 1)) throw new LocalProtocolError("bad-option", "viewAtLeast is at least 1");
  const search = options.search ?? defaultSearch();
  const limit = maxLine === undefined ? undefined : new LineLimit(search, Math.trunc(maxLine) - 2);
  return new DotDecoder(search, lineEndings === "strict", viewAtLeast, limit);
};
