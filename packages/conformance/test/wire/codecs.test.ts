/** xtext, utf-8-addr, base64 and the small codecs: round trips, canonical forms, and what is refused. */
import { ASCII, UTF8 } from "@posthorn/contract";
import type { Codec } from "@posthorn/contract";
import { anyText, printableText, xtext as xtexts } from "@posthorn/testkit";
import {
  bigInteger,
  decodeBase64,
  encodeBase64,
  integer,
  list,
  none,
  optional,
  text,
  token,
  utf8Addr,
  xtext,
} from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { brief, broken, bytes, runs, value, written } from "./support.ts";

test("random text never throws in a decoder, and what is read is written and read the same", () => {
  const codecs: readonly Codec<unknown>[] = [
    xtext,
    utf8Addr,
    none,
    text,
    integer({ max: 1e9 }),
    bigInteger(),
    token(["7BIT", "8BITMIME"]),
    list(token(["NEVER", "a"])),
    optional(xtext),
  ];
  fc.assert(
    fc.property(fc.option(anyText(), { nil: undefined }), fc.constantFrom(ASCII, UTF8), (raw, grammar) => {
      for (const codec of codecs) {
        const read = codec.decode(raw, grammar);
        const again = read.ok ? codec.decode(codec.encode(read.value, grammar), grammar) : read.fault.reply.code;
        expect(again).toEqual(read.ok ? read : 501);
      }
    }),
    runs(1000),
  );
});

describe("xtext (RFC 3461 §4)", () => {
  test("round trip", () => expect(broken(xtext, xtexts(), ASCII)).toBeUndefined());

  test.each([
    ["abc", "abc"],
    ["a+2Bb", "a+b"],
    ["+41", "A"],
    ["a+3Db+20c", "a=b c"],
  ])("%s", (raw, wanted) => {
    expect(value(xtext.decode(raw, ASCII))).toBe(wanted);
  });

  test.each([undefined, "", "a+", "a+4", "a+2b", "a+GG", "a=b", "a b", "a+0D+0A", "a+00", "a+7F", "é", "+ÿ0"])(
    "refuses %j",
    (raw) => {
      expect(brief(xtext.decode(raw, UTF8))).toBe("bad-xtext 501 5.5.4");
    },
  );

  test("refuses to write", () => expect(written(xtext, ["", "a\r\nb", "é", "\0", "\u010d\u010a"], UTF8)).toEqual([]));
});

describe("utf-8-addr (RFC 6533 §3)", () => {
  const values = printableText({ utf8: true, minLength: 1, maxLength: 20 });
  test("round trip in US-ASCII", () => expect(broken(utf8Addr, values, ASCII)).toBeUndefined());
  test("round trip in UTF-8", () => expect(broken(utf8Addr, values, UTF8)).toBeUndefined());

  test("forms", () => {
    expect(utf8Addr.encode("α+b\\c😀", ASCII)).toBe("\\x{3B1}\\x{2B}b\\x{5C}c\\x{1F600}");
    expect(utf8Addr.encode("α+b", UTF8)).toBe("α\\x{2B}b");
    expect(value(utf8Addr.decode("\\x{3B1}@b", UTF8))).toBe("α@b");
  });

  test.each([
    "",
    "α",
    "\\x{3b1}",
    "\\x{41}",
    "\\x{0A}",
    "\\x{D800}",
    "\\x{110000}",
    "\\x{03B1}",
    "\\x{200B}",
    "\\x{}",
    "\\",
    "a+b",
    "a=b",
    "a b",
    "\\x{FFFFFF}",
  ])("refuses %j in US-ASCII", (raw) => {
    expect(brief(utf8Addr.decode(raw, ASCII))).toBe("bad-utf-8-addr 501 5.5.4");
  });

  test("refuses to write", () => expect(written(utf8Addr, ["", "a\nb", "\u200b", "\ud800"], UTF8)).toEqual([]));
});

