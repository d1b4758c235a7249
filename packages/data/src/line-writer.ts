/**
 * Writes content so that CR and LF stand in it only as CRLF (RFC 5321 §2.3.8), and, where asked to, with a dot before
 * each line that starts with one (§4.5.2). Strict: a bare CR or LF throws. Normalize: it becomes CRLF, and only then
 * are dots looked at, so that what a next hop sees as a line is what was stuffed as one (C5 of the catalogue).
 *
 * A piece in which the search finds nothing is returned itself, any other as one fresh array. Nothing is held back: a
 * CR is written as it comes, and if no LF follows, the LF is put before what does.
 */
import { LocalProtocolError } from "@posthorn/contract";
import { AFTER_CR, DOT, LF, LINE_START, TEXT, placeBehind } from "./octets.ts";
import type { ContentSearch, LinePlace } from "./search.ts";

const refuse = (octet: "CR" | "LF"): never => {
  throw new LocalProtocolError(octet === "CR" ? "bare-cr" : "bare-lf", `bare ${octet} in content`, "RFC 5321 §2.3.8");
};

/** The part that `dotEncoder` and `toCrlf` share. */
export class LineWriter {
  #place: LinePlace = LINE_START;
  #ended = false;
  readonly #search: ContentSearch;
  readonly #strict: boolean;
  readonly #stuff: boolean;

  constructor(search: ContentSearch, strict: boolean, stuff: boolean) {
    this.#search = search;
    this.#strict = strict;
    this.#stuff = stuff;
  }

  write(piece: Uint8Array): Uint8Array {
    if (this.#ended) throw new LocalProtocolError("already-ended", "content has ended, nothing can be written");
    const end = piece.length;
    if (end === 0) return piece;
    const place = this.#place;
    const i = this.#search.find(piece, 0, end, place, this.#stuff);
    if (i < end && this.#strict) {
      const behindLf = i > 0 ? piece[i - 1] === LF : place === LINE_START;
      const wrong = behindLf && piece[i] === DOT ? this.#search.find(piece, i + 1, end, TEXT, false) : i;
      if (wrong < end) refuse(piece[wrong] === LF ? "LF" : "CR");
    }
    this.#place = placeBehind(piece[end - 1]);
    return i === end ? piece : this.#search.write(piece, place, !this.#strict, this.#stuff);
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
