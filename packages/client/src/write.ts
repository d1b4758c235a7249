/**
 * Pieces onto a socket, as one write. A few octets are copied together: one buffer is cheaper than a list of them, and
 * what is small fits a buffer that is there already. What is large is handed over as it is, all of it at once. Text is
 * US-ASCII, and written as UTF-8, which drops no bits of a character that should be in it nonetheless (security: C1).
 */
import type { Socket } from "node:net";

/** Up to so many octets are copied. */
const SMALL = 16_384;

/**
 * A buffer to copy to, for whoever writes next: what the kernel took at once is nobody's any more, and `writableLength`
 * says so. A write that waits, or goes through TLS, keeps what it was given. (1 µs for a message of 4 KiB.)
 */
let desk: Buffer | undefined;

/** Writes all pieces; returns whether the socket takes more now. */
export const writePieces = (socket: Socket, pieces: readonly (string | Uint8Array)[]): boolean => {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined)
    return typeof first === "string" ? socket.write(first, "utf8") : socket.write(first);
  let octets = 0;
  for (const piece of pieces) octets += piece.length;
  return octets <= SMALL ? writeCopied(socket, pieces, octets) : writeCorked(socket, pieces);
};

const writeCopied = (socket: Socket, pieces: readonly (string | Uint8Array)[], octets: number): boolean => {
  if ("encrypted" in socket) return socket.write(copied(pieces, Buffer.allocUnsafe(octets)));
  const whole = desk ?? Buffer.allocUnsafeSlow(SMALL);
  desk = undefined;
  const more = socket.write(copied(pieces, whole));
  if (socket.writableLength === 0) desk = whole;
  return more;
};

const copied = (pieces: readonly (string | Uint8Array)[], whole: Buffer): Buffer => {
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") whole.write(piece, at, "utf8");
    else whole.set(piece, at);
    at += piece.length;
  }
  return whole.subarray(0, at);
};

const writeCorked = (socket: Socket, pieces: readonly (string | Uint8Array)[]): boolean => {
  let more = true;
  socket.cork();
  for (const piece of pieces) more = typeof piece === "string" ? socket.write(piece, "utf8") : socket.write(piece);
  socket.uncork();
  return more;
};
