/**
 * What content is made of, found in one pass: the facts that extensions plan with, and whether the header section
 * holds UTF-8 (RFC 6532). Octets above 127 in a header section that are no UTF-8 are legacy, and only 8-bit.
 */
import { TextDecoder } from "node:util";
import type { Facts } from "@posthorn/contract";
import { type ContentFacts, factsScanner } from "@posthorn/data";

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

  /** What is known now. */
  result(): Scanned {
    return scanned(this.#facts.facts(), this.#header.utf8);
  }
}

/** What a pass found: the facts, and a remark for a person where the content is binary. */
export interface Scanned {
  readonly facts: Facts;
  readonly remark: string | undefined;
}

const scanned = (found: ContentFacts, utf8Headers: boolean): Scanned => {
  const { octets: size, eightBit, nul, bareCr, bareLf, longestLine, endsInCrlf } = found;
  const binary = nul || bareCr || bareLf;
  const octets = binary ? "binary" : eightBit ? "8bit" : "7bit";
  const facts: Facts = { size, octets, utf8Headers, longestLine, endsInCrlf };
  if (!binary) return { facts, remark: undefined };
  const what = [nul && "NUL", bareCr && "CR without LF", bareLf && "LF without CR"].filter((one) => one !== false);
  return {
    facts,
    remark: `the content has ${what.join(", ")}: it is binary, and goes to servers with BINARYMIME only (RFC 3030 §3)`,
  };
};

/** A pass over content that is in memory. Where all of it is ASCII, its header section need not be looked at. */
export const scanWhole = (whole: Uint8Array): Scanned => {
  const scanner = factsScanner();
  scanner.scan(whole);
  const facts = scanner.facts();
  if (!facts.eightBit) return scanned(facts, false);
  const header = new HeaderScan();
  header.scan(whole);
  return scanned(facts, header.utf8);
};
