/** Paths (RFC 5321 §4.1.2; RFC 6531 §3.3; security.md A14, A15, A18), and round trips of domains, literals, EHLO's argument. */
import { ASCII, UTF8 } from "@posthorn/contract";
import type { Codec } from "@posthorn/contract";
import {
  addressLiteral as literals,
  anyText,
  domain as domains,
  forwardPath as forwardPaths,
  heloArgument as heloArguments,
  mailbox as mailboxes,
  reversePath as reversePaths,
} from "@posthorn/testkit";
import {
  addressLiteral,
  cutPath,
  domain,
  formatMailbox,
  forwardPath,
  heloArgument,
  mailbox,
  parseMailbox,
  POSTMASTER,
  reversePath,
} from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { brief, broken, runs, value } from "./support.ts";

describe("round trip", () => {
  describe.each([
    ["ASCII", ASCII],
    ["UTF-8", UTF8],
  ])("%s", (_, grammar) => {
    test("reverse-path", () => expect(broken(reversePath, reversePaths(grammar), grammar)).toBeUndefined());
    test("forward-path", () => expect(broken(forwardPath, forwardPaths(grammar), grammar)).toBeUndefined());
    test("mailbox", () => expect(broken(mailbox, mailboxes(grammar), grammar)).toBeUndefined());
    test("domain", () => expect(broken(domain, domains(grammar), grammar)).toBeUndefined());
  });
  test("address literal", () => expect(broken(addressLiteral, literals(), ASCII)).toBeUndefined());
  test("EHLO's argument", () => expect(broken(heloArgument, heloArguments(), ASCII)).toBeUndefined());

  test("a path is cut out of its line, whatever parameters follow", () => {
    fc.assert(
      fc.property(
        forwardPaths({ utf8: true }),
        fc.constantFrom(undefined, "", "NOTIFY=NEVER", "A=> B"),
        (given, params) => {
          const path = forwardPath.encode(given, UTF8) ?? "";
          const line = params === undefined ? `To:${path}` : `TO:${path} ${params}`;
          expect(value(cutPath(line, "TO:"))).toEqual({ path, params });
        },
      ),
      runs(500),
    );
  });

  test("encode(decode(s)) is canonical, for any text that is read", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText(),
          anyText().map((text) => `<${text}>`),
          anyText().map((text) => `<"${text}"@b>`),
        ),
        fc.constantFrom(ASCII, UTF8),
        (text, grammar) => {
          for (const codec of [
            reversePath,
            forwardPath,
            mailbox,
            domain,
            addressLiteral,
            heloArgument,
          ] as readonly Codec<unknown>[]) {
            const read = codec.decode(text, grammar);
            if (!read.ok || JSON.stringify(read.value).includes("opaque")) continue;
            const canonical = codec.encode(read.value, grammar);
            expect(codec.decode(canonical, grammar)).toEqual(read);
          }
        },
      ),
      runs(1000),
    );
  });
});

