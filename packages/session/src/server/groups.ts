/**
 * Replies that leave in one write (RFC 2920 §3.1), in one piece. What is said to a group of commands is mostly what was said to
 * one before, MAIL, RCPT, DATA; so the last group of each length is kept, and given again where its pieces are the same.
 */

/** Longer groups are not kept, nor are those of more octets: they are seldom alike, and what is kept is bounded. */
const PIECES = 64;
const OCTETS = 4096;

interface Group {
  readonly pieces: readonly string[];
  readonly text: string;
}

const alike = (a: readonly string[], b: readonly string[]): boolean => {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
};

/** Groups that were said; one for all sessions of a composition. */
export class Groups {
  readonly #byLength: (Group | undefined)[] = [];

  /** All pieces in one. */
  join(pieces: readonly string[]): string {
    const known = this.#byLength[pieces.length];
    if (known !== undefined && alike(known.pieces, pieces)) return known.text;
    let text = "";
    for (const piece of pieces) text += piece;
    if (pieces.length <= PIECES && text.length <= OCTETS) this.#byLength[pieces.length] = { pieces, text };
    return text;
  }
}
