/** Text of any origin as lines that end in CRLF (RFC 5321 §2.3.8), by the same rules as the encoder, without dots. */
import type { Encoder } from "@posthorn/contract";
import { defaultSearch } from "./default-search.ts";
import { LineWriter } from "./line-writer.ts";
import type { ContentSearch } from "./search.ts";

class Crlf implements Encoder<Uint8Array> {
  readonly #lines: LineWriter;

  constructor(lines: LineWriter) {
    this.#lines = lines;
  }

  write(piece: Uint8Array): Uint8Array {
    return this.#lines.write(piece);
  }

  end(): Uint8Array {
    return new TextEncoder().encode(this.#lines.finish(false));
  }
}

/**
 * A transform that makes CRLF of every bare CR and bare LF and leaves all else, however the content is cut: a CR at
 * the end of a piece and an LF at the start of the next are one CRLF. `write` returns its argument where nothing had to
 * change; `end` returns an LF if the last octet was a CR, else nothing. It adds no final line ending.
 * Both throw LocalProtocolError with the code `already-ended`.
 *
 * @example
 * const lines = toCrlf();
 * const octets = lines.write(new TextEncoder().encode("one\ntwo\r\n"));
 */
export const toCrlf = (options: { readonly search?: ContentSearch } = {}): Encoder<Uint8Array> =>
  new Crlf(new LineWriter(options.search ?? defaultSearch(), false, false));
