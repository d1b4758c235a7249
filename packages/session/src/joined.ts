/** What waits to be sent as one write (RFC 2920 §3.1), on either side. */

/** All pieces in one; a single piece as it is, without a copy; `undefined` where there is none. */
export const joined = (pieces: readonly Uint8Array[]): Uint8Array | undefined => {
  if (pieces.length < 2) return pieces[0];
  let octets = 0;
  for (const piece of pieces) octets += piece.length;
  const whole = new Uint8Array(octets);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};
