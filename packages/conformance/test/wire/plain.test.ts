/** What is read in a shorter way because it is plain: the longer way says the same, and what is not plain is left to it. */
import { ASCII, UTF8 } from "@posthorn/contract";
import { anyOctets, forwardPath as forwardPaths } from "@posthorn/testkit";
import {
  asciiText,
  asciiUpper,
  cutPath,
  forwardPath,
  LineReader,
  plainLineEnd,
  plainPath,
  type Speller,
  Words,
} from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, latin1, runs, value } from "./support.ts";

describe("plainLineEnd", () => {
  /** The line by the plainest means. */
  const naive = (octets: Uint8Array, from: number, limit: number): number => {
    const found = /^[ -~]*(?=\r\n)/.exec(latin1(octets).slice(from));
    return found === null || found[0].length + 2 > limit ? -1 : from + found[0].length;
  };

  test("agrees with a regular expression on every word of `x CR LF DEL` up to 6 octets, from every octet", () => {
    const wrong: unknown[] = [];
    let words = [""];
    for (let length = 0; length <= 6; length++) {
      for (const word of words) {
        const octets = bytes(word);
        for (let from = 0; from <= length; from++)
          for (const limit of [0, 2, 4, 64])
            if (plainLineEnd(octets, from, limit) !== naive(octets, from, limit)) wrong.push({ word, from, limit });
      }
      words = words.flatMap((word) => ["x", "\r", "\n", "\u007f"].map((next) => word + next));
    }
    expect(wrong).toEqual([]);
  });

  test("what it finds is the line of a reader", () => {
    fc.assert(
      fc.property(anyOctets(), fc.integer({ min: 2, max: 80 }), (octets, limit) => {
        const end = plainLineEnd(octets, 0, limit);
        const reader = new LineReader(limit);
        const at = reader.step(octets, 0, octets.length);
        expect(
          end < 0 || (at === end + 2 && latin1(reader.line ?? bytes("none")) === latin1(octets.subarray(0, end))),
        ).toBe(true);
      }),
      runs(1000),
    );
  });
});

describe("Words", () => {
  const WORDS = ["MAIL", "RCPT", "DATA", "8BITMIME", "X-1", "Z", "AO", "B0"];
  const words = new Words(WORDS);

  test("any word, in any case, within other octets; and nothing else", () => {
    const near = fc.oneof(
      fc.constantFrom(...WORDS, "__PROTO__", "", "M\u0001IL", "\u00cdAIL", "X\r1"),
      fc.stringMatching(/^[ -~]{0,9}$/),
    );
    fc.assert(
      fc.property(near, fc.boolean(), fc.stringMatching(/^[ -~]{0,4}$/), (word, small, around) => {
        const given = small ? word.toLowerCase() : word;
        const wanted = WORDS.indexOf(asciiUpper(given));
        const octets = bytes(around + given + around);
        expect(words.find(octets, around.length, around.length + given.length)).toBe(wanted);
      }),
      runs(2000),
    );
  });

  test("words that share a number are told apart", () => {
    const alike = new Words(["A_", "B@"]); // 65 * 31 + 95 is 66 * 31 + 64
    expect(["a_", "b@", "B`", "A\u007f"].map((text) => alike.find(bytes(text), 0, 2))).toEqual([0, 1, -1, -1]);
  });
});

describe("plainPath", () => {
  /** Of text of one character an octet, all of it. */
  const plainly = (raw: string): ReturnType<typeof plainPath> =>
    plainPath(bytes(raw), "TO:", 0, { text: () => ({ text: raw, from: 0 }) });

  test("what it reads is what the codec of the path reads, under either grammar", () => {
    const texts = fc.oneof(
      forwardPaths({ utf8: false }).map((path) => forwardPath.encode(path, ASCII) ?? ""),
      fc.stringMatching(/^<[a.@"\\[\]:<>-]{0,8}>?$/),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom("", " A=B", ">"), fc.constantFrom(ASCII, UTF8), (text, behind, grammar) => {
        const raw = `TO:${text}${behind}`;
        const plain = plainly(raw);
        const end = plain === undefined ? 3 : 3 + plain.local.length + plain.domain.length + 3;
        const path = raw.slice(3, end);
        const cut = cutPath(raw, "TO:");
        const fine =
          plain === undefined ||
          (JSON.stringify(value(forwardPath.decode(path, grammar))) === JSON.stringify(plain) &&
            (!cut.ok || cut.value.path === path));
        expect(fine).toBe(true);
        const among = `RCPT ${raw}\r\nRCPT TO:<x@y>`;
        const speller: Speller = { text: () => ({ text: among, from: 6 }) };
        expect(plainPath(bytes(`NOOP\r\n${among}`), "TO:", 11, speller)).toEqual(plain);
      }),
      runs(2000),
    );
  });

  test("every US-ASCII path of a Dot-string and a Domain that the codec reads is plain", () => {
    fc.assert(
      fc.property(forwardPaths({ utf8: false }), (path) => {
        const text = forwardPath.encode(path, ASCII) ?? "";
        const simple = /^<[^"@]+@[^[\]@]+>$/.test(text);
        expect(plainly(`TO:${text}`)).toEqual(simple ? path : undefined);
      }),
      runs(1000),
    );
  });

  const label = "b".repeat(63);
  const long = `${"a".repeat(60)}@${label}.${label}.${label}`;
  test.each<[string, boolean]>([
    ["to:<a@b>", true],
    ["TO:<Simple.User+tag@Example.COM>", true],
    [`TO:<${"a".repeat(64)}@b>`, true],
    [`TO:<${"a".repeat(65)}@b>`, false],
    [`TO:<a@${label}>`, true],
    [`TO:<a@${label}b>`, false],
    [`TO:<${long}.b>`, true],
    [`TO:<${long}.bb>`, false],
    ["TO:[a@b>", false],
    ["TO:<a.@b>", false],
    ["TO:<.a@b>", false],
    ["TO:<a..b@b>", false],
    ["TO:<a@b.>", false],
    ["TO:<a@-b>", false],
    ["TO:<a@b->", false],
    ["TO:<@b>", false],
    ["TO:<a@>", false],
    ["TO:<>", false],
    ["TO:<Postmaster>", false],
    ["TO:<@x:a@b>", false],
    ['TO:<"a"@b>', false],
    ["TO:<a@[192.0.2.1]>", false],
    ["TO:<\u00e9@b>", false],
    ["TO:<a@\u00e9>", false],
    ["TO:<a@b", false],
    ["TO: <a@b>", false],
    ["FROM:<a@b>", false],
  ])("%j: %s", (raw, plain) => {
    expect(plainly(raw) !== undefined).toBe(plain);
  });
});

test("a Buffer and a plain array are the same text", () => {
  const octets = bytes("MAIL FROM:<a@b>");
  expect([asciiText(octets, 5, 15), asciiText(Buffer.from(octets), 5, 15)]).toEqual(["FROM:<a@b>", "FROM:<a@b>"]);
});
