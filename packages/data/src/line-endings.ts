/** Judges line endings without changing them, for content whose framing does not look at it (BDAT, RFC 3030 §2). */
import type { Fault } from "@posthorn/contract";
import { BARE_CR, BARE_LF } from "./faults.ts";
import { CR, LF } from "./octets.ts";
import type { LowOctetSearch } from "./search.ts";
import { wordSearch } from "./word-search.ts";

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
  #afterCr = false;
  readonly #search: LowOctetSearch;

  constructor(search: LowOctetSearch) {
    this.#search = search;
  }

  check(piece: Uint8Array): number {
    const end = piece.length;
    if (end === 0) return -1;
    if (this.fault !== undefined) return 0;
    let i = 0;
    if (this.#afterCr) {
      if (piece[0] !== LF) return this.#violation(BARE_CR, 0);
      i = 1;
      this.#afterCr = false;
    }
    while (i < end) {
      i = this.#search.next(piece, i, end);
      if (i === end) break;
      const octet = piece[i];
      if (octet === LF) return this.#violation(BARE_LF, i);
      i += 1;
      if (octet === CR) {
        if (i === end) this.#afterCr = true;
        else if (piece[i] !== LF) return this.#violation(BARE_CR, i);
        else i += 1;
      }
    }
    return -1;
  }

  finish(): Fault | undefined {
    if (this.#afterCr) this.fault ??= BARE_CR;
    return this.fault;
  }

  #violation(fault: Fault, at: number): number {
    this.fault = fault;
    return at;
  }
}

/**
 * A check that CR and LF occur only as CRLF (RFC 5321 §2.3.8). Faults: `bare-cr`, `bare-lf`, 550 5.6.0.
 *
 * @example
 * const endings = lineEndings();
 * endings.check(new TextEncoder().encode("one\r\ntwo\n")); // 8
 */
export const lineEndings = (options: { readonly search?: LowOctetSearch } = {}): LineEndings =>
  new Check(options.search ?? wordSearch());