describe("base64 (RFC 4648 §4)", () => {
  test("round trip, from text and from octets, and the same as the platform's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        const coded = encodeBase64(octets);
        expect(coded).toBe(Buffer.from(octets).toString("base64"));
        expect(decodeBase64(coded)).toEqual(octets);
        expect(decodeBase64(bytes(coded))).toEqual(octets);
      }),
      runs(500),
    );
  });

  test("what is read is canonical", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from("AQgw/+=z9 -_\n")), maxLength: 12 }), (coded) => {
        const octets = decodeBase64(coded);
        expect(octets === undefined ? coded : encodeBase64(octets)).toBe(coded);
      }),
      runs(2000),
    );
  });

  test("the vectors of RFC 4648 §10", () => {
    const vectors = {
      "": "",
      f: "Zg==",
      fo: "Zm8=",
      foo: "Zm9v",
      foob: "Zm9vYg==",
      fooba: "Zm9vYmE=",
      foobar: "Zm9vYmFy",
    };
    for (const [plain, coded] of Object.entries(vectors)) {
      expect(encodeBase64(bytes(plain))).toBe(coded);
      expect(decodeBase64(coded)).toEqual(bytes(plain));
    }
  });

  test.each([
    "A",
    "AA",
    "AAA",
    "AA=",
    "A===",
    "====",
    "AA==AA==",
    "AB==",
    "AAB=",
    " AA=",
    "AA\r\n",
    "AA-_",
    "AAA\u00ff",
    "A=A=",
    "=AAA",
    "Zg==\n",
  ])("refuses %j", (coded) => {
    expect(decodeBase64(coded)).toBeUndefined();
  });
});

describe("small codecs", () => {
  test("none", () => {
    expect(value(none.decode(undefined, ASCII))).toBeNull();
    expect(none.encode(null, ASCII)).toBeUndefined();
    expect(brief(none.decode("x", ASCII))).toBe("bad-argument 501 5.5.4");
    expect(none.decode("", ASCII).ok).toBe(false);
  });

  test("numbers", () => {
    expect(broken(integer({ max: 5000 }), fc.nat(5000), ASCII)).toBeUndefined();
    expect(broken(bigInteger(), fc.bigInt(0n, 10n ** 20n - 1n), ASCII)).toBeUndefined();
    expect(value(bigInteger().decode("18446744073709551616", ASCII))).toBe(2n ** 64n);
    expect(value(integer({ max: 10 }).decode("007", ASCII))).toBe(7);
    for (const raw of [undefined, "", "-1", "+1", "1.0", "1e3", "0x1", " 1", "١", "1".repeat(21), "11"])
      expect(brief(integer({ max: 10 }).decode(raw, ASCII))).toBe("bad-argument 501 5.5.4");
    expect(written(integer({ max: 10 }), [-1, 11, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53], ASCII)).toEqual(
      [],
    );
    expect(written(bigInteger({ max: 10n }), [-1n, 11n], ASCII)).toEqual([]);
    const some = integer({ min: 1, max: 10 });
    expect(broken(some, fc.integer({ min: 1, max: 10 }), ASCII)).toBeUndefined();
    expect(brief(some.decode("0", ASCII))).toBe("bad-argument 501 5.5.4");
    expect(written(some, [0, -1, 11], ASCII)).toEqual([]);
    expect(written(bigInteger({ min: -5n, max: 10n }), [-1n], ASCII)).toEqual([]); // digits have no sign
    expect(written(bigInteger({ digits: 2 }), [100n], ASCII)).toEqual([]);
  });

  test("a closed set", () => {
    const body = token(["7BIT", "8BITMIME"]);
    expect(value(body.decode("8bitMime", ASCII))).toBe("8BITMIME");
    expect(body.encode("7BIT", ASCII)).toBe("7BIT");
    for (const raw of [undefined, "", "__proto__", "8BıTMIME", "constructor", "7BIT "])
      expect(body.decode(raw, UTF8).ok).toBe(false);
    expect(written<string>(token<string>(["7BIT"]), ["7bit", "x\r\n", "__proto__"], ASCII)).toEqual([]);
  });

  test("lists and options", () => {
    const notify = list(token(["SUCCESS", "FAILURE"]));
    expect(
      broken(notify, fc.array(fc.constantFrom("SUCCESS" as const, "FAILURE" as const), { minLength: 1 }), ASCII),
    ).toBeUndefined();
    for (const raw of [undefined, "", "SUCCESS,", ",SUCCESS", "SUCCESS, FAILURE"])
      expect(notify.decode(raw, ASCII).ok).toBe(false);
    expect(written(notify, [[]], ASCII)).toEqual([]);
    expect(written(list(text), [["a,b"]], ASCII)).toEqual([]);
    expect(
      broken(list(text, " "), fc.array(fc.stringMatching(/^[!-~]{1,5}$/), { minLength: 1 }), ASCII),
    ).toBeUndefined();
    expect(broken(optional(text), fc.constantFrom(undefined, "x"), ASCII)).toBeUndefined();
  });

  test("text", () => {
    expect(
      broken(
        text,
        printableText({ minLength: 1 }).filter((given) => !given.endsWith(" ")),
        ASCII,
      ),
    ).toBeUndefined();
    expect(written(text, ["", "a ", "a\r\nb", "é", "\0"], ASCII)).toEqual([]);
    expect(text.encode("é", UTF8)).toBe("é");
  });
});
