/**
 * What is to be sent, in order. All that stands here when the host takes it leaves as one write, so that a group of
 * commands is one segment (RFC 2920 §3.1). A single piece is handed on as it is, without a copy.
 */
import { joined } from "../joined.ts";

/** Octets that wait to be taken. */
export class Output {
  #pieces: Uint8Array[] = [];

  /** Adds a piece; an empty one is nothing. */
  push(piece: Uint8Array): void {
    if (piece.length > 0) this.#pieces.push(piece);
  }

  /** Everything that waits, or `undefined` where nothing does. */
  take(): Uint8Array | undefined {
    const pieces = this.#pieces;
    this.clear();
    return joined(pieces);
  }

  /** Forgets what waits: after it, nothing of it is ever sent. */
  clear(): void {
    if (this.#pieces.length > 0) this.#pieces = [];
  }
}
