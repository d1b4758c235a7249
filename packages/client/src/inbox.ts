/**
 * What a socket reads. Node fills one buffer for all sockets of a thread (`onread` of node:net) in place of 64 KiB for
 * every read, which halves what a reply costs; what is in it is copied at once, since replies are small and are kept.
 */

/** Octets of one read: replies are short, and what is longer comes in several. */
const READ_OCTETS = 16_384;

const shared: Buffer = Buffer.allocUnsafeSlow(READ_OCTETS);

/** Octets that came, for whoever listens; until somebody does they are kept. */
export class Inbox {
  /** For the options of `connect`: see node:net. */
  readonly onread: { readonly buffer: Buffer; readonly callback: (octets: number, buffer: Uint8Array) => boolean };
  #listener: ((chunk: Uint8Array) => void) | undefined = undefined;
  #kept: Uint8Array[] = [];

  constructor() {
    this.onread = {
      buffer: shared,
      callback: (octets, buffer) => {
        const chunk = Buffer.allocUnsafe(octets);
        chunk.set(buffer.subarray(0, octets));
        if (this.#listener === undefined) this.#kept.push(chunk);
        else this.#listener(chunk);
        return true;
      },
    };
  }

  /** Calls the listener for all that came and comes; `undefined` to stop. */
  listen(listener: ((chunk: Uint8Array) => void) | undefined): void {
    this.#listener = listener;
    if (listener !== undefined) for (const chunk of this.#kept.splice(0)) listener(chunk);
  }
}
