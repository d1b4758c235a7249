/**
 * What content is made of, found in one pass: the facts that extensions plan with, and whether the header section
 * holds UTF-8 (RFC 6532). Octets above 127 in a header section that are no UTF-8 are legacy, and only 8-bit.
 */
import { TextDecoder } from "node:util";
import type { Facts } from "@posthorn/contract";
import { factsScanner } from "@posthorn/data";

const LF = 10;

/** Follows a header section to its end, and reads it as UTF-8 once something in it is not ASCII. */
class HeaderScan {
  #ended = false;
  /** Octets of the line so far, CR not counted. */
  #column = 0;
  #foreign = false;
  #valid = true;
  #decoder: TextDecoder | undefined = undefined;

  scan(piece: Uint8Array): void {
    if (this.#ended) return;
    // ASCII before the first other octet leaves a decoder as it was, so that it need not be shown it.
    const end = this.#endOf(piece);
    if (!this.#foreign || !this.#valid) return;
    this.#decoder ??= new TextDecoder("utf-8", { fatal: true });
    try {
      this.#decoder.decode(piece.subarray(0, end), { stream: true });
    } catch {
      this.#valid = false;
    }
  }

  get utf8(): boolean {
    if (!this.#foreign || !this.#valid) return false;
    try {
      this.#decoder?.decode();
      return true;
    } catch {
      return false;
    }
  }

  /** The index behind the empty line, or behind the piece. */
  #endOf(piece: Uint8Array): number {
    for (let at = 0; at < piece.length; at++) {
      const octet = piece[at] ?? 0;
      if (octet === LF) {
        if (this.#column === 0) {
          this.#ended = true;
          return at + 1;
        }
        this.#column = 0;
      } else if (octet !== 13) this.#column += 1;
      if (octet > 127) this.#foreign = true;
    }
    return piece.length;
  }
}

/** A pass over content. */
export class ContentScan {
  readonly #facts: ReturnType<typeof factsScanner> = factsScanner();
  readonly #header: HeaderScan = new HeaderScan();

  /** Looks at the next piece. */
  scan(piece: Uint8Array): void {
    this.#facts.scan(piece);
    this.#header.scan(piece);
  }

  /** What is known now, and a remark for a person where it is binary. */
  result(): { readonly facts: Facts; readonly remark: string | undefined } {
    const { octets, eightBit, nul, bareCr, bareLf, longestLine, endsInCrlf } = this.#facts.facts();
    const binary = nul || bareCr || bareLf;
    const found = [nul && "NUL", bareCr && "CR without LF", bareLf && "LF without CR"].filter((one) => one !== false);
    return {
      facts: {
        size: octets,
        octets: binary ? "binary" : eightBit ? "8bit" : "7bit",
        utf8Headers: this.#header.utf8,
        longestLine,
        endsInCrlf,
      },
      remark: binary
        ? `the content has ${found.join(", ")}: it is binary, and goes to servers with BINARYMIME only (RFC 3030 §3)`
        : undefined,
    };
  }
}
