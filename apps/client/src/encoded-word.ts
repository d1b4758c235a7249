/**
 * Text of a header field as encoded words (RFC 2047), so that a subject in any script needs no SMTPUTF8 (RFC 6532).
 * Always UTF-8 and the "B" encoding: one way to write, which every reader knows.
 */

/** Octets of UTF-8 in a word: their base64 and the 12 characters around it stay within 75 (RFC 2047 §2). */
const WORD_OCTETS = 45;

/** Whether text would be read otherwise than it is meant if it stood there as it is. */
const needsEncoding = (text: string): boolean =>
  !/^[\t\u0020-\u007E]*$/.test(text) || text.includes("=?") || text.length > 900 || /^\s|\s$/.test(text);

/**
 * The text, as it is where plain ASCII can say it, else as encoded words on lines of their own. No character is cut in
 * two (RFC 2047 §5).
 *
 * @example
 * encodedWords("Grüße"); // =?UTF-8?B?R3LDvMOfZQ==?=
 */
export const encodedWords = (text: string): string => {
  if (!needsEncoding(text)) return text;
  const words: Buffer[] = [];
  let word = Buffer.alloc(0);
  for (const character of text) {
    const octets = Buffer.from(character, "utf8");
    if (word.length + octets.length > WORD_OCTETS) {
      words.push(word);
      word = Buffer.alloc(0);
    }
    word = Buffer.concat([word, octets]);
  }
  return [...words, word].map((octets) => `=?UTF-8?B?${octets.toString("base64")}?=`).join("\r\n ");
};