describe("forward-path", () => {
  test.each([
    ["<a@b>", "a", "b"],
    ["<Simple.User+tag@Example.COM>", "Simple.User+tag", "Example.COM"],
    ["<!#$%&'*+-/=?^_`{|}~@b>", "!#$%&'*+-/=?^_`{|}~", "b"],
    ['<"a"@b>', "a", "b"],
    ['<"a b"@c.d>', "a b", "c.d"],
    ['<"a\\"b\\\\c"@d>', 'a"b\\c', "d"],
    ['<"\\a"@b>', "a", "b"],
    ['<""@b>', "", "b"],
    ['<"u@other"@local>', "u@other", "local"],
    ['<"xclow3n@gmail.com x"@internal.domain>', "xclow3n@gmail.com x", "internal.domain"],
    ['<"a>b"@c>', "a>b", "c"],
    ["<@a,@b.example:user@c>", "user", "c"],
    ["<@local:u@other>", "u", "other"],
    ["<u%other@local>", "u%other", "local"],
    ["<other!u@local>", "other!u", "local"],
    ["<u@1.2.3.4>", "u", "1.2.3.4"],
    ["<u@[127.0.0.1]>", "u", "[127.0.0.1]"],
    ["<u@[IPv6:2001:db8::1]>", "u", "[IPv6:2001:db8::1]"],
    ["<u@[ipv6:::ffff:192.0.2.1]>", "u", "[ipv6:::ffff:192.0.2.1]"],
    ["<u@[x-tag:any>thing@all]>", "u", "[x-tag:any>thing@all]"],
    ["<Postmaster>", "Postmaster", ""],
    ["<pOSTMASTER>", "Postmaster", ""],
    ["<__proto__@constructor>", "__proto__", "constructor"],
  ])("%s", (text, local, name) => {
    expect(value(forwardPath.decode(text, ASCII))).toEqual({ local, domain: name });
  });

  test.each([
    "",
    "a@b",
    "<a@b",
    "a@b>",
    "<>",
    "<@>",
    "<a>",
    "<a@>",
    "<@b>",
    "<a@b>>",
    "<<a@b>>",
    "<a b@c>",
    "<a@b c>",
    "< a@b>",
    "<a@b >",
    "<a@@b>",
    "<u@other@local>",
    "<.a@b>",
    "<a.@b>",
    "<a..b@c>",
    "<a@.b>",
    "<a@b.>",
    "<a@b..c>",
    "<a@-b>",
    "<a@b->",
    "<a@b_c>",
    "<a@b.c->",
    "<other!u>",
    '<"a@b>',
    '<"a"b@c>',
    '<a"b"@c>',
    '<"a"@>',
    '<"a\\"@b>',
    "<a,b@c>",
    "<(a)b@c>",
    "<@a:>",
    "<@a>",
    "<@a,:u@b>",
    "<@a,b:u@c>",
    "<@a.:u@b>",
    "<@[1.2.3.4]:u@b>",
    "<a@[>",
    "<a@[]>",
    "<a@[1.2.3]>",
    "<a@[1.2.3.256]>",
    "<a@[1.2.3.4>",
    "<a@[1.2.3.4]x>",
    "<a@[x:]>",
    "<a@[:x]>",
    "<a@[-:x]>",
    "<a@[x:a b]>",
    "<a\r\nX: 1@b>",
    "<a\rX-P: 1>",
    "<a\0@b>",
    '<"a\tb"@c>',
    '<"a\nb"@c>',
    `<a@${"x".repeat(64)}>`,
    "<postmaster@>",
  ])("refuses %j", (text) => {
    expect(brief(forwardPath.decode(text, ASCII))).toBe("bad-path 501 5.1.3");
  });

  test("lengths of RFC 5321 §4.5.3.1", () => {
    const label = "x".repeat(61);
    const long = [label, label, label].join(".");
    expect(forwardPath.decode(`<${"a".repeat(64)}@${long}>`, ASCII).ok).toBe(true);
    expect(brief(forwardPath.decode(`<${"a".repeat(65)}@b>`, ASCII))).toBe("local-part-too-long 501 5.1.3");
    expect(brief(forwardPath.decode(`<"${"a".repeat(63)}"@b>`, ASCII))).toBe("local-part-too-long 501 5.1.3");
    expect(forwardPath.decode(`<${"a".repeat(64)}@${long}.xx>`, ASCII).ok).toBe(true);
    expect(brief(forwardPath.decode(`<${"a".repeat(64)}@${long}.xxxx>`, ASCII))).toBe("path-too-long 501 5.1.3");
    expect(brief(forwardPath.decode(`<a@${"x.".repeat(130)}x>`, ASCII))).toBe("domain-too-long 501 5.1.3");
    expect(brief(forwardPath.decode(`<@${long}:${"a".repeat(64)}@b.example>`, ASCII))).toBe("path-too-long 501 5.1.3");
    expect(brief(forwardPath.decode(`<${"é".repeat(33)}@b>`, UTF8))).toBe("local-part-too-long 501 5.1.3");
    expect(() => parseMailbox(`${"a".repeat(65)}@b`)).toThrow(expect.objectContaining({ code: "local-part-too-long" }));
  });
});

