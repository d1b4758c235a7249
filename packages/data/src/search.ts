/**
 * The port for the one search that framing needs: for low octets, those of 13 and below. CR and LF are among them, and
 * few others occur in text, so that strictness, dots and the terminator are all decided where the search stops.
 */

/** Searches for octets <= 13. An implementation may keep scratch state, but no result may depend on it. */
export interface LowOctetSearch {
  /**
   * The index of the first low octet in `[from, end)`, or `end` if there is none.
   *
   * An implementation that looks at more than one octet at once may pass over low octets other than CR and LF, and
   * over a CRLF that lies whole within the range and is followed there by an octet that is no dot. Where it stops is
   * always a low octet, and never the LF of a CRLF whose CR it passed over.
   */
  next(chunk: Uint8Array, from: number, end: number): number;
  /**
   * As `next`, and `[from, stop)` is copied to `into` at `at`. There is room for `end - from` octets behind `at`, all
   * of which may be overwritten.
   */
  copy(chunk: Uint8Array, from: number, end: number, into: Uint8Array, at: number): number;
}
