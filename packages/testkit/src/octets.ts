/**
 * Octets and text: one character an octet, so that a dialogue in a test is a string that can be read.
 */

/** Octets of text, one for each character. @throws RangeError where a character is above U+00FF. */
export const octetsOf = (text: string): Uint8Array => {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 255) throw new RangeError(`no octet is U+${unit.toString(16)}`);
    octets[at] = unit;
  }
  return octets;
};

/** Text of octets, one character for each. */
export const textOf = (octets: Uint8Array | undefined): string => {
  let text = "";
  for (const octet of octets ?? []) text += String.fromCharCode(octet);
  return text;
};

/** All pieces as one. */
export const joined = (pieces: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};

/** A list without end: the numbers again and again; `otherwise` where there are none. */
export function* cycle(numbers: readonly number[], otherwise: number): Generator<number, never, unknown> {
  for (;;) {
    yield* numbers;
    if (numbers.length === 0) yield otherwise;
  }
}
