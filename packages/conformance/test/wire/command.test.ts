/** Command lines, both ways (RFC 5321 §4.1.1; security.md C1, C2). */
import { ASCII, UTF8 } from "@posthorn/contract";
import { anyOctets, commandLine } from "@posthorn/testkit";
import { encodeCommand, splitCommand } from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { brief, bytes, hasControl, latin1, runs } from "./support.ts";

describe("round trip", () => {
  test.each([
    ["ASCII", ASCII],
    ["UTF-8", UTF8],
  ])("%s", (_, grammar) => {
    fc.assert(
      fc.property(commandLine(grammar), ({ verb, argument }) => {
        const octets = encodeCommand(verb, argument, grammar, 2048);
        expect(latin1(octets.slice(-2))).toBe("\r\n");
        expect(splitCommand(octets.subarray(0, -2))).toEqual({ verb, raw: argument, fault: undefined });
      }),
      runs(500),
    );
  });
});

describe("splitCommand", () => {
  test("random octets never throw, and a line without fault gives text without controls", () => {
    fc.assert(
      fc.property(anyOctets(), (line) => {
        const { verb, raw, fault } = splitCommand(line);
        const fine =
          fault === undefined ? verb !== "" && !hasControl(`${verb} ${raw}`) : [500, 501].includes(fault.reply.code);
        expect(fine).toBe(true);
      }),
      runs(1000),
    );
  });

  test.each([
    ["noop", "NOOP", undefined],
    ["MAIL FROM:<a@b>", "MAIL", "FROM:<a@b>"],
    ["MAIL  FROM:<a@b>", "MAIL", " FROM:<a@b>"],
    ["DATA  \t ", "DATA", undefined],
    ["RCPT TO:<a@b>  ", "RCPT", "TO:<a@b>"],
    ["__proto__ x", "__PROTO__", "x"],
    ["VRFY ämter", "VRFY", "ämter"],
    ["NOOP \ufeffx", "NOOP", "\ufeffx"],
  ])("%j", (line, verb, raw) => {
    expect(splitCommand(bytes(line))).toEqual({ verb, raw, fault: undefined });
  });

  test.each([
    ["", "", "bad-verb 500 5.5.2"],
    [" ", "", "bad-verb 500 5.5.2"],
    [" NOOP", "", "bad-verb 500 5.5.2"],
    ["NO\tOP", "", "bad-verb 500 5.5.2"],
    ["maıl x", "", "bad-verb 500 5.5.2"],
    ["NOOP a\u001bb", "NOOP", "control-character 501 5.5.2"],
    ["NOOP a\u007fb", "NOOP", "control-character 501 5.5.2"],
    ["NOOP a\tb", "NOOP", "control-character 501 5.5.2"],
  ])("fault: %j", (line, verb, wanted) => {
    const read = splitCommand(bytes(line));
    expect([read.verb, brief(read.fault), read.raw]).toEqual([verb, wanted, undefined]);
  });

  test("octets that are not UTF-8 leave the verb", () => {
    for (const tail of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe4]]) {
      const read = splitCommand(Uint8Array.of(...bytes("NOOP "), ...tail));
      expect([read.verb, brief(read.fault)]).toEqual(["NOOP", "invalid-utf8 500 5.5.2"]);
    }
  });
});

describe("encodeCommand", () => {
  test("a line of the limit, and one octet more", () => {
    expect(encodeCommand("NOOP", "x".repeat(505), ASCII)).toHaveLength(512);
    expect(() => encodeCommand("NOOP", "x".repeat(506), ASCII)).toThrow(
      expect.objectContaining({ code: "line-too-long" }),
    );
    expect(() => encodeCommand("NOOP", "é".repeat(253), UTF8)).toThrow(
      expect.objectContaining({ code: "line-too-long" }),
    );
  });

  test.each(["", "NO OP", "NOOP\r\n", "NÖOP", "-X", "NOOP\0"])("refuses the verb %j", (verb) => {
    expect(() => encodeCommand(verb, undefined, ASCII)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });

  test.each(["", "x ", "é"])("refuses the argument %j", (argument) => {
    expect(() => encodeCommand("NOOP", argument, ASCII)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});
