/** Judges line endings without changing them, for content whose framing does not look at it (BDAT, RFC 3030 §2). */
import type { Fault } from "@posthorn/contract";
import { defaultSearch } from "./default-search.ts";
import { BARE_CR, BARE_LF } from "./faults.ts";
import { AFTER_CR, CR, LF, TEXT } from "./octets.ts";
import type { ContentSearch, LinePlace } from "./search.ts";

/** A check over the pieces of one content, which several framings may share. */
export interface LineEndings {
  /**
   * The index in `piece` of the octet that shows the first violation, or -1: a LF without CR before it, or what
   * follows a CR and is no LF. After a violation every further piece that is not empty is wrong from 0.
   */
  check(piece: Uint8Array): number;
  /** Says that the content has ended; the fault of it, if there is one. A CR at its end is bare. */
  finish(): Fault | undefined;
  /** `bare-cr` or `bare-lf`, once seen. */
  readonly fault: Fault | undefined;
}

class Check implements LineEndings {
  fault: Fault | undefined = undefined;
  #place: LinePlace = TEXT;
  readonly #search: ContentSearch;

  constructor(search: ContentSearch) {
    this.#search = search;
  }

  check(piece: Uint8Array): number {
    const end = piece.length;
    if (end === 0) return -1;
    if (this.fault !== undefined) return 0;
    const i = this.#search.find(piece, 0, end, this.#place, false);
    if (i < end) {
      this.fault = piece[i] === LF ? BARE_LF : BARE_CR;
      return i;
    }
    this.#place = piece[end - 1] === CR ? AFTER_CR : TEXT;
    return -1;
  }

  finish(): Fault | undefined {
    if (this.#place === AFTER_CR) this.fault ??= BARE_CR;
    return this.fault;
  }
}

/**
 * A check that CR and LF occur only as CRLF (RFC 5321 §2.3.8). Faults: `bare-cr`, `bare-lf`, 550 5.6.0.
 *
 * @example
 * const endings = lineEndings();
 * endings.check(new TextEncoder().encode("one\r\ntwo\n")); // 8
 */
export const lineEndings = (options: { readonly search?: ContentSearch } = {}): LineEndings =>
  new Check(options.search ?? defaultSearch());
