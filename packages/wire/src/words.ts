/**
 * A closed set of words, verbs or keywords, that are looked up where they stand in octets, in any case of letters,
 * and without a string made of them. Letters are folded into a number as they are read; it says at which slot
 * of a table to begin, and each word that stands from there on is compared letter by letter, so that nothing else can
 * pass for it. A table has four slots a word, so that an empty one, which ends the search, comes soon.
 */

/** The code of a letter in upper case, any other as it is. */
const upper = (code: number): number => (code >= 97 && code <= 122 ? code - 32 : code);

/** The number of a word so far, and one letter more. */
const fold = (key: number, code: number): number => (Math.imul(key, 31) + (code & 0xdf)) | 0;

const EMPTY = -1;

/** Words in upper case, each once. */
export class Words {
  readonly #words: readonly string[];
  /** Places of words, by slot. */
  readonly #slots: Int16Array;

  constructor(words: readonly string[]) {
    this.#words = words;
    let size = 4;
    while (size < 4 * words.length) size *= 2;
    this.#slots = new Int16Array(size).fill(EMPTY);
    for (const [place, word] of words.entries()) {
      let key = 0;
      for (let at = 0; at < word.length; at++) key = fold(key, word.charCodeAt(at));
      let slot = this.#slot(key);
      while (this.#slots[slot] !== EMPTY) slot = this.#slot(slot + 1);
      this.#slots[slot] = place;
    }
  }

  /** The place, in the list that was given, of the word that octets are in `[from, to)`; -1 where they are none of them. */
  find(octets: Uint8Array, from: number, to: number): number {
    let key = 0;
    for (let at = from; at < to; at++) key = fold(key, octets[at] ?? 0);
    for (let slot = this.#slot(key); ; slot = this.#slot(slot + 1)) {
      const place = this.#slots[slot] ?? EMPTY;
      if (place === EMPTY) return -1;
      const word = this.#words[place] ?? "";
      if (word.length !== to - from) continue;
      let at = 0;
      while (at < word.length && word.charCodeAt(at) === upper(octets[from + at] ?? 0)) at++;
      if (at === word.length) return place;
    }
  }

  #slot(key: number): number {
    return key & (this.#slots.length - 1);
  }
}
