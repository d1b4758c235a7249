/**
 * The port for what is done to whole stretches of content: to find the places where framing turns, to rewrite what has
 * to change, to survey lines. Everything in this package that reads more than a few octets does it by this.
 */

/** Where an octet stands: 0 within a line, 1 behind a CR, 2 at the start of a line, behind CRLF. */
export type LinePlace = 0 | 1 | 2;

/** Content without its dots, as far as it was rewritten. */
export interface Unstuffed {
  /** An array of its own, which nothing else holds. */
  readonly octets: Uint8Array;
  /** The index in the chunk up to which these stand for it. */
  readonly reached: number;
}

/** What lines were seen, in pieces surveyed one behind the other. */
export interface LineSurvey {
  nul: boolean;
  /** An octet above 127. */
  eightBit: boolean;
  /** An octet other than LF behind a CR. */
  bareCr: boolean;
  /** A LF that no CR precedes. */
  bareLf: boolean;
  /** Octets of the longest line that a CR or a LF has ended. */
  longest: number;
  /** Octets of the line that none has ended yet. */
  column: number;
}

/**
 * Looks at octets in bulk. An implementation may keep scratch state, but no result depends on it, none is shared, and
 * octets outside the range never matter. Each takes time in proportion to the range, whatever stands in it.
 */
export interface ContentSearch {
  /**
   * The index of the first octet of `[from, end)` that is a LF behind no CR, no LF but behind a CR, or, with `dots`, a
   * dot behind a LF; `end` if there is none. `place` is where the first octet stands.
   */
  find(chunk: Uint8Array, from: number, end: number, place: LinePlace, dots: boolean): number;
  /**
   * The index of the dot of the first `CRLF . CRLF`, or `end`. It may stop early, at another dot behind CRLF; where as
   * much of a terminator as there is ends the range, it stops at its dot. The first octet is no dot behind CRLF.
   */
  terminator(chunk: Uint8Array, from: number, end: number, place: LinePlace): number;
  /**
   * Takes away the dots behind CRLF, up to where `terminator` would stop or to some place before that; the first octet
   * is none of them. With `normalize` a bare CR or LF then becomes CRLF. Without, it stops before the octet that `find`
   * without `dots` finds, which the first is not; and where that follows `CRLF . CR`, at the dot. At least one is taken.
   */
  unstuff(chunk: Uint8Array, from: number, end: number, place: LinePlace, normalize: boolean): Unstuffed;
  /**
   * The piece in an array of its own: with `normalize` a LF behind no CR is written as CRLF, and a LF is put behind a
   * CR that is followed by something else; then, with `dots`, a dot is put before a dot behind a LF.
   */
  write(piece: Uint8Array, place: LinePlace, normalize: boolean, dots: boolean): Uint8Array;
  /** Adds to `survey` what a piece shows that is not empty; `afterCr` says whether the piece before ended in CR. */
  survey(piece: Uint8Array, afterCr: boolean, survey: LineSurvey): void;
}
