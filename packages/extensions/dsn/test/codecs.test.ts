/** The parameters of DSN (RFC 3461 §4): round trips, canonical text, and what no grammar has. */
import { ASCII, LocalProtocolError, UTF8 } from "@posthorn/contract";
import type { Codec, Grammar } from "@posthorn/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { envid, notify, orcpt, ret } from "../src/codecs.ts";
import type { Notify } from "../src/codecs.ts";

const numRuns = 500 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const printable = fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code));
const ascii = (maxLength: number) => fc.string({ unit: printable, minLength: 1, maxLength });
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(..."+ = ; , \\ x { } \r \n \0 A a 0 é 用 S U C E N V R".split(" "), " ") }),
);

const roundTrip = <T>(codec: Codec<T>, value: T, grammar: Grammar = ASCII): void => {
  expect(codec.decode(codec.encode(value, grammar), grammar)).toEqual({ ok: true, value });
};

/** Whatever is read, its encoding is canonical and no longer; whatever is not is 501 5.5.4. */
const isLawful = <T>(codec: Codec<T>, raw: string | undefined, grammar: Grammar): boolean => {
  const read = codec.decode(raw, grammar);
  if (!read.ok) return read.fault.reply.code === 501 && read.fault.reply.status === "5.5.4";
  const text = codec.encode(read.value, grammar) ?? "";
  const again = codec.decode(text, grammar);
  return text.length <= (raw ?? "").length && again.ok && codec.encode(again.value, grammar) === text;
};

const refused = (codec: Codec<unknown>, raw: string | undefined, grammar: Grammar = ASCII): void => {
  const read = codec.decode(raw, grammar);
  expect(read.ok ? [raw, read.value] : read.fault.reply).toMatchObject({ code: 501, status: "5.5.4" });
};

test("whatever is read has a canonical text; nothing throws", () => {
  fc.assert(
    fc.property(fc.option(hostile, { nil: undefined }), fc.boolean(), (raw, utf8) => {
      for (const codec of [ret, envid, notify, orcpt]) expect(isLawful<unknown>(codec, raw, { utf8 })).toBe(true);
      for (const type of ["rfc822;", "utf-8;"]) expect(isLawful(orcpt, type + (raw ?? ""), { utf8 })).toBe(true);
    }),
    { numRuns: 4 * numRuns },
  );
});

describe("ENVID", () => {
  test("up to 100 printable characters go through xtext and back", () => {
    fc.assert(
      fc.property(ascii(100), (value) => {
        roundTrip(envid, value);
        expect(` ENVID=${envid.encode(value, ASCII)}`.length).toBeLessThanOrEqual(envid.adds);
      }),
      { numRuns },
    );
    expect(envid.encode("+".repeat(100), ASCII)).toBe("+2B".repeat(100));
  });

  test("longer, empty, not xtext, not printable", () => {
    for (const raw of [
      undefined,
      "",
      "x".repeat(101),
      "+2B".repeat(101),
      "a=b",
      "+2b",
      "+4",
      "a b",
      "+0D+0A",
      "+00",
      "é",
    ])
      refused(envid, raw);
    for (const value of ["", "x".repeat(101), "a\r\nRSET", "a\0", "\u010d\u010a", "é"])
      expect(() => envid.encode(value, ASCII)).toThrow(LocalProtocolError);
  });
});

describe("NOTIFY", () => {
  const on = fc.uniqueArray(fc.constantFrom("SUCCESS" as const, "FAILURE" as const, "DELAY" as const), {
    minLength: 1,
  });

  test("NEVER, or conditions in their order", () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant<Notify>(["NEVER"]), on), (value) => {
        roundTrip(notify, value);
        expect(` NOTIFY=${notify.encode(value, ASCII)}`.length).toBeLessThanOrEqual(notify.adds);
      }),
    );
    expect(notify.decode("success,Delay", ASCII)).toEqual({ ok: true, value: ["SUCCESS", "DELAY"] });
  });

  test("a repetition is of the grammar: read once, never written", () => {
    expect(notify.decode("DELAY,success,delay,SUCCESS", ASCII)).toEqual({ ok: true, value: ["DELAY", "SUCCESS"] });
    expect(() => notify.encode(["DELAY", "DELAY"], ASCII)).toThrow(LocalProtocolError);
  });

  test("NEVER beside another, empty items, other words", () => {
    for (const raw of [
      undefined,
      "",
      "NEVER,NEVER",
      "NEVER,DELAY",
      "DELAY,NEVER",
      "DELAY,",
      ",DELAY",
      "ALWAYS",
      "FA\u0131LURE",
    ])
      refused(notify, raw);
    expect(() => notify.encode([], ASCII)).toThrow(LocalProtocolError);
  });
});

