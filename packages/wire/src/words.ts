/**
 * A closed set of words, verbs or keywords, that are looked up where they stand in octets or in text, in any case of
 * letters, and without a string made of them. Letters are folded into a number as they are read; the word that has
 * this number is then compared letter by letter, so that nothing else can pass for it.
 */

/** The code of a letter in upper case, any other as it is. */
const upper = (code: number): number => (code >= 97 && code <= 122 ? code - 32 : code);

/** The number of a word so far, and one letter more. */
const fold = (key: number, code: number): number => (Math.imul(key, 31) + (code & 0xdf)) | 0;

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

  /** The place, in the list that was given, of the word that octets are in `[from, to)`; -1 where they are none of them. */
  find(octets: Uint8Array, from: number, to: number): number {
    let key = 0;
    for (let at = from; at < to; at++) key = fold(key, octets[at] ?? 0);
    const places = this.#places.get(key);
    if (places === undefined) return -1;
    for (const place of places) {
      const word = this.#words[place] ?? "";
      if (word.length !== to - from) continue;
      let at = 0;
      while (at < word.length && word.charCodeAt(at) === upper(octets[from + at] ?? 0)) at++;
      if (at === word.length) return place;
    }
    return -1;
  }

  /** As `find`, of text. */
  findIn(text: string, from: number, to: number): number {
    let key = 0;
    for (let at = from; at < to; at++) key = fold(key, text.charCodeAt(at));
    const places = this.#places.get(key);
    if (places === undefined) return -1;
    for (const place of places) {
      const word = this.#words[place] ?? "";
      if (word.length !== to - from) continue;
      let at = 0;
      while (at < word.length && word.charCodeAt(at) === upper(text.charCodeAt(from + at))) at++;
      if (at === word.length) return place;
    }
    return -1;
  }
}
