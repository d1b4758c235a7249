/**
 * What is so of a connection, each a bit of one number: ten booleans would be 72 octets more of a connection that is
 * idle, and of these there may be many thousand.
 */

/** Something was said since the last sweep. */
export const REPLIED = 1;
/** Good-bye was said. */
export const CLOSING = 2;
/** What was written waits to be taken off, so that nothing more should be said. */
export const CONGESTED = 4;
/** Nothing is read. */
export const PAUSED = 8;
/** A TLS handshake is under way, or about to be. */
export const HANDSHAKING = 16;
/** Events are being worked off. */
export const PUMPING = 32;
/** There is more to work off, after the other connections. */
export const YIELDING = 64;
/** What was said is sent at the end of this turn, because a hook may have answered until then, or because many send then. */
export const TURNING = 128;
/** The server is shutting down. */
export const DRAINING = 256;
/** The peer has closed its side. */
export const PEER_ENDED = 512;
/** The socket is gone. */
export const OVER = 1024;

/** Bits of one number. */
export class Flags {
  #set = 0;

  /** Whether one of these is so. */
  is(flags: number): boolean {
    return (this.#set & flags) !== 0;
  }

  /** These are so from now on. */
  mark(flags: number): void {
    this.#set |= flags;
  }

  /** These no longer are. */
  unmark(flags: number): void {
    this.#set &= ~flags;
  }
}
