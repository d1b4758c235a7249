// The small parts that need no server.
import { isUtf8 } from "node:buffer";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodedWords } from "../src/encoded-word.ts";
import { readField } from "../src/header.ts";
import { jsonText } from "../src/json.ts";
import { barText, progressBar } from "../src/progress.ts";
import { serverAddress, serverText } from "../src/server-address.ts";
import { columns, octetsText, printable } from "../src/text.ts";
import { verdictExit } from "../src/verdict-exit.ts";

const runs = { numRuns: 200 * Number(process.env["POSTHORN_RUNS"] ?? 1) };

/** RFC 2047, read naively. */
const decodedWords = (text: string): string =>
  text
    .replaceAll(/\?=\r\n =\?/g, "?==?")
    .replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, base64: string) => Buffer.from(base64, "base64").toString("utf8"));

describe("encoded words", () => {
  test("say what was meant, in ASCII, in words of 75 characters at most", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        const coded = encodedWords(text);
        expect(coded).toMatch(/^[\r\n\t -~]*$/);
        expect(decodedWords(coded)).toBe(text);
        const longest = Math.max(...coded.split("\r\n ").map((word) => word.length));
        expect(coded === text || longest <= 75).toBe(true);
      }),
      runs,
    );
  });

  test("cut no character in two", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        const words = [...encodedWords(text).matchAll(/\?B\?([^?]*)\?/g)];
        expect(words.every(([, base64 = ""]) => isUtf8(Buffer.from(base64, "base64")))).toBe(true);
      }),
      runs,
    );
  });

  test("leave ASCII alone, and what looks like a word not", () => {
    expect(encodedWords("Hello, world")).toBe("Hello, world");
    expect(encodedWords("=?x?=")).not.toBe("=?x?=");
  });
});

describe("server addresses", () => {
  test.each([
    ["mail.example", { host: "mail.example", port: undefined }],
    ["mail.example:2525", { host: "mail.example", port: 2525 }],
    ["192.0.2.1:25", { host: "192.0.2.1", port: 25 }],
    ["[::1]:25", { host: "::1", port: 25 }],
    ["[::1]", { host: "::1", port: undefined }],
    ["2001:db8::1", { host: "2001:db8::1", port: undefined }],
    ["/run/lmtp", { path: "/run/lmtp" }],
    ["unix:run/lmtp", { path: "run/lmtp" }],
  ])("%s", (text, address) => {
    expect(serverAddress(text)).toEqual(address);
  });

  test("are written as they are read", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
        fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        (host, port) => {
          expect(serverAddress(serverText({ host, port }))).toEqual({ host, port });
        },
      ),
      runs,
    );
  });
});

test("header fields: a name, a value of one line", () => {
  expect(readField("X-A: b: c")).toEqual({ name: "X-A", value: "b: c" });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.constantFrom("\r", "\n", "\0"), fc.string(), (head, bad, tail) => {
      expect(() => readField(`X: ${head}${bad}${tail}`)).toThrow("one line");
    }),
    runs,
  );
});

test("JSON is ASCII and says the same", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
      const given = { value, text };
      expect(jsonText(given)).toMatch(/^[ -~]*$/);
      expect(JSON.parse(jsonText(given))).toEqual(JSON.parse(JSON.stringify(given)));
    }),
    runs,
  );
});

test("what is printed is printable", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(printable(text)).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/);
    }),
    runs,
  );
  expect(printable("C:\\x\u001b[0m")).toBe("C:\\x\\x1b[0m");
});

test("columns and bars", () => {
  expect(
    columns([
      ["a", "bc", "d"],
      ["aa", "b", ""],
    ]),
  ).toEqual(["a   bc  d", "aa  b"]);
  expect(octetsText(1)).toBe("1 octet");
  expect(octetsText(20_971_520)).toBe("20.0 MiB");
  expect(barText(5_242_880, 20_971_520, 1000)).toBe(
    `${"█".repeat(8)}${"░".repeat(22)}   25 %  5.0 MiB of 20.0 MiB  5.0 MiB/s`,
  );
  expect(barText(2, 1, 0)).toContain("100 %");
});

test.each<[number | undefined, RegExp]>([
  [undefined, /^█{30}  100 %  .*MiB\/s$/],
  [0, /^█{30}  100 %  .*MiB\/s$/],
  [40, /^█{30}  100 % {2}$/],
])("a bar on a terminal %s wide is one line of it", (columns, line) => {
  const plain = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: true }, columns === undefined ? {} : { columns });
  const { signal } = new AbortController();
  const bar = progressBar(20_971_520, false, { stdin: plain, stdout: plain, stderr, env: {}, signal });
  bar?.update(20_971_520);
  bar?.end();
  expect(stripVTControlCharacters(String(stderr.read())).replaceAll("\r", "")).toMatch(line);
});

test("75 promises that nobody has it and nobody refused it for good", () => {
  const accepted = { kind: "accepted", retry: false, dropRecipient: false } as const;
  const refused = { kind: "refused", retry: false, dropRecipient: true } as const;
  const deferred = { kind: "refused", retry: true, dropRecipient: false } as const;
  const plannedOut = { kind: "planned-out", retry: false, dropRecipient: false } as const;
  const inDoubt = { kind: "in-doubt", retry: true, dropRecipient: false } as const;
  const unsent = { kind: "unsent", retry: true, dropRecipient: false } as const;
  const one = fc.constantFrom(accepted, refused, deferred, plannedOut, inDoubt, unsent);
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), (all) => {
      const verdicts = all.map((verdict) => ({
        recipient: "bob@b.example",
        nextHost: false,
        reason: "",
        reply: { code: 250, lines: [] },
        verb: "RCPT",
        ...verdict,
      }));
      const exit = verdictExit({ verdicts, failure: undefined });
      const has = (...kinds: readonly object[]): boolean => all.some((verdict) => kinds.includes(verdict));
      expect(exit === 0).toBe(!has(refused, deferred, plannedOut, inDoubt, unsent));
      expect(exit === 75 && has(accepted, refused, plannedOut, inDoubt)).toBe(false);
      expect(exit !== 69 && has(refused)).toBe(false);
      expect(exit === 65 && has(accepted, refused, deferred, inDoubt, unsent)).toBe(false);
    }),
    runs,
  );
});
