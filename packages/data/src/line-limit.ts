/**
 * The limit on text lines (RFC 5321 §4.5.3.1.6). Lines are counted in what a step yields, where dots are gone and
 * endings are whole. Only where one is too long the octets themselves are gone through, to find the first too many:
 * that happens once, because the content is refused there.
 */
import { AFTER_CR, AFTER_DOT_CR, CR, DOT, LF, LINE_START } from "./octets.ts";
import type { Place } from "./octets.ts";
import type { ContentSearch, LineSurvey } from "./search.ts";

/** Counts the octets of lines. */
export class LineLimit {
  readonly #search: ContentSearch;
  /** Octets that a line may have before its ending. */
  readonly #text: number;
  readonly #survey: LineSurvey = { nul: false, eightBit: false, bareCr: false, bareLf: false, longest: 0, column: 0 };
  /** The column before what was counted last. */
  #before = 0;

  constructor(search: ContentSearch, text: number) {
    this.#search = search;
    this.#text = text;
  }

  /** Counts what was yielded next; whether all of its lines are short enough. */
  allows(octets: Uint8Array): boolean {
    const survey = this.#survey;
    this.#before = survey.column;
    this.#search.survey(octets, false, survey);
    return survey.longest <= this.#text && survey.column <= this.#text;
  }

  /**
   * The index of the first octet too many in `[from, end)`, which were read to yield what was counted last; that no
   * longer counts. `place` is that of the first octet.
   */
  firstTooMany(chunk: Uint8Array, from: number, end: number, place: Place): number {
    this.#survey.longest = 0;
    this.#survey.column = this.#before;
    let column = this.#before;
    let start = place === LINE_START;
    let afterCr = place === AFTER_CR || place === AFTER_DOT_CR;
    for (let i = from; i < end; i += 1) {
      const octet = chunk[i];
      if (octet === CR || octet === LF) column = 0;
      else if (!start || octet !== DOT) column += 1;
      if (column > this.#text) return i;
      start = afterCr && octet === LF;
      afterCr = octet === CR;
    }
    return end;
  }
}
