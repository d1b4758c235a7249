/**
 * Reads what follows 354 (RFC 5321 §4.1.1.4) and takes transparency away (§4.5.2). Content ends at a line that is one
 * dot, and lines end in CRLF and nothing else; a dot is taken away at the start of a line and nowhere else.
 *
 * Octets are not stepped through: the search stops at low octets, and what stands there decides. As long as nothing
 * changes, `out` is a view of the chunk. At the first dot that has to go (or, with `normalize`, line ending that has
 * to be made whole) after a short stretch, the rest of the chunk is rewritten into one fresh array, because the peer
 * chooses how densely such places lie. Nothing is held back but a dot, or dot and CR, that may be the terminator's: a
 * CR is passed on as it comes, and if no LF follows it is a fault there (strict), or an LF is put behind it (normalize).
 *
 * A fault is set by a step of its own, that takes just the octet at which it shows; from there `follow` goes on.
 */
import { LocalProtocolError } from "@posthorn/contract";
import type { Decoder, Fault } from "@posthorn/contract";
import { BARE_CR, BARE_LF, LINE_TOO_LONG } from "./faults.ts";
import { follow } from "./follow.ts";
import type { Followed } from "./follow.ts";
import { AFTER_CR, AFTER_DOT, AFTER_DOT_CR, CR, DOT, LF, LINE_START, TEXT, roomFor, withRoom } from "./octets.ts";
import type { LineEndingPolicy, Place } from "./octets.ts";
import type { LowOctetSearch } from "./search.ts";
import { wordSearch } from "./word-search.ts";

/** No limit; small enough for exact sums with any index. */
const UNLIMITED = 2 ** 52;

class DotDecoder implements Decoder<Uint8Array> {
  out: Uint8Array | undefined = undefined;
  done = false;
  fault: Fault | undefined = undefined;
  readonly crlf = true;
  #place: Place = LINE_START;
  /** Octets of the line so far. */
  #column = 0;
  readonly #followed: Followed = { place: TEXT };
  readonly #search: LowOctetSearch;
  readonly #strict: boolean;
  /** Octets that a line may have before its CRLF. */
  readonly #text: number;
  readonly #viewAtLeast: number;

  constructor(search: LowOctetSearch, strict: boolean, text: number, viewAtLeast: number) {
    this.#search = search;
    this.#strict = strict;
    this.#text = text;
    this.#viewAtLeast = viewAtLeast;
  }

