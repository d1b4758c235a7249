/**
 * Writes content so that CR and LF stand in it only as CRLF (RFC 5321 §2.3.8), and, where asked to, with a dot before
 * each line that starts with one (§4.5.2). Strict: a bare CR or LF throws. Normalize: it becomes CRLF, and only then
 * are dots looked at, so that what a next hop sees as a line is what was stuffed as one (C5 of the catalogue).
 *
 * As in the decoder the search stops at low octets and what stands there decides; a piece in which nothing changes is
 * returned itself, any other as one fresh array. Nothing is held back: a CR is written as it comes, and if no LF
 * follows, the LF is put before what does.
 */
import { LocalProtocolError } from "@posthorn/contract";
import { AFTER_CR, CR, DOT, LF, LINE_START, TEXT, roomFor, withRoom } from "./octets.ts";
import type { LowOctetSearch } from "./search.ts";

const refuse = (octet: "CR" | "LF"): never => {
  throw new LocalProtocolError(octet === "CR" ? "bare-cr" : "bare-lf", `bare ${octet} in content`, "RFC 5321 §2.3.8");
};

/** The part that `dotEncoder` and `toCrlf` share. */
export class LineWriter {
  /** Where the next octet stands: `TEXT`, `AFTER_CR` or `LINE_START`. */
  #place: typeof TEXT | typeof AFTER_CR | typeof LINE_START = LINE_START;
  #ended = false;
  readonly #search: LowOctetSearch;
  readonly #strict: boolean;
  readonly #stuff: boolean;

  constructor(search: LowOctetSearch, strict: boolean, stuff: boolean) {
    this.#search = search;
    this.#strict = strict;
    this.#stuff = stuff;
  }

  write(piece: Uint8Array): Uint8Array {
    if (this.#ended) throw new LocalProtocolError("already-ended", "content has ended, nothing can be written");
    const end = piece.length;
    let place = this.#place;
    let i = 0;
    while (i < end) {
      if (place === TEXT) {
        i = this.#search.next(piece, i, end);
        if (i === end) break;
        const octet = piece[i];
        if (octet === LF) return this.#rewrite(piece, i, TEXT);
        i += 1;
        if (octet === CR) place = AFTER_CR;
        else while (i < end && isOtherLow(piece[i])) i += 1;
      } else if (place === AFTER_CR) {
        if (piece[i] !== LF) return this.#rewrite(piece, i, AFTER_CR);
        i += 1;
        place = LINE_START;
      } else {
        if (this.#stuff && piece[i] === DOT) return this.#rewrite(piece, i, LINE_START);
        place = TEXT;
      }
    }
    this.#place = place;
    return piece;
  }

  /** `piece` up to `from` as it is, the rest changed. */
  #rewrite(piece: Uint8Array, from: number, before: typeof TEXT | typeof AFTER_CR | typeof LINE_START): Uint8Array {
    const end = piece.length;
    let into = roomFor(end);
    into.set(piece.subarray(0, from));
    let at = from;
    let place = before;
    let i = from;
    while (i < end) {
      let octet = piece[i] ?? 0;
      if (place === TEXT) {
        if (octet > CR) {
          const stop = this.#search.copy(piece, i, end, into, at);
          at += stop - i;
          i = stop;
          if (i === end) break;
          octet = piece[i] ?? 0;
        }
        i += 1;
        if (octet === LF) {
          if (this.#strict) refuse("LF");
          into[at++] = CR;
          into[at++] = LF;
          into = withRoom(into, at, end - i);
          place = LINE_START;
        } else {
          into[at++] = octet;
          if (octet !== CR) continue;
          place = AFTER_CR;
          if (i < end && piece[i] === LF) {
            into[at++] = LF;
            i += 1;
            place = LINE_START;
          }
        }
      } else if (place === AFTER_CR) {
        if (octet !== LF && this.#strict) refuse("CR");
        into[at++] = LF;
        if (octet === LF) i += 1;
        else into = withRoom(into, at, end - i);
        place = LINE_START;
      } else {
        if (this.#stuff && octet === DOT) {
          into[at++] = DOT;
          into = withRoom(into, at, end - i);
        }
        place = TEXT;
      }
    }
    this.#place = place;
    return into.subarray(0, at);
  }

  /** Ends the content: says what its last line lacks, or nothing where `final` is false and the line merely goes on. */
  finish(final: boolean): "" | "\n" | "\r\n" {
    if (this.#ended) throw new LocalProtocolError("already-ended", "content has ended already");
    this.#ended = true;
    if (this.#place === AFTER_CR) {
      if (this.#strict) refuse("CR");
      return "\n";
    }
    return final && this.#place === TEXT ? "\r\n" : "";
  }
}

const isOtherLow = (octet: number | undefined): boolean => octet !== undefined && octet < CR && octet !== LF;
