/**
 * The reference: transparency and line endings by the words of RFC 5321 §4.5.2 and §2.3.8, over whole strings of one
 * character an octet, with nothing in common with the engines.
 */
import type { Decoder, Encoder } from "@posthorn/contract";
import type { ContentSearch, LineEndingPolicy, LinePlace, SimdSearchOptions } from "@posthorn/data";
import { simdSearch, wordSearch } from "@posthorn/data";

/** What was read: the content yielded, where it ended (-1: not yet), and the octet at which a fault was set. */
export interface Seen {
  content: string;
  end: number;
  fault: string;
  faultAt: number;
}

const CRLF_DOT = /\r\n\./g;
const VIOLATION = /\r(?=[^\n])|(?<!\r)\n/;
const ANY_ENDING = /\r\n|\r|\n/g;

/** Takes dots away; `raw` starts at the start of a line. A dot, or dot and CR, at its end may be the terminator's. */
const unstuffed = (raw: string): string =>
  `\r\n${raw}`
    .replace(/\r\n\.\r?$/, "\r\n")
    .replace(CRLF_DOT, "\r\n")
    .slice(2);

const found = (raw: string): { code: string; at: number; before: string } | undefined => {
  const match = VIOLATION.exec(raw);
  if (match === null) return undefined;
  const at = match[0] === "\n" ? match.index : match.index + 1;
  return { code: match[0] === "\n" ? "bare-lf" : "bare-cr", at, before: unstuffed(raw.slice(0, at)) };
};

/** Decodes all of `stream` as content behind 354. */
export const naiveDecode = (stream: string, policy: LineEndingPolicy): Seen => {
  const terminator = `\r\n${stream}`.indexOf("\r\n.\r\n");
  const end = terminator < 0 ? -1 : terminator + 3;
  const raw = terminator < 0 ? stream : stream.slice(0, terminator);
  if (policy === "strict") {
    const violation = found(raw);
    if (violation !== undefined)
      return { content: violation.before, end, fault: violation.code, faultAt: violation.at };
    return {
      content: terminator < 0 ? unstuffed(raw) : `\r\n${raw}`.replace(CRLF_DOT, "\r\n").slice(2),
      end,
      fault: "",
      faultAt: -1,
    };
  }
  const plain = terminator < 0 ? unstuffed(raw) : `\r\n${raw}`.replace(CRLF_DOT, "\r\n").slice(2);
  const undecided = terminator < 0 && plain.endsWith("\r");
  return { content: undecided ? `${naiveCrlf(plain.slice(0, -1))}\r` : naiveCrlf(plain), end, fault: "", faultAt: -1 };
};

/** Every line ending as CRLF. */
export const naiveCrlf = (content: string): string => content.replace(ANY_ENDING, "\r\n");

/** The whole encoding, or the code of the error; `added` says whether the last line lacked its ending. */
export const naiveEncode = (
  content: string,
  policy: LineEndingPolicy,
): { octets: string; error: string; added: boolean } => {
  const violation = policy === "strict" ? /\r(?!\n)|(?<!\r)\n/.exec(content) : null;
  if (violation !== null) return { octets: "", error: violation[0] === "\n" ? "bare-lf" : "bare-cr", added: false };
  const lines = naiveCrlf(content);
  const added = lines !== "" && !lines.endsWith("\r\n");
  const stuffed = `\r\n${lines}${added ? "\r\n" : ""}`.replace(CRLF_DOT, "\r\n..").slice(2);
  return { octets: `${stuffed}.\r\n`, error: "", added };
};

/** Octets of a string of characters below 256. */
export const octetsOf = (text: string): Uint8Array => {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) octets[at] = text.charCodeAt(at);
  return octets;
};

/** The string of octets. */
export const textOf = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");

