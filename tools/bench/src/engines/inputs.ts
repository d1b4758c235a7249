// What the dot engine is fed: ordinary content, and all that is known to be hard on some engine or other. Each is 1 MiB as
// it is sent, without its terminator, cut into chunks of 64 KiB as they come from a socket.
import { base64, dotted } from "../load/content.ts";

const size = 1_048_576;

/** A piece, repeated. */
const of = (piece: string | Uint8Array) => (): Uint8Array => Buffer.alloc(size - (size % piece.length), piece);

const prose = "He said that it was so. It was not, e.g. in the north; but who would have known? Not I.\r\n";

/** Ordinary content. */
export const ordinary: ReadonlyMap<string, () => Uint8Array> = new Map([
  ["base64", () => base64(size)],
  ["prose", of(prose)],
  ["dotted", () => dotted(size)],
]);

const dottedEvery = (octets: number): (() => Uint8Array) => of(`..${"x".repeat(octets - 4)}\r\n`);

/** Removals at distances that no branch of an engine can foresee. */
function dottedAnyhow(): Uint8Array {
  let lines = "";
  // A linear congruential generator (Numerical Recipes).
  for (let state = 1; lines.length < size;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    lines += `..${"x".repeat(state >>> 27)}\r\n`;
  }
  return Buffer.from(lines);
}

/** Hostile content: short lines, removals at every distance, floods of octets that stop a search. */
export const hostile: ReadonlyMap<string, () => Uint8Array> = new Map([
  ["lines of dots", of("..\r\n")],
  ["lines of a dot and a letter", of("..x\r\n")],
  ["dots within lines", of(`${".".repeat(76)}\r\n`)],
  ["dots alone", of(".")],
  ["empty lines", of("\r\n")],
  ["lines of one letter", of("x\r\n")],
  ["lines of five letters", of("xxxxx\r\n")],
  ["CR alone", of("\r")],
  ["LF alone", of("\n")],
  ["CR and a letter", of("\rx")],
  ["CR CR LF", of("\r\r\n")],
  ["LF CR", of("\n\r")],
  ["NUL", of("\0")],
  ["NUL and a letter", of("\0x")],
  ["tabs", of("\t")],
  ["a tab now and then", of("\txxx")],
  ["vertical tabs and form feeds", of("\v\f")],
  ["octets of 14", of("\u000E")],
  ["8-bit octets", of(Uint8Array.of(0xff, 0x8d, 0x8a))],
  ["almost a terminator", of(`..\r\n.\r`)],
  ["terminators with a space", of(`. \r\n`)],
  ["removals 16 octets apart", dottedEvery(16)],
  ["removals 64 octets apart", dottedEvery(64)],
  ["removals 250 octets apart", dottedEvery(250)],
  ["removals 1000 octets apart", dottedEvery(1000)],
  ["removals 1030 octets apart", dottedEvery(1030)],
  ["removals 1100 octets apart", dottedEvery(1100)],
  ["removals at random distances", dottedAnyhow],
  ["two short lines, one long", of(`..\r\nx\r\n${"x".repeat(1200)}\r\n`)],
]);

/** Cut as it comes from a socket; `end` goes behind it. */
export const chunksOf = (content: Uint8Array, end: string, chunk = 65_536): readonly Buffer[] => {
  const whole = Buffer.concat([content, Buffer.from(end)]);
  return Array.from({ length: Math.ceil(whole.length / chunk) }, (_, n) => whole.subarray(n * chunk, (n + 1) * chunk));
};
