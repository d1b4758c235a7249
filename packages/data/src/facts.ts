/**
 * What content is made of, so that a client may say before MAIL what a hop must be able to carry (RFC 6152, RFC 3030).
 * One pass over the octets sees every line ending, NUL and octet above 127.
 */
import { defaultSearch } from "./default-search.ts";
import { CR, LF } from "./octets.ts";
import type { ContentSearch, LineSurvey } from "./search.ts";

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
  /** Looks at the next piece. */
  scan(piece: Uint8Array): void;
  /** The facts of all that was scanned, as if it ended here. */
  facts(): ContentFacts;
}

class Scanner implements FactsScanner {
  #octets = 0;
  /** The last two octets. */
  #before = 0;
  #last = 0;
  readonly #survey: LineSurvey = { nul: false, eightBit: false, bareCr: false, bareLf: false, longest: 0, column: 0 };
  readonly #search: ContentSearch;

  constructor(search: ContentSearch) {
    this.#search = search;
  }

  scan(piece: Uint8Array): void {
    const end = piece.length;
    if (end === 0) return;
    this.#octets += end;
    this.#search.survey(piece, this.#last === CR, this.#survey);
    this.#before = piece[end - 2] ?? this.#last;
    this.#last = piece[end - 1] ?? 0;
  }

  facts(): ContentFacts {
    const { nul, eightBit, bareCr, bareLf, longest, column } = this.#survey;
    return {
      octets: this.#octets,
      eightBit,
      nul,
      bareCr: bareCr || this.#last === CR,
      bareLf,
      longestLine: Math.max(longest, column),
      endsInCrlf: this.#before === CR && this.#last === LF,
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
export const factsScanner = (options: { readonly search?: ContentSearch } = {}): FactsScanner =>
  new Scanner(options.search ?? defaultSearch());

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
