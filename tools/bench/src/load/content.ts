// What the messages carry. The lines are base64, 78 octets with CRLF, made from a count: the same octets in every run.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** One line of base64, 78 octets with CRLF; `n` makes it another one. */
function line(n: number): string {
  let text = "";
  // A linear congruential generator (Numerical Recipes): noise enough, and the same everywhere.
  for (let state = n + 1; text.length < 76;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += alphabet[state >>> 26];
  }
  return `${text}\r\n`;
}

const repeat = (lines: readonly string[], octets: number): Uint8Array => {
  const block = Buffer.from(lines.join(""));
  const whole = Buffer.allocUnsafe(octets - (octets % 78));
  for (let at = 0; at < whole.length; at += block.length) block.copy(whole, at);
  return whole;
};

const block = Array.from({ length: 256 }, (_, n) => line(n));

/** Lines of base64: at most so many octets, whole lines. */
export const base64 = (octets: number): Uint8Array => repeat(block, octets);

/** The same, half of the lines begun by a dot, as they are sent: by two (RFC 5321 §4.5.2). */
export const dotted = (octets: number): Uint8Array =>
  repeat(
    block.map((text, n) => (n % 2 === 0 ? text : `..${text.slice(2)}`)),
    octets,
  );
