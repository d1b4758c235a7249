/**
 * What is to be sent, in order. All that stands here when the host takes it leaves as one write, so that a group of
 * commands is one segment (RFC 2920 §3.1). Lines of text that follow each other are one piece.
 */
import { joined } from "../joined.ts";
import { type Line, octetsOf } from "./line.ts";

/** Octets and text that wait to be taken. */
export class Output {
  #pieces: Line[] = [];

  /** Adds a piece; an empty one is nothing. */
  push(piece: Line): void {
    if (piece.length === 0) return;
    const pieces = this.#pieces;
    const place = pieces.length - 1;
    const last = pieces[place];
    if (typeof piece === "string" && typeof last === "string") pieces[place] = last + piece;
    else pieces.push(piece);
  }

  /** Everything that waits, piece by piece, or `undefined` where nothing does. */
  pieces(): readonly Line[] | undefined {
    const pieces = this.#pieces;
    if (pieces.length === 0) return undefined;
    this.#pieces = [];
    return pieces;
  }

  /** Everything that waits, in one, or `undefined` where nothing does. A single piece of octets is handed on as it is. */
  take(): Uint8Array | undefined {
    const pieces = this.pieces();
    return pieces === undefined ? undefined : joined(pieces.map(octetsOf));
  }

  /** Forgets what waits: after it, nothing of it is ever sent. */
  clear(): void {
    if (this.#pieces.length > 0) this.#pieces = [];
  }
}
