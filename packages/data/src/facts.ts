/**
 * What content is made of, so that a client may say before MAIL what a hop must be able to carry (RFC 6152, RFC 3030).
 * One search for low octets meets every line ending and NUL; octets above 127 are looked for only until one is found.
 */
import { CR, LF } from "./octets.ts";
import type { LowOctetSearch } from "./search.ts";
import { wordSearch } from "./word-search.ts";

/** What was seen of some content. */
export interface ContentFacts {
  readonly octets: number;
  /** An octet above 127. */
  readonly eightBit: boolean;
  readonly nul: boolean;
  /** A CR that no LF follows. */
  readonly bareCr: boolean;
  /** A LF that no CR precedes. */
  readonly bareLf: boolean;
  /** The octets of the longest line, its ending not counted; CRLF, bare CR and bare LF all end a line here. */
  readonly longestLine: number;
  /** Whether the last line is whole; false of empty content. */
  readonly endsInCrlf: boolean;
}

/** Collects facts over the pieces of one content. */
export interface FactsScanner {
  /** Looks at the next piece; does not keep it beyond its successor. */
  scan(piece: Uint8Array): void;
  /** The facts of all that was scanned, as if it ended here. */
  facts(): ContentFacts;
}

const hasEightBit = (piece: Uint8Array): boolean => {
  const octets = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
  let i = 0;
  for (; i + 16 <= octets.byteLength; i += 16) {
    const some = octets.getInt32(i) | octets.getInt32(i + 4) | octets.getInt32(i + 8) | octets.getInt32(i + 12);
    if ((some & 0x80808080) !== 0) return true;
  }
  for (; i < octets.byteLength; i += 1) if (octets.getUint8(i) > 127) return true;
  return false;
};

class Scanner implements FactsScanner {
  #octets = 0;
  #eightBit = false;
  #nul = false;
  #bareCr = false;
  #bareLf = false;
  #longest = 0;
  /** Octets of the line so far. */
  #column = 0;
  #afterCr = false;
  #afterCrlf = false;
  readonly #search: LowOctetSearch = wordSearch();

  scan(piece: Uint8Array): void {
    const end = piece.length;
    if (end === 0) return;
    this.#octets += end;
    this.#eightBit ||= hasEightBit(piece);
    let i = 0;
    let line = -this.#column;
    while (i < end) {
      if (this.#afterCr) {
        this.#afterCr = false;
        if (piece[i] === LF) {
          i += 1;
          line = i;
          this.#afterCrlf = true;
          continue;
        }
        this.#bareCr = true;
      }
      const stop = this.#search.next(piece, i, end);
      if (stop > i) this.#afterCrlf = false;
      i = stop;
      if (i === end) break;
      this.#afterCrlf = false;
      const octet = piece[i];
      if (octet === CR || octet === LF) {
        this.#longest = Math.max(this.#longest, i - line);
        line = i + 1;
        if (octet === CR) this.#afterCr = true;
        else this.#bareLf = true;
      } else if (octet === 0) this.#nul = true;
      i += 1;
    }
    this.#column = end - line;
  }

  facts(): ContentFacts {
    return {
      octets: this.#octets,
      eightBit: this.#eightBit,
      nul: this.#nul,
      bareCr: this.#bareCr || this.#afterCr,
      bareLf: this.#bareLf,
      longestLine: Math.max(this.#longest, this.#column),
      endsInCrlf: this.#afterCrlf && !this.#afterCr,
    };
  }
}

/**
 * A scanner of content, piece by piece; its facts do not depend on how the content is cut.
 *
 * @example
 * const scanner = factsScanner();
 * scanner.scan(new TextEncoder().encode("one\r\n"));
 * scanner.facts().endsInCrlf; // true
 */
export const factsScanner = (): FactsScanner => new Scanner();

/** What a transport must be able to carry (RFC 2045 §2.7 to §2.9). */
export type DataClass = "7bit" | "8bit" | "binary";

/**
 * The class of content by RFC 2045 §2.7 to §2.9, to which RFC 6152 §3 and RFC 3030 §3 refer: `binary` with a NUL, a
 * bare CR or LF, or a line above 998 octets (much mail has such lines and travels by DATA all the same: look at
 * `longestLine`); else `8bit` with an octet above 127; else `7bit`.
 */
export const dataClass = (facts: ContentFacts): DataClass => {
  if (facts.nul || facts.bareCr || facts.bareLf || facts.longestLine > 998) return "binary";
  return facts.eightBit ? "8bit" : "7bit";
};
