/**
 * Octets and how they are cut. Random octets seldom say anything in SMTP, so there is a second kind: words that the
 * protocol has, and the octets that its parsers fear, in any order.
 */
import fc from "fast-check";

/** Where to cut `length` octets: ascending indices, each inside. */
export const splits = (length: number): fc.Arbitrary<readonly number[]> =>
  length < 2
    ? fc.constant([])
    : fc
        .uniqueArray(fc.integer({ min: 1, max: length - 1 }), { maxLength: Math.min(length - 1, 24) })
        .map((cuts) => cuts.sort((a, b) => a - b));

/** The pieces that cuts make, each with a buffer of its own. */
export const pieces = (octets: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] =>
  [0, ...cuts].map((from, at) => octets.slice(from, cuts[at] ?? octets.length));

const DELIMITERS = Array.from(' <>@:,."\\[]=+-{(\r\n\0\t\u001b');
const COMMANDS =
  "MAIL FROM: RCPT TO: DATA EHLO NOOP QUIT <> a b.example IPv6: :: 1.2.3.4 ff SIZE BODY=8BITMIME __proto__ +2B \\x{3B1} AA==".split(
    " ",
  );
const REPLIES = [
  "250",
  "250-",
  "250 ",
  "354",
  "421",
  "5.7.1",
  "2.0.0 ",
  "\r\n",
  "\r\n.\r\n",
  "  ",
  "ÿ",
  "é",
  "\u010d\u010a",
  "\u2028",
  "\u200b",
];
const WORDS: readonly string[] = [...DELIMITERS, ...COMMANDS, ...REPLIES];

/** Octets of the protocol's own words and delimiters, in any order. */
export const smtpOctets = (): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.constantFrom(...WORDS), { maxLength: 24 }).map((words) => new TextEncoder().encode(words.join("")));

/** Any octets: random ones, or the protocol's words. */
export const anyOctets = (): fc.Arbitrary<Uint8Array> => fc.oneof(fc.uint8Array({ maxLength: 64 }), smtpOctets());

/** Any text, of both kinds; lone surrogates and controls included. */
export const anyText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.array(fc.constantFrom(...WORDS, "\ud800", "\udc00"), { maxLength: 16 }).map((words) => words.join("")),
  );
