/** Parameters of MAIL and RCPT, and lines of the EHLO reply (RFC 5321 §4.1.1.1, §4.1.2; security.md A10, A16). */
import { ASCII, UTF8 } from "@posthorn/contract";
import { anyText, keyword, parameters } from "@posthorn/testkit";
import {
  checkParameters,
  encodeEhloLine,
  encodeParameter,
  isKeyword,
  parseEhloLine,
  splitParameters,
} from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { brief, runs, value } from "./support.ts";

describe("parameters", () => {
  test.each([
    ["ASCII", ASCII],
    ["UTF-8", UTF8],
  ])("round trip, %s", (_, grammar) => {
    fc.assert(
      fc.property(parameters(grammar), (given) => {
        const text = given.map((one) => encodeParameter(one.keyword, one.value, grammar)).join(" ");
        expect(value(splitParameters(given.length === 0 ? undefined : text))).toEqual(given);
        expect(checkParameters(given, grammar)).toBeUndefined();
      }),
      runs(500),
    );
  });

  test("any text gives parameters or a fault of 501, and what is read is written the same but for case", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const read = splitParameters(text);
        const again = read.ok
          ? read.value
              .map((one) => encodeParameter(one.keyword, one.value, UTF8))
              .join(" ")
              .toUpperCase()
          : read.fault.reply.code;
        expect(again).toBe(read.ok ? text.toUpperCase() : 501);
      }),
      runs(1000),
    );
  });

  test.each([
    ["SIZE=1000", [{ keyword: "SIZE", value: "1000" }]],
    [
      "size=1 Body=8BitMime SMTPUTF8",
      [
        { keyword: "SIZE", value: "1" },
        { keyword: "BODY", value: "8BitMime" },
        { keyword: "SMTPUTF8", value: undefined },
      ],
    ],
    ["X-1=a<>:+", [{ keyword: "X-1", value: "a<>:+" }]],
    [
      "constructor=x toString",
      [
        { keyword: "CONSTRUCTOR", value: "x" },
        { keyword: "TOSTRING", value: undefined },
      ],
    ],
  ])("%j", (text, wanted) => {
    expect(value(splitParameters(text))).toEqual(wanted);
  });

  test.each([
    "",
    " ",
    "SIZE=",
    "=1",
    "SIZE=1  BODY=x",
    " SIZE=1",
    "SIZE=1 ",
    "-X=1",
    "__proto__=1",
    "SI_ZE=1",
    "SIZE=a=b",
    "SIZE=a\tb",
    "SIZE=\u200b",
    "ſize=1",
    "SıZE",
  ])("malformed: %j", (text) => {
    expect(brief(splitParameters(text))).toBe("bad-parameter 501 5.5.4");
  });

  test("a keyword stands once, in whatever case", () => {
    expect(brief(splitParameters("SIZE=1 size=2"))).toBe("duplicate-parameter 501 5.5.4");
  });

  test("UTF-8 in a value waits for the grammar", () => {
    const given = value(splitParameters("ORCPT=utf-8;é SMTPUTF8"));
    expect(checkParameters(given, UTF8)).toBeUndefined();
    expect(brief(checkParameters(given, ASCII))).toBe("bad-parameter 501 5.5.4");
  });

  test.each([
    ["SI ZE", "1"],
    ["SIZE\r\n", "1"],
    ["", undefined],
    ["SIZE", ""],
    ["SIZE", "1 RET=FULL"],
    ["SIZE", "a=b"],
    ["SIZE", "1\r\nRSET"],
    ["SIZE", "é"],
  ])("refuses to write %j=%j", (name, given) => {
    expect(() => encodeParameter(name, given, ASCII)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});

describe("EHLO lines", () => {
  test("round trip", () => {
    fc.assert(
      fc.property(
        keyword(),
        fc.option(fc.array(fc.stringMatching(/^[!-~]{1,8}$/), { minLength: 1, maxLength: 4 }), { nil: undefined }),
        (name, words) => {
          const params = words?.join(" ");
          expect(parseEhloLine(encodeEhloLine(name, params))).toEqual({ keyword: name, params });
        },
      ),
      runs(300),
    );
  });

  test.each([
    ["size", { keyword: "SIZE", params: undefined }],
    ["AUTH PLAIN LOGIN ", { keyword: "AUTH", params: "PLAIN LOGIN" }],
    ["SIZE  ", { keyword: "SIZE", params: undefined }],
    ["AUTH=PLAIN LOGIN", { keyword: "AUTH=PLAIN", params: "LOGIN" }],
    ["__proto__", { keyword: "__PROTO__", params: undefined }],
    ["", undefined],
    [" SIZE", undefined],
  ])("%j", (text, wanted) => {
    expect(parseEhloLine(text)).toEqual(wanted);
  });

  test.each([
    ["SIZE 1", undefined],
    ["AUTH=PLAIN", undefined],
    ["SIZE", "1\r\nX"],
    ["SIZE", ""],
    ["SIZE", "1 "],
    ["SIZE", "é"],
  ])("refuses to write %j %j", (name, params) => {
    expect(() => encodeEhloLine(name, params)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });

  test("keywords are ASCII", () => {
    expect(["SIZE", "8BITMIME", "X-A", "a", "1"].every(isKeyword)).toBe(true);
    expect(["", "-A", "A_B", "SıZE", "SIZE\n", "SIZE "].some(isKeyword)).toBe(false);
  });
});
