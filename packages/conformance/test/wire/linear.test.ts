/** Time (security.md A10, A15): worst cases cost about as much for an octet as short ones, however long they are. */
import { ASCII, UTF8 } from "@posthorn/contract";
import type { Codec } from "@posthorn/contract";
import {
  addressLiteral,
  cutPath,
  decodeBase64,
  domain,
  escape,
  forwardPath,
  heloArgument,
  list,
  mailbox,
  parseEhloLine,
  replyText,
  ReplyReader,
  reversePath,
  splitCommand,
  splitParameters,
  text,
  utf8Addr,
  xtext,
} from "@posthorn/wire";
import { expect, test } from "vitest";
import { bytes } from "./support.ts";

const SIZE = 65_536;
const UNITS = [
  "a,",
  "(",
  '"',
  "<",
  "\\",
  "@",
  "a.",
  ".",
  "[",
  "]",
  ":",
  "::",
  "@a,",
  '"\\',
  "a@",
  "+2B",
  "+",
  "\\x{3B1}",
  "-",
  "=",
  " ",
  "a ",
  "A=",
  "é",
  "1",
  "%",
  ">",
  "[IPv6:",
];
const FRAMES: readonly ((inside: string) => string)[] = [
  (x) => x,
  (x) => `<${x}>`,
  (x) => `<"${x}"@b>`,
  (x) => `<a@${x}>`,
  (x) => `<@${x}:a@b>`,
  (x) => `<a@[x:${x}]>`,
  (x) => `[${x}]`,
];
const codecs: readonly Codec<unknown>[] = [
  forwardPath,
  reversePath,
  mailbox,
  domain,
  addressLiteral,
  heloArgument,
  xtext,
  utf8Addr,
  text,
  list(text),
];

/** The best of some rounds, in milliseconds: what else the machine was doing does not count. */
const time = (run: () => void): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12 && best > 10; round++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
};

test("64 kB of any delimiter, in any frame, parse or fail within 20 ms", { timeout: 60_000 }, () => {
  for (const unit of UNITS) {
    for (const frame of FRAMES) {
      const given = frame(unit.repeat(Math.ceil(SIZE / unit.length)).slice(0, SIZE));
      for (const [at, codec] of codecs.entries())
        expect(
          time(() => void codec.decode(given, UTF8)),
          `codec ${at}: ${given.slice(0, 20)}`,
        ).toBeLessThan(20);
      const others = {
        cut: () => void cutPath(`TO:${given}`, "TO:"),
        split: () => void splitParameters(given),
        ehlo: () => void parseEhloLine(given),
        escape: () => void escape(given),
        base64: () => void decodeBase64(given),
      };
      for (const [name, run] of Object.entries(others))
        expect(time(run), `${name}: ${given.slice(0, 20)}`).toBeLessThan(20);
      const line = bytes(given);
      expect(
        time(() => void splitCommand(line)),
        `command: ${given.slice(0, 20)}`,
      ).toBeLessThan(20);
      expect(
        time(() => void replyText(given)),
        `reply text: ${given.slice(0, 20)}`,
      ).toBeLessThan(40);
    }
  }
});

test("a million parameters take linear time", { timeout: 60_000 }, () => {
  const make = (count: number): string => Array.from({ length: count }, (_, at) => `P${at}=x`).join(" ");
  const once = (given: string): number => {
    const start = performance.now();
    expect(splitParameters(given).ok).toBe(true);
    return performance.now() - start;
  };
  const [short, long] = [make(100_000), make(1_000_000)];
  once(short);
  expect(once(long)).toBeLessThan(60 * Math.max(10, once(short)));
});

test("one octet a chunk is no dearer than its octets", () => {
  const octets = bytes(`${`250-${"x".repeat(120)}\r\n`.repeat(500)}250 x\r\n`);
  const reader = new ReplyReader();
  const spent = time(() => {
    for (let at = 0; at < octets.length; at++) reader.step(octets, at, at + 1);
  });
  expect(reader.reply?.lines).toHaveLength(501);
  expect(spent).toBeLessThan(200);
});

test("names of Object.prototype are names like any other", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    expect(forwardPath.decode(`<${name}@b>`, ASCII)).toEqual({ ok: true, value: { local: name, domain: "b" } });
    expect(heloArgument.decode(name, ASCII).ok).toBe(true);
    splitParameters(`${name}=x`);
  }
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12);
});
