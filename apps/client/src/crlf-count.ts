/**
 * How many octets text has once each of its line endings is CRLF, without making it: a CR or an LF that stands alone
 * becomes two octets. A progress bar needs to know before the first octet leaves.
 */

const LF = 10;
const CR = 13;

/** Counts, piece by piece, however the text is cut. */
export class CrlfCount {
  #octets = 0;
  /** Whether the last octet was a CR, which an LF may follow. */
  #cr = false;

  /** Looks at the next piece. */
  see(piece: Uint8Array): void {
    let alone = 0;
    let cr = this.#cr;
    for (const octet of piece) {
      if (octet === LF ? !cr : cr) alone++;
      cr = octet === CR;
    }
    this.#cr = cr;
    this.#octets += piece.length + alone;
  }

  /** Octets of all that was seen, if it ends here. */
  get octets(): number {
    return this.#octets + (this.#cr ? 1 : 0);
  }
}
