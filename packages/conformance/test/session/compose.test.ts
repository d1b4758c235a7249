/** Composition: what cannot stand together is refused when it is made, by name, for callers without types too. */
import {
  CompositionError,
  defineExtension,
  type Extension,
  type Extensions,
  ok,
  reply,
  verb,
} from "@posthorn/contract";
import type { Codec, Param, Verb } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import { none, optional, text, token } from "@posthorn/wire";
import { describe, expect, test } from "vitest";
import { codes, Host } from "./server/driver.ts";

const row = <const N extends string>(name: N): Verb<null, never, N> =>
  verb(name, { syntax: name, args: none, from: ["*"], on: { 2: { to: "same" } }, group: "last" });

const plain = (keyword: string, more: object = {}): Extension => {
  const { keyword: word, spec } = defineExtension({ keyword, rfc: 0, capability: none });
  return { keyword: word, spec: { ...spec, ...more } };
};

const words = (adds: number, tokens: readonly string[]): Param<string> => ({
  ...token(tokens),
  tokens,
  unoffered: "omit",
  adds,
});
const free = (adds: number): Param<string> => ({ ...text, unoffered: "omit", adds });

/** The extensions by a type that tells the compiler nothing about them. */
const errorOf = (extensions: Extensions): unknown => {
  try {
    compose(extensions);
  } catch (error) {
    return error;
  }
  return undefined;
};

const capability: Codec<string | undefined> = optional(text);

const clashes: readonly (readonly [code: string, extensions: Extensions, named: readonly string[]])[] = [
  ["keyword-clash", [plain("XA"), plain("XB"), plain("XA")], ["XA"]],
  ["bad-keyword", [plain("X A")], ["X A"]],
  ["bad-keyword", [plain("xa")], ["xa"]],
  ["bad-keyword", [plain("__proto__")], ["__proto__"]],
  ["bad-keyword", [plain("XA\r\nXB")], ["5321"]],
  ["bad-capability", [plain("XA", { capability })], ["XA", "null"]],
  ["missing-requirement", [plain("XA", { requires: ["XB"] })], ["XA", "XB"]],
  ["conflict", [plain("XA"), plain("XB", { conflicts: ["XA"] })], ["XA", "XB"]],
  ["verb-clash", [plain("XA", { verbs: [row("XV")] }), plain("XB", { verbs: [row("XV")] })], ["XA", "XB", "XV"]],
  ["verb-clash", [plain("XA", { verbs: [row("NOOP")] })], ["RFC 5321", "XA", "NOOP"]],
  ["bad-verb", [plain("XA", { verbs: [row("X V")] })], ["XA", "X V"]],
  ["bad-verb", [plain("XA", { verbs: [row("xv")] })], ["XA", "xv"]],
  ["bad-verb", [plain("XA", { verbs: [row("XV")], server: { advertise: () => null } })], ["XA", "XV"]],
  ["bad-verb", [plain("XA", { server: { advertise: () => null, admit: { XV: () => undefined } } })], ["XA", "XV"]],
  ["bad-verb", [plain("XA", { server: { advertise: () => null, handle: { XV: () => reply(250) } } })], ["XA", "XV"]],
  ["bad-parameter", [plain("XA", { mail: { "X P": free(9) } })], ["XA", "X P"]],
  ["bad-parameter", [plain("XA", { rcpt: { xp: free(9) } })], ["XA", "xp"]],
  [
    "parameter-clash",
    [plain("XA", { mail: { XP: free(9) } }), plain("XB", { mail: { XP: free(9) } })],
    ["XA", "XB", "XP"],
  ],
  [
    "parameter-clash",
    [plain("XA", { mail: { XP: words(9, ["A", "B"]) } }), plain("XB", { mail: { XP: words(9, ["B", "C"]) } })],
    ["XA", "XB", "XP"],
  ],
  [
    "parameter-clash",
    [plain("XA", { mail: { XP: words(9, ["A"]) } }), plain("XB", { mail: { XP: free(9) } })],
    ["XA", "XB", "XP"],
  ],
];

test.each(clashes)("%s, naming both sides: %#", (code, extensions, named) => {
  const error = errorOf(extensions);
  expect(error).toBeInstanceOf(CompositionError);
  expect(error).toMatchObject({ code });
  for (const name of named) expect(String(error)).toContain(name);
});

test("what can stand together does, in the order of the tuple", () => {
  const xa = plain("XA", { requires: ["XB"], mail: { XP: words(9, ["A"]) }, rcpt: { XP: free(9) } });
  const xb = plain("XB", { conflicts: ["XC"], mail: { XP: words(9, ["B"]) }, verbs: [row("XV")] });
  const composition = compose<Extensions>([xa, xb]);
  expect(composition.specs.map(({ keyword }) => keyword)).toEqual(["XA", "XB"]);
  expect(composition.row("XV")).toMatchObject({ owner: 1 });
  expect(composition.row("MAIL")).toMatchObject({ owner: -1 });
  expect(composition.row("constructor")).toBeUndefined();
});

test("a value in nobody's set of a shared parameter is a bad argument, not an unknown parameter", () => {
  const server = { advertise: () => null };
  const xa = plain("XA", { mail: { XP: words(9, ["A"]) }, server });
  const xb = plain("XB", { mail: { XP: words(9, ["B"]) }, server });
  const host = new Host(compose<Extensions>([xa, xb]));
  host.say("EHLO x\r\n");
  expect(codes(host.say("MAIL FROM:<a@b> XP=C\r\nMAIL FROM:<a@b> XQ=C\r\nMAIL FROM:<a@b> XP=b\r\n"))).toEqual([
    501, 555, 250,
  ]);
});

describe("the longest command line (RFC 5321 §4.5.3.1.4, RFC 1869 §4.1.2)", () => {
  const lineOf = (...extensions: readonly Extension[]): number => compose<Extensions>(extensions).line;

  test("is 2048, or 512 and what the parameters of one verb add, whichever is more", () => {
    expect(lineOf()).toBe(2048);
    expect(lineOf(plain("XA", { mail: { XP: free(1536) } }))).toBe(2048);
    expect(lineOf(plain("XA", { mail: { XP: free(1537) } }))).toBe(2049);
    expect(lineOf(plain("XA", { mail: { XP: free(1537) }, rcpt: { XQ: free(1600) } }))).toBe(2112);
    expect(lineOf(plain("XA", { mail: { XP: free(1000), XQ: free(1000) } }))).toBe(2512);
  });

  test("counts a parameter that several share once, by the longest", () => {
    const xa = plain("XA", { mail: { XP: words(2000, ["A"]) } });
    const xb = plain("XB", { mail: { XP: words(3000, ["B"]) } });
    expect(lineOf(xa, xb)).toBe(3512);
  });

  test("holds to the octet, CRLF among them", () => {
    const long = plain("XA", {
      mail: { XP: { ...text, decode: () => ok("x"), unoffered: "omit", adds: 1600 } },
      server: { advertise: () => null },
    });
    const host = new Host(compose<Extensions>([long]));
    host.say("EHLO x\r\n");
    const mail = (octets: number): string => {
      const start = "MAIL FROM:<a@b> XP=";
      return `${start}${"x".repeat(octets - start.length - 2)}\r\n`;
    };
    expect(codes(host.say(`${mail(2113)}${mail(2112)}`))).toEqual([500, 250]);
  });
});
