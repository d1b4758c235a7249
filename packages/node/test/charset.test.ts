/** Charsets: streamed is whole, written is read, and nothing is replaced in silence. */
import { charset, replyText, textToOctets } from "@posthorn/node";
import fc from "fast-check";
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);

const SINGLE = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16].map((part) => `iso-8859-${part}`),
  ...["0", "1", "2", "3", "4", "5", "6", "7", "8"].map((page) => `windows-125${page}`),
  "windows-874",
  "koi8-r",
  "koi8-u",
  "macintosh",
  "cp437",
  "cp850",
  "cp866",
  "us-ascii",
];
const MULTI = ["utf-8", "utf-16le", "utf-16be", "big5", "euc-jp", "shift_jis", "euc-kr", "gb18030", "gbk", "gb2312"];
const ODD = ["utf-7", "utf-16", "utf-32", "utf-32le", "utf-32be", "utf-7-imap"];
const ALL = [...SINGLE, ...MULTI, ...ODD, "iso-2022-jp"];

const known = (label: string): NonNullable<ReturnType<typeof charset>> => {
  const found = charset(label);
  if (found === undefined) throw new Error(`no charset ${label}`);
  return found;
};

/** Text of the charset itself, where iconv-lite can write it, so that characters of many octets are cut too. */
const octetsOf = (label: string): fc.Arbitrary<Uint8Array> => {
  const words = fc.string({ unit: "binary", maxLength: 6 }).map((text) => text + "é漢字ß€𠀀Ж+&-");
  const written = iconv.encodingExists(label)
    ? words.map((text) => new Uint8Array(iconv.encode(text, label)))
    : fc.constantFrom(new Uint8Array(Buffer.from("1b2442242242441b28426161", "hex")));
  return fc.oneof(fc.uint8Array({ maxLength: 24 }), written);
};

/** Octets at which TextDecoder throws if they come one by one. */
test.each([
  ["euc-jp", "8ffe8f"],
  ["iso-2022-jp", "1b2498"],
  ["gb18030", "fe3054"],
  ["gbk", "813000"],
])("%s: what is no character, %s, is replaced however it was cut", (label, hex) => {
  const octets = Uint8Array.from(Buffer.from(hex, "hex"));
  const decoder = known(label).decoder();
  const text = [...octets].map((octet) => decoder.write(Uint8Array.of(octet))).join("") + decoder.end();
  expect(text).toBe(known(label).decode(octets));
  expect(text).toContain("\u{FFFD}");
});

describe.each(ALL)("%s", (label) => {
  test("streamed is whole, at every cut", () => {
    const it = known(label);
    fc.assert(
      fc.property(octetsOf(label), (octets) => {
        const whole = it.decode(octets);
        for (let cut = 0; cut <= octets.length; cut++) {
          const stream = it.decoder();
          const text = stream.write(octets.subarray(0, cut)) + stream.write(octets.subarray(cut)) + stream.end();
          expect(text).toBe(whole);
        }
        const each = it.decoder();
        expect([...octets].map((octet) => each.write(Uint8Array.of(octet))).join("") + each.end()).toBe(whole);
      }),
      { numRuns: 60 * RUNS },
    );
  });

  test("what is written is read again; what is lacking is named", () => {
    const it = known(label);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 12 }), (text) => {
        const encoded = it.encode(text);
        expect(encoded.ok ? it.decode(encoded.value) : text).toBe(text);
        expect(encoded.ok ? label : encoded.reason).toContain(label);
      }),
      { numRuns: 60 * RUNS },
    );
  });

  test("exactly, or not at all", () => {
    const it = known(label);
    fc.assert(
      fc.property(octetsOf(label), (octets) => {
        const exact = it.decodeExactly(octets);
        expect(exact ?? it.decode(octets)).toBe(it.decode(octets));
      }),
      { numRuns: 60 * RUNS },
    );
  });
});

describe("text to octets", () => {
  test.each<[string, string, string]>([
    ["Grüße", "iso-8859-1", "4772fcdf65"],
    ["€", "iso-8859-15", "a4"],
    ["привет", "koi8-r", "d0d2c9d7c5d4"],
    ["日本", "shift_jis", "93fa967b"],
    ["日本", "euc-jp", "c6fccbdc"],
    ["中文", "gb18030", "d6d0cec4"],
    ["é", "utf-8", "c3a9"],
  ])("%s in %s", (text, label, hex) => {
    const encoded = textToOctets(text, label);
    expect(encoded.ok && Buffer.from(encoded.value).toString("hex")).toBe(hex);
  });

  test.each<[string, string, string]>([
    ["a€b", "iso-8859-1", "U+20AC"],
    ["č", "us-ascii", "U+010D"],
    ["\u{d800}", "utf-8", "U+D800"],
    ["a", "iso-2022-jp", "cannot be written"],
    ["a", "klingon", "no charset"],
    ["a", "__proto__", "no charset"],
  ])("%j in %s: %s", (text, label, reason) => {
    expect(textToOctets(text, label)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
  });

  test("U+010D and U+010A are no line ending in any charset of one octet (C2)", () => {
    for (const label of SINGLE) {
      const encoded = textToOctets("\u{10d}\u{10a}", label);
      expect(encoded.ok ? [...encoded.value] : []).not.toEqual(expect.arrayContaining([13]));
    }
  });
});

describe("replies", () => {
  /** As the wire's reader makes it: the octets of the text, status included. */
  const sent = (text: string, label: string): Parameters<typeof replyText>[0] => {
    const octets = Buffer.concat([Buffer.from("5.1.1 "), iconv.encode(text, label)]);
    return { code: 550, status: "5.1.1", lines: ["a guess"], octets: [octets] };
  };

  test("ASCII is itself, UTF-8 is found, others are chosen", () => {
    expect(replyText({ code: 550, status: "5.1.1", lines: ["no such mailbox"] })).toEqual(["no such mailbox"]);
    expect(replyText(sent("Postfach unbekannt: müller", "utf-8"))).toEqual(["Postfach unbekannt: müller"]);
    expect(replyText(sent("Postfach unbekannt: müller", "iso-8859-1"))).toEqual(["Postfach unbekannt: müller"]);
    expect(replyText(sent("нет ящика", "koi8-r"), { charset: "koi8-r" })).toEqual(["нет ящика"]);
    expect(replyText(sent("нет ящика", "koi8-r"), { fallback: "koi8-r" })).toEqual(["нет ящика"]);
    expect(replyText(sent("邮箱不存在", "gb18030"), { charset: "gb18030" })).toEqual(["邮箱不存在"]);
    expect(replyText(sent("宛先不明", "shift_jis"), { charset: "shift_jis" })).toEqual(["宛先不明"]);
  });

  test("nothing is ever replaced, whatever came and whatever was chosen", () => {
    const above = fc.uint8Array({ min: 128, max: 255, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(above, fc.constantFrom(undefined, ...ALL), (octets, chosen) => {
        const text = replyText({ code: 550, lines: ["?"], octets: [octets] }, { charset: chosen }).join("");
        // U+FFFD itself, in a charset that has it, is no replacement.
        const itself = Buffer.from(octets).toString("hex").includes("efbfbd") || chosen?.startsWith("gb") === true;
        expect(text.includes("\u{FFFD}") && !itself).toBe(false);
        expect(text).not.toBe("");
      }),
      { numRuns: 500 * RUNS },
    );
  });
});
