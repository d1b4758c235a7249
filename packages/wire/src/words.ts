/**
 * A closed set of words (verbs, for one) that are looked up where they stand in octets, in any case of letters, and
 * without a string made of them. Letters are folded into a number as they are read; the word that has this number is
 * then compared octet by octet, so that nothing else can pass for it.
 */

/** The octet of a letter in upper case, any other as it is. */
const upper = (octet: number): number => (octet >= 97 && octet <= 122 ? octet - 32 : octet);

/** The number of a word so far, and one octet more. */
const fold = (key: number, octet: number): number => (Math.imul(key, 31) + (octet & 0xdf)) | 0;

/** Words in upper case, each once. */
export class Words {
  readonly #words: readonly string[];
  /** Places of the words that share a number: one, nearly always. */
  readonly #places = new Map<number, number[]>();

  constructor(words: readonly string[]) {
    this.#words = words;
    for (const [place, word] of words.entries()) {
      let key = 0;
      for (let at = 0; at < word.length; at++) key = fold(key, word.charCodeAt(at));
      const places = this.#places.get(key);
      if (places === undefined) this.#places.set(key, [place]);
      else places.push(place);
    }
  }

  /** The place, in the list that was given, of the word that stands in `[from, to)`; -1 where it is none of them. */
  find(octets: Uint8Array, from: number, to: number): number {
    let key = 0;
    for (let at = from; at < to; at++) key = fold(key, octets[at] ?? 0);
    const places = this.#places.get(key);
    if (places !== undefined) for (const place of places) if (this.#stands(place, octets, from, to)) return place;
    return -1;
  }

  #stands(place: number, octets: Uint8Array, from: number, to: number): boolean {
    const word = this.#words[place] ?? "";
    if (word.length !== to - from) return false;
    for (let at = 0; at < word.length; at++) if (word.charCodeAt(at) !== upper(octets[from + at] ?? 0)) return false;
    return true;
  }
}