/** Takes away the memory of what a decoder gave away, as a host may. */
const letGo = ({ buffer, length }: Uint8Array, piece: Uint8Array): void => {
  if (buffer === piece.buffer || buffer.byteLength !== length || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
};

/** Feeds pieces to a decoder as a machine does, and holds it to what `Decoder` promises. */
export const read = (decoder: Decoder<Uint8Array>, pieces: readonly Uint8Array[]): Seen => {
  const seen: Seen = { content: "", end: -1, fault: "", faultAt: -1 };
  let before = 0;
  for (const piece of pieces) {
    let i = 0;
    while (i < piece.length) {
      const next = decoder.step(piece, i, piece.length);
      if (next < i || next > piece.length) throw new Error(`index ${next} out of range`);
      if (next === i && decoder.out === undefined && !decoder.done) throw new Error("a step without progress");
      if (decoder.fault !== undefined) {
        if (decoder.out !== undefined) throw new Error("content after a fault");
        if (seen.fault === "") {
          seen.fault = decoder.fault.code;
          seen.faultAt = before + next - 1;
        }
      } else if (decoder.out !== undefined) {
        if (decoder.out.length === 0) throw new Error("empty content was yielded");
        seen.content += textOf(decoder.out);
        if (decoder.gives === true) letGo(decoder.out, piece);
      }
      i = next;
      if (decoder.done) {
        seen.end = before + i;
        return seen;
      }
    }
    before += piece.length;
  }
  return seen;
};

/** Whether a decoder reads `pieces` as `wanted`; as `read`, but quick enough for millions of words. */
export const agrees = (decoder: Decoder<Uint8Array>, pieces: readonly Uint8Array[], wanted: Seen): boolean => {
  let octets = 0;
  let before = 0;
  let end = -1;
  let faultAt = -1;
  for (const piece of pieces) {
    let i = 0;
    while (i < piece.length && end < 0) {
      const next = decoder.step(piece, i, piece.length);
      const { out } = decoder;
      if (out !== undefined) {
        if (decoder.fault !== undefined || out.length === 0) return false;
        for (let k = 0; k < out.length; k += 1) if (out[k] !== wanted.content.charCodeAt(octets + k)) return false;
        octets += out.length;
      } else if (next === i && !decoder.done) return false;
      if (decoder.fault !== undefined && faultAt < 0) faultAt = before + next - 1;
      i = next;
      if (decoder.done) end = before + i;
    }
    before += piece.length;
  }
  return (
    octets === wanted.content.length &&
    end === wanted.end &&
    faultAt === wanted.faultAt &&
    (decoder.fault?.code ?? "") === wanted.fault
  );
};

/** The code of an error of ours; anything else is thrown on. */
const codeOf = (error: unknown): string => {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (typeof code !== "string") throw error;
  return code;
};

/** Writes pieces and the end; the code where an error was thrown. */
export const written = (
  encoder: Encoder<Uint8Array>,
  pieces: readonly Uint8Array[],
): { octets: string; error: string } => {
  let octets = "";
  try {
    for (const piece of pieces) octets += textOf(encoder.write(piece));
    return { octets: octets + textOf(encoder.end()), error: "" };
  } catch (error) {
    return { octets: "", error: codeOf(error) };
  }
};

const isAt = (octets: Uint8Array, wanted: string, at: number): boolean => {
  for (let k = 0; k < octets.length; k += 1) if (octets[k] !== wanted.charCodeAt(at + k)) return false;
  return true;
};

/** Whether an encoder writes `pieces` and the end as `wanted`, or ends in its error; as `written`, but quick. */
export const writes = (
  encoder: Encoder<Uint8Array>,
  pieces: readonly Uint8Array[],
  wanted: { readonly octets: string; readonly error: string },
): boolean => {
  let at = 0;
  try {
    for (const piece of pieces) {
      const octets = encoder.write(piece);
      if (wanted.error === "" && !isAt(octets, wanted.octets, at)) return false;
      at += octets.length;
    }
    const end = encoder.end();
    return wanted.error === "" && isAt(end, wanted.octets, at) && at + end.length === wanted.octets.length;
  } catch (error) {
    return codeOf(error) === wanted.error;
  }
};

/** Whether two readings are the same. */
export const same = (a: Seen, b: Seen): boolean =>
  a.content === b.content && a.end === b.end && a.fault === b.fault && a.faultAt === b.faultAt;

/** Two characters that stand before a place. */
const before = (place: LinePlace): string => (place === 2 ? "\r\n" : place === 1 ? "x\r" : "xx");

/** The port by the words of its description, over strings. */
export const naiveSearch: ContentSearch = {
  find(chunk, from, end, place, dots) {
    const text = before(place) + textOf(chunk.subarray(from, end));
    const pattern = dots ? /(?<!\r)\n|(?<=\r)[^\n]|(?<=\n)\./g : /(?<!\r)\n|(?<=\r)[^\n]/g;
    pattern.lastIndex = 2;
    const match = pattern.exec(text);
    return match === null ? end : from + match.index - 2;
  },
  terminator(chunk, from, end, place) {
    const text = before(place) + textOf(chunk.subarray(from, end));
    const at = /\r\n\.(\r\n|\r?$)/.exec(text);
    return at === null ? end : from + at.index;
  },
  unstuff(chunk, from, end, place, normalize) {
    const wrong = normalize ? end : naiveSearch.find(chunk, from, end, place, false);
    const stop = naiveSearch.terminator(chunk, from, wrong, place);
    // A dot right before what is wrong is no terminator's, and goes; before a CR it is left, to be looked at with it.
    const reached = wrong < end && stop === wrong - 1 ? wrong : stop;
    const text = `${before(place)}${textOf(chunk.subarray(from, reached))}`.replace(CRLF_DOT, "\r\n");
    return { octets: octetsOf(normalize ? endingsWhole(text, 2) : text.slice(2)), reached };
  },
  write(piece, place, normalize, dots) {
    const text = before(place) + textOf(piece);
    const lines = normalize ? before(place) + endingsWhole(text, 2) : text;
    return octetsOf((dots ? lines.replace(/(?<=\n)\./g, "..") : lines).slice(2));
  },
  survey(piece, afterCr, survey) {
    const text = textOf(piece);
    survey.nul ||= text.includes("\0");
    survey.eightBit ||= /[\x80-\xff]/.test(text);
    survey.bareCr ||= /\r[^\n]/.test(text) || (afterCr && !text.startsWith("\n"));
    survey.bareLf ||= /(?<!\r)\n/.test((afterCr ? "\r" : "x") + text);
    const lines = ("x".repeat(survey.column) + text).split(/[\r\n]/);
    survey.longest = Math.max(survey.longest, ...lines.slice(0, -1).map((line) => line.length));
    survey.column = lines.at(-1)?.length ?? 0;
  },
};

/** Bare endings as CRLF in `text` from `start` on, where what stands before counts; a CR at the end stays as it is. */
const endingsWhole = (text: string, start: number): string => {
  let whole = "";
  for (let i = start; i < text.length; i += 1) {
    const [last, octet] = [text[i - 1], text[i]];
    if (last === "\r" && octet !== "\n") whole += "\n";
    if (last !== "\r" && octet === "\n") whole += "\r";
    whole += octet;
  }
  return whole;
};

const simd = (options: SimdSearchOptions): ContentSearch => {
  const search = simdSearch(options);
  if (search === undefined) throw new Error("no WebAssembly SIMD here");
  return search;
};

/** Every engine, each with its thresholds at their least, at their defaults and above all lines. */
export const engines: readonly (readonly [name: string, search: ContentSearch])[] = [
  ["words at once", wordSearch({ singly: 0 })],
  ["words", wordSearch()],
  ["octets before words", wordSearch({ singly: 1_000_000 })],
  ["SIMD at once, in blocks of 16", simd({ atLeast: 0, block: 16 })],
  ["SIMD at once", simd({ atLeast: 0 })],
  ["SIMD", simd({})],
];

const ALPHABET = ".\r\nx\0";

/** Calls `use` with every word over dot, CR, LF, x and NUL, of `least` to `most` letters, but for what begins with a word that it answers with `false`. */
export const everyWord = (least: number, most: number, use: (word: string) => boolean | void): void => {
  const grow = (word: string): void => {
    if (word.length >= least && use(word) === false) return;
    if (word.length < most) for (const letter of ALPHABET) grow(word + letter);
  };
  grow("");
};