  step(chunk: Uint8Array, from: number, end: number): number {
    this.out = undefined;
    if (this.done) return from;
    if (this.fault === undefined) return this.#look(chunk, from, end);
    const reached = follow(this.#followed, chunk, from, end);
    this.done = this.#followed.place === undefined;
    return reached;
  }

  /** Goes on while all that is yielded is one view. `limit` is the index of the first octet too many for its line. */
  #look(chunk: Uint8Array, from: number, end: number): number {
    let place = this.#place;
    let limit = from - this.#column + this.#text;
    let start = from;
    let i = from;
    while (i < end) {
      if (place === TEXT) {
        i = this.#search.next(chunk, i, end);
        if (i > limit) return this.#cut(chunk, from, start, limit, TEXT, limit);
        if (i === end) break;
        const octet = chunk[i];
        if (octet === CR) {
          i += 1;
          place = AFTER_CR;
          if (i < end && chunk[i] === LF) {
            i += 1;
            place = LINE_START;
            limit = i + this.#text;
          }
        } else if (octet === LF) {
          if (this.#strict) return this.#cut(chunk, from, start, i, TEXT, limit);
          return this.#change(chunk, start, i, end, TEXT, limit);
        } else {
          if (i >= limit) return this.#cut(chunk, from, start, i, TEXT, limit);
          i += 1;
          // Tabs, NULs and their like are passed here while they lie side by side, so that they cost no search each.
          while (i < end && i < limit && isOtherLow(chunk[i])) i += 1;
        }
      } else if (place === AFTER_CR) {
        if (chunk[i] !== LF) {
          if (this.#strict) return this.#cut(chunk, from, start, i, AFTER_CR, limit);
          return this.#change(chunk, start, i, end, AFTER_CR, limit);
        }
        i += 1;
        place = LINE_START;
        limit = i + this.#text;
      } else if (place === LINE_START) {
        const octet = chunk[i];
        if (octet === CR) {
          i += 1;
          place = AFTER_CR;
        } else if (octet !== DOT) place = TEXT;
        else if (i === start) {
          i += 1;
          start = i;
          limit = i + this.#text;
          place = AFTER_DOT;
        } else {
          const behind = chunk[i + 1];
          const last = i + 1 === end || (behind === CR && (i + 2 === end || chunk[i + 2] === LF));
          if (!last) return this.#change(chunk, start, i, end, LINE_START, limit);
          // The terminator, or as much of it as the chunk has.
          return this.#yield(chunk.subarray(start, i), i, LINE_START, limit);
        }
      } else if (place === AFTER_DOT) {
        if (chunk[i] === CR) {
          i += 1;
          start = i;
          place = AFTER_DOT_CR;
        } else place = TEXT;
      } else {
        if (chunk[i] === LF) {
          this.done = true;
          return i + 1;
        }
        if (this.#strict) return this.#cut(chunk, from, start, i, AFTER_DOT_CR, limit);
        return this.#change(chunk, start, i, end, AFTER_DOT_CR, limit);
      }
    }
    return this.#yield(start === i ? undefined : chunk.subarray(start, i), i, place, limit);
  }

  /** At `i` an octet must go or come: a long stretch before it is yielded as it is, else the rest is rewritten. */
  #change(chunk: Uint8Array, start: number, i: number, end: number, place: Place, limit: number): number {
    if (i - start >= this.#viewAtLeast) return this.#yield(chunk.subarray(start, i), i, place, limit);
    const into = this.#strict ? new Uint8Array(end - start) : roomFor(end - start);
    into.set(chunk.subarray(start, i));
    return this.#rewrite(chunk, i, end, into, i - start, place, limit);
  }

  #rewrite(
    chunk: Uint8Array,
    from: number,
    end: number,
    target: Uint8Array,
    written: number,
    before: Place,
    most: number,
  ): number {
    let into = target;
    let at = written;
    let place = before;
    let limit = most;
    let i = from;
    while (i < end) {
      let octet = chunk[i] ?? 0;
      if (place === TEXT) {
        if (octet > CR) {
          const stop = this.#search.copy(chunk, i, end, into, at);
          if (stop > limit) return this.#yield(into.subarray(0, at + limit - i), limit, TEXT, limit);
          at += stop - i;
          i = stop;
          if (i === end) break;
          octet = chunk[i] ?? 0;
        }
        if (octet === CR) {
          into[at++] = CR;
          i += 1;
          place = AFTER_CR;
          if (i < end && chunk[i] === LF) {
            into[at++] = LF;
            i += 1;
            place = LINE_START;
            limit = i + this.#text;
          }
        } else if (octet === LF) {
          if (this.#strict) break;
          into[at++] = CR;
          into[at++] = LF;
          i += 1;
          limit = i + this.#text;
          into = withRoom(into, at, end - i);
        } else {
          if (i >= limit) break;
          into[at++] = octet;
          i += 1;
        }
      } else if (place === AFTER_CR) {
        if (octet !== LF && this.#strict) break;
        into[at++] = LF;
        if (octet === LF) i += 1;
        else into = withRoom(into, at, end - i);
        place = octet === LF ? LINE_START : TEXT;
        limit = i + this.#text;
      } else if (place === LINE_START) {
        if (octet === DOT) {
          i += 1;
          limit = i + this.#text;
          place = i < end && chunk[i] !== CR ? TEXT : AFTER_DOT;
        } else place = TEXT;
      } else if (place === AFTER_DOT) {
        if (octet === CR) {
          i += 1;
          place = AFTER_DOT_CR;
        } else place = TEXT;
      } else if (octet === LF) {
        i += 1;
        this.done = true;
        break;
      } else {
        if (this.#strict) break;
        into[at++] = CR;
        into[at++] = LF;
        into = withRoom(into, at, end - i);
        limit = i + this.#text;
        place = TEXT;
      }
    }
    return this.#yield(into.subarray(0, at), i, place, limit);
  }

  /** Ends a step at `i`. */
  #yield(out: Uint8Array | undefined, i: number, place: Place, limit: number): number {
    this.out = out;
    this.#place = place;
    this.#column = i - (limit - this.#text);
    return i;
  }

  /** At `i` content is refused: what lies before it is yielded first, so that the step which sets the fault takes that octet alone. */
  #cut(chunk: Uint8Array, from: number, start: number, i: number, place: Place, limit: number): number {
    if (i > from) return this.#yield(start < i ? chunk.subarray(start, i) : undefined, i, place, limit);
    const octet = chunk[i];
    this.fault = place !== TEXT ? BARE_CR : octet === LF ? BARE_LF : LINE_TOO_LONG;
    this.#followed.place = octet === CR ? AFTER_CR : TEXT;
    return i + 1;
  }
}

const isOtherLow = (octet: number | undefined): boolean => octet !== undefined && octet < CR && octet !== LF;

/** How content is read. */
export interface DotDecoderOptions {
  /**
   * What a bare CR or LF is: a fault (`strict`, the default), or a line ending that is written as CRLF in what is
   * yielded (`normalize`). Either way only CRLF ends a line for the terminator and for dots (RFC 5321 §4.1.1.4).
   */
  readonly lineEndings?: LineEndingPolicy;
  /**
   * The octets that a text line may have, its CRLF counted and a dot that transparency added not (RFC 5321
   * §4.5.3.1.6, which has 1000): at least 2, and unlimited if left out. Lines are then searched by words.
   */
  readonly maxLine?: number;
  /** The search; a `wordSearch()` of its own if left out. */
  readonly search?: LowOctetSearch;
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
  if (maxLine !== undefined && !(maxLine >= 2 && maxLine <= UNLIMITED)) {
    throw new LocalProtocolError("bad-option", "maxLine counts the CRLF, so it is at least 2", "RFC 5321 §4.5.3.1.6");
  }
  if (!(viewAtLeast >= 1)) throw new LocalProtocolError("bad-option", "viewAtLeast is at least 1");
  const search = maxLine === undefined ? (options.search ?? wordSearch()) : wordSearch();
  const text = maxLine === undefined ? UNLIMITED : Math.trunc(maxLine) - 2;
  return new DotDecoder(search, lineEndings === "strict", text, viewAtLeast);
};
