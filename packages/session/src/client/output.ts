/**
 * What is to be sent, in order. All that stands here when the host takes it leaves as one write, so that a group of
 * commands is one segment (RFC 2920 §3.1). A single piece is handed on as it is, without a copy.
 */

/** Octets that wait to be taken. */
export class Output {
  #pieces: Uint8Array[] = [];
  #octets = 0;

  /** Octets that wait. */
  get octets(): number {
    return this.#octets;
  }

  /** Adds a piece; an empty one is nothing. */
  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#octets += piece.length;
  }

  /** Everything that waits, or `undefined` where nothing does. */
  take(): Uint8Array | undefined {
    const pieces = this.#pieces;
    const octets = this.#octets;
    const [first] = pieces;
    this.clear();
    if (first === undefined || pieces.length === 1) return first;
    const whole = new Uint8Array(octets);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /** Forgets what waits: after it, nothing of it is ever sent. */
  clear(): void {
    this.#pieces = [];
    this.#octets = 0;
  }
}
