/**
 * What is to be sent, in order. All that stands here when the host takes it leaves as one write, so that a group of
 * commands is one segment (RFC 2920 §3.1). Lines of text that follow each other are one piece.
 */
import { joined } from "../joined.ts";
import { type Line, octetsOf } from "./line.ts";

/** Octets and text that wait to be taken. */
export class Output {
  /** What stands before the text. */
  #pieces: Line[] | undefined = undefined;
  /** The lines of text at the end. */
  #text = "";

  /** Adds a piece; an empty one is nothing. */
  push(piece: Line): void {
    if (typeof piece === "string") this.#text += piece;
    else if (piece.length > 0) this.#open().push(piece);
  }

  /** Everything that waits, piece by piece, or `undefined` where nothing does. */
  pieces(): readonly Line[] | undefined {
    const text = this.#text;
    if (this.#pieces === undefined) {
      this.#text = "";
      return text === "" ? undefined : [text]; // a group of commands, nearly always
    }
    const pieces = this.#open();
    this.#pieces = undefined;
    return pieces;
  }

  /** Everything that waits, in one, or `undefined` where nothing does. A single piece of octets is handed on as it is. */
  take(): Uint8Array | undefined {
    const pieces = this.pieces();
    return pieces === undefined ? undefined : joined(pieces.map(octetsOf));
  }

  /** Forgets what waits: after it, nothing of it is ever sent. */
  clear(): void {
    this.#pieces = undefined;
    this.#text = "";
  }

  /** The pieces, the text among them. */
  #open(): Line[] {
    const pieces = (this.#pieces ??= []);
    if (this.#text !== "") pieces.push(this.#text);
    this.#text = "";
    return pieces;
  }
}