describe("reverse-path", () => {
  test("null, and faults of its own status", () => {
    expect(value(reversePath.decode("<>", ASCII))).toBeNull();
    expect(reversePath.encode(null, ASCII)).toBe("<>");
    expect(brief(reversePath.decode("<Postmaster>", ASCII))).toBe("bad-path 501 5.1.7");
    expect(brief(reversePath.decode(undefined, ASCII))).toBe("bad-path 501 5.1.7");
    expect(() => reversePath.encode(POSTMASTER, ASCII)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});

describe("UTF-8 (A18)", () => {
  test.each(["<é@b>", "<a@bücher.example>", '<"é x"@b>', "<用户@例え.測試>"])("%s only under its grammar", (text) => {
    expect(brief(forwardPath.decode(text, ASCII))).toBe("non-ascii-path 553 5.6.7");
    expect(forwardPath.decode(text, UTF8).ok).toBe(true);
    expect(() => forwardPath.encode(value(forwardPath.decode(text, UTF8)), ASCII)).toThrow(
      expect.objectContaining({ code: "unencodable" }),
    );
  });

  test("invisible and directional characters, C1 controls, lone surrogates, escaped non-ASCII are refused everywhere", () => {
    for (const character of [
      "\u200b",
      "\u2060",
      "\ufeff",
      "\u0080",
      "\u009f",
      "\u202e",
      "\u2066",
      "\u200f",
      "\u061c",
      "\u2028",
      "\ud800",
    ]) {
      for (const text of [`<a${character}@b>`, `<"a${character}"@b>`, `<a@b${character}c>`])
        expect(brief(forwardPath.decode(text, UTF8))).toBe("bad-path 501 5.1.3");
      expect(() => mailbox.encode({ local: `a${character}`, domain: "b" }, UTF8)).toThrow(
        expect.objectContaining({ code: "unencodable" }),
      );
    }
    expect(brief(forwardPath.decode('<"\\é"@b>', UTF8))).toBe("bad-path 501 5.1.3");
  });
});

test("a path has 256 octets with its brackets, a source route among them (RFC 5321 §4.5.3.1.3)", () => {
  const label = "d".repeat(60);
  const start = `<@${label},@${label},@${"e".repeat(10)}:a@${label}.`;
  const routed = (octets: number): string => `${start}${"d".repeat(octets - start.length - 1)}>`;
  expect(forwardPath.decode(routed(256), ASCII)).toMatchObject({ ok: true });
  expect(brief(forwardPath.decode(routed(257), ASCII))).toBe("path-too-long 501 5.1.3");
});

describe("cutPath", () => {
  test.each([
    [undefined, "bad-argument 501 5.5.4"],
    ["", "bad-argument 501 5.5.4"],
    ["TO:<a@b>", "bad-argument 501 5.5.4"],
    ["FROM <a@b>", "bad-argument 501 5.5.4"],
    ["FROM: <a@b>", "bad-path 501 5.1.7"],
    ["FROM:a@b", "bad-path 501 5.1.7"],
    ["FROM:<a@b", "bad-path 501 5.1.7"],
    ['FROM:<"a>', "bad-path 501 5.1.7"],
    ["FROM:<a@b>SIZE=1", "bad-argument 501 5.5.4"],
  ])("refuses %j", (raw, wanted) => {
    expect(brief(cutPath(raw, "FROM:"))).toBe(wanted);
  });
});

test("formatMailbox is for people", () => {
  expect([formatMailbox(null), formatMailbox(POSTMASTER), formatMailbox(parseMailbox('"a b"@c'))]).toEqual([
    "",
    "Postmaster",
    '"a b"@c',
  ]);
});
