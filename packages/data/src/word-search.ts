/** The search in plain TypeScript. It stops at every low octet, and decides there. */
import { LowOctets } from "./low-octets.ts";
import { AFTER_CR, CR, DOT, LF, LINE_START, TEXT, mayEnd } from "./octets.ts";
import { unstuff, write } from "./rewrite.ts";
import type { ContentSearch, LinePlace, LineSurvey, Unstuffed } from "./search.ts";

class WordSearch implements ContentSearch {
  readonly #low: LowOctets;

  constructor(singly: number) {
    this.#low = new LowOctets(singly);
  }

  find(chunk: Uint8Array, from: number, end: number, place: LinePlace, dots: boolean): number {
    let i = from;
    if (i === end) return end;
    if (place === AFTER_CR) {
      if (chunk[i] !== LF) return i;
      i += 1;
    }
    if (dots && place !== TEXT && i < end && chunk[i] === DOT) return i;
    while (i < end) {
      i = this.#low.next(chunk, i, end);
      if (i === end) break;
      const octet = chunk[i];
      if (octet === LF) return i;
      i += 1;
      if (octet === CR) {
        if (i === end) break;
        if (chunk[i] !== LF) return i;
        i += 1;
        if (dots && i < end && chunk[i] === DOT) return i;
      } else while (i < end && isOtherLow(chunk[i])) i += 1;
    }
    return end;
  }

  /** Octet by octet: who sends what is refused chooses what stands in it, and a plain loop has no worst case. */
  terminator(chunk: Uint8Array, from: number, end: number, before: LinePlace): number {
    let place = before;
    let i = from;
    while (i < end) {
      if (place === TEXT) {
        while (i < end && chunk[i] !== CR) i += 1;
        if (i === end) break;
      }
      const octet = chunk[i];
      if (place === LINE_START && octet === DOT && mayEnd(chunk, i, end)) return i;
      i += 1;
      place = octet === CR ? AFTER_CR : place === AFTER_CR && octet === LF ? LINE_START : TEXT;
    }
    return end;
  }

  unstuff(chunk: Uint8Array, from: number, end: number, place: LinePlace, normalize: boolean): Unstuffed {
    return unstuff(this.#low, chunk, from, end, place, normalize);
  }

  write(piece: Uint8Array, place: LinePlace, normalize: boolean, dots: boolean): Uint8Array {
    return write(this.#low, piece, place, normalize, dots);
  }

  survey(piece: Uint8Array, afterCr: boolean, survey: LineSurvey): void {
    const end = piece.length;
    survey.eightBit ||= hasEightBit(piece);
    let cr = afterCr;
    let line = -survey.column;
    let i = 0;
    while (i < end) {
      if (cr) {
        cr = false;
        if (piece[i] === LF) {
          i += 1;
          line = i;
          continue;
        }
        survey.bareCr = true;
      }
      let octet = piece[i] ?? 0;
      if (octet > CR) {
        i = this.#low.next(piece, i, end);
        if (i === end) break;
        octet = piece[i] ?? 0;
      }
      if (octet === CR || octet === LF) {
        if (i - line > survey.longest) survey.longest = i - line;
        line = i + 1;
        if (octet === CR) cr = true;
        else survey.bareLf = true;
      } else if (octet === 0) survey.nul = true;
      i += 1;
    }
    survey.column = end - line;
  }
}

const isOtherLow = (octet: number | undefined): boolean => octet !== undefined && octet < CR && octet !== LF;

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

/** How the word search is tuned. */
export interface WordSearchOptions {
  /** How many octets are looked at singly, where the stretch before was shorter than that; 0 is never. Default 24. */
  readonly singly?: number;
}

/**
 * A search by words of four octets; needs nothing but ECMAScript. It keeps a reference to the last chunk that it saw.
 *
 * @example
 * const decoder = dotDecoder({ search: wordSearch() });
 */
export const wordSearch = (options: WordSearchOptions = {}): ContentSearch => new WordSearch(options.singly ?? 24);
