/**
 * Counts the Received fields of a message while it flows by (RFC 5321 §6.3: a message that has too many goes in
 * circles). It looks at the header only, and at its first 100 kB; what it has seen does not depend on how the content
 * was cut, since all that it keeps between two pieces is where in a line it stands.
 */

/** Octets of a header that are looked at. */
export const HEADER_OCTETS = 102_400;

const NAME = "received";
const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const COLON = 58;

/** Where the scan stands in its line: `NAME` matched so far as a number, behind the whole name, or none of it. */
const BEHIND = NAME.length;
const OTHER = -1;

/** Counts while content flows by: `see` each piece in order, then read `count`. */
export class ReceivedCount {
  /** Received fields so far. */
  count = 0;
  #place = 0;
  #seen = 0;
  /** Octets of this line so far, its ending not counted. */
  #inLine = 0;
  #over = false;

  /** Looks at the next piece of the content. */
  see(octets: Uint8Array): void {
    if (this.#over) return;
    const end = Math.min(octets.length, HEADER_OCTETS - this.#seen);
    for (let at = 0; at < end; at++) {
      if (this.#step(octets[at] ?? 0)) return;
    }
    this.#seen += end;
    if (this.#seen >= HEADER_OCTETS) this.#over = true;
  }

  /** One octet; `true` behind the empty line that ends the header. */
  #step(octet: number): boolean {
    if (octet === CR) return false;
    if (octet === LF) {
      this.#over = this.#inLine === 0;
      this.#inLine = 0;
      this.#place = 0;
      return this.#over;
    }
    this.#inLine++;
    if (this.#place === OTHER) return false;
    if (this.#place < BEHIND) {
      const same = (octet | 32) === NAME.charCodeAt(this.#place);
      this.#place = same ? this.#place + 1 : OTHER;
    } else if (octet === COLON) {
      this.count++;
      this.#place = OTHER;
    } else if (octet !== SPACE && octet !== TAB) this.#place = OTHER;
    return false;
  }
}