describe("RET", () => {
  test("FULL and HDRS, in any case", () => {
    for (const value of ["FULL", "HDRS"] as const) roundTrip(ret, value);
    expect(ret.decode("hdrs", ASCII)).toEqual({ ok: true, value: "HDRS" });
    for (const raw of [undefined, "", "BODY", "FULL,HDRS"]) refused(ret, raw);
  });
});

describe("ORCPT", () => {
  const type = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,10}$/).filter((name) => name.toLowerCase() !== "utf-8");
  const wide = fc.string({ unit: fc.oneof(printable, fc.constantFrom("é", "用", "😀")), minLength: 1, maxLength: 40 });

  test("any type carries printable US-ASCII, as xtext", () => {
    fc.assert(
      fc.property(type, ascii(160), (name, address) => {
        roundTrip(orcpt, { type: name, address });
        expect(` ORCPT=${orcpt.encode({ type: name, address }, ASCII)}`.length).toBeLessThanOrEqual(orcpt.adds);
      }),
      { numRuns },
    );
    expect(orcpt.decode("rfc822;Bob+2Bx@Example.COM", ASCII)).toEqual({
      ok: true,
      value: { type: "rfc822", address: "Bob+x@Example.COM" },
    });
  });

  test("type utf-8 carries Unicode in either grammar (RFC 6533 §3)", () => {
    fc.assert(
      fc.property(fc.constantFrom("utf-8", "UTF-8"), wide, fc.boolean(), (name, address, utf8) => {
        roundTrip(orcpt, { type: name, address }, { utf8 });
      }),
      { numRuns },
    );
    expect(orcpt.encode({ type: "utf-8", address: "用@例.test" }, ASCII)).toBe("utf-8;\\x{7528}@\\x{4F8B}.test");
    expect(orcpt.encode({ type: "utf-8", address: "用@例.test" }, UTF8)).toBe("utf-8;用@例.test");
  });

  test("500 octets are taken, 501 are not", () => {
    const value = { type: "rfc822", address: "x".repeat(493) };
    roundTrip(orcpt, value);
    refused(orcpt, `rfc822;${"x".repeat(494)}`);
    refused(orcpt, `utf-8;${"用".repeat(165)}`, UTF8);
    expect(() => orcpt.encode({ type: "rfc822", address: "x".repeat(494) }, ASCII)).toThrow(LocalProtocolError);
  });

  test("octets of UTF-8 in xtext, as Postfix writes them, are read and written so", () => {
    for (const [raw, address] of [
      ["j+C3+B6rg@b+C3+BCcher.example", "jörg@bücher.example"],
      ["+D1+8E@x.example", "ю@x.example"],
      ["+F0+9F+93+AF+2B@x.example", "📯+@x.example"],
    ] as const)
      for (const grammar of [ASCII, UTF8]) {
        expect(orcpt.decode(`rfc822;${raw}`, grammar)).toEqual({ ok: true, value: { type: "rfc822", address } });
        expect(orcpt.encode({ type: "rfc822", address }, grammar)).toBe(`rfc822;${raw}`);
      }
  });

  test("no type, no address, no xtext, UTF-8 where the grammar has none", () => {
    for (const raw of [
      undefined,
      "",
      "a@b",
      ";a@b",
      "rfc822;",
      "rfc 822;a",
      "r=c;a",
      "rfc822;a=b",
      "rfc822;a+0Ab",
      "rfc822;é",
      "utf-8;用",
    ])
      refused(orcpt, raw);
    refused(orcpt, "rfc822;用", UTF8);
    for (const raw of ["rfc822;+C3", "rfc822;+FF+FE", "rfc822;+C2+85", "rfc822;+ED+A0+80"]) refused(orcpt, raw);
    for (const address of ["a\r\nRSET", "", "\0", "\ud800"])
      expect(() => orcpt.encode({ type: "rfc822", address }, ASCII)).toThrow(LocalProtocolError);
    for (const name of ["", "a;b", "a b", "a\r\n", "utf\u2028"])
      expect(() => orcpt.encode({ type: name, address: "a" }, ASCII)).toThrow(LocalProtocolError);
  });
});
