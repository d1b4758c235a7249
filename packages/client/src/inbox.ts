/**
 * What a socket reads. Node fills one buffer for all sockets of a thread (`onread` of node:net) in place of 64 KiB for
 * every read, which halves what a reply costs. Who listens is shown the buffer itself: a session keeps nothing of what
 * it has read.
 */

/** Octets of one read: replies are short, and what is longer comes in several. */
const READ_OCTETS = 16_384;

const shared: Buffer = Buffer.allocUnsafeSlow(READ_OCTETS);

/** The first octets of the buffer, by how many they are: replies come in few lengths, and a view made anew takes 60 ns. */
const beginnings: (Uint8Array | undefined)[] = Array.from({ length: 512 }, () => undefined);

const beginning = (octets: number): Uint8Array =>
  octets < beginnings.length ? (beginnings[octets] ??= shared.subarray(0, octets)) : shared.subarray(0, octets);

/** Octets that came, for whoever listens; until somebody does they are kept. */
export class Inbox {
  /** For the options of `connect`: see node:net. */
  readonly onread: { readonly buffer: Buffer; readonly callback: (octets: number) => boolean };
  #listener: ((chunk: Uint8Array) => void) | undefined = undefined;
  #kept: Uint8Array[] = [];

  constructor() {
    this.onread = {
      buffer: shared,
      callback: (octets) => {
        const chunk = beginning(octets);
        if (this.#listener === undefined) this.#kept.push(new Uint8Array(chunk));
        else this.#listener(chunk);
        return true;
      },
    };
  }

  /** Calls the listener for all that came and comes; `undefined` to stop. What it is given is its until it returns. */
  listen(listener: ((chunk: Uint8Array) => void) | undefined): void {
    this.#listener = listener;
    if (listener !== undefined) for (const chunk of this.#kept.splice(0)) listener(chunk);
  }
}
