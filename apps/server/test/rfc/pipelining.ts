/** Groups: RFC 2920 §3.1, §3.2; order of replies, no input lost, refusals within a group. */
import { describe } from "vitest";
import { exchanger as port } from "./servers/content.ts";
import { EHLO, type Row, closed, raw, table } from "./table.ts";

const lines = (...said: readonly string[]): ReturnType<typeof raw> => raw(said.map((line) => `${line}\r\n`).join(""));
const M = "MAIL FROM:<a@client.example>";
const R = "RCPT TO:<u@example.org>";
const BAD = "RCPT TO:<u@elsewhere.example>";
const plain = Buffer.from("\0tim\0tanstaaftanstaaf").toString("base64");

describe("a group is answered in its order (RFC 2920 §3.2)", () => {
  table(port, [], [["§3.1 EHLO first, then a group", EHLO, [lines(M, R, "DATA"), "250", "250", "354"], [".", "250"]]]);
  table(port, [EHLO], [
    ["§3.2 MAIL RCPT DATA", [lines(M, R, "DATA"), "250", "250", "354"], ["x\r\n.", "250"]],
    ["§3.2 MAIL RCPT RCPT RCPT DATA", [lines(M, R, R, R, "DATA"), "250", "250", "250", "250", "354"], [".", "250"]],
    ["§3.2 one refused recipient", [lines(M, R, BAD, "DATA"), "250", "250", "550", "354"], [".", "250"]],
    ["§3.2 all recipients refused", [lines(M, BAD, BAD, "DATA"), "250", "550", "550", "503|554"], ["RSET", "250"]],
    ["§3.1 MAIL refused", [lines("MAIL FROM:<@>", R, "DATA"), "501", "503", "503"]],
    [
      "§3.2 RSET in a group",
      [lines(M, R, "RSET", M, R, "DATA"), "250", "250", "250", "250", "250", "354"],
      [".", "250"],
    ],
    ["§3.2 RSET before MAIL", [lines("RSET", M, R, "DATA"), "250", "250", "250", "354"], [".", "250"]],
    [
      "§3.1 the end of content and the next group",
      [lines(M, R, "DATA"), "250", "250", "354"],
      [lines("x", ".", M, R, "DATA"), "250", "250", "250", "354"],
      [".", "250"],
    ],
    [
      "§3.2 the end of refused content and the next group",
      [lines(M, R, "DATA"), "250", "250", "354"],
      [raw(`x\ny\r\n.\r\n${M}\r\n${R}\r\nDATA\r\n`), "5", "250", "250", "354"],
      [".", "250"],
    ],
    [
      "§3.2 content and the next group and QUIT",
      [lines(M, R, "DATA"), "250", "250", "354"],
      [lines("x", ".", M, R, "RSET", "QUIT"), "250", "250", "250", "250", "221"],
      [closed],
    ],
    ["§3.1 NOOP last in a group", [lines(M, R, "NOOP"), "250 2\\.1\\.0", "250 2\\.1\\.5", "250 2\\.0\\.0"]],
    ["§3.1 VRFY last in a group", [lines(M, R, "VRFY u"), "250", "250", "252"]],
    ["§3.1 EXPN last in a group", [lines(M, R, "EXPN u"), "250", "250", "502"]],
    ["§3.1 QUIT last in a group", [lines(M, R, "QUIT"), "250", "250", "221"], [closed]],
    ["§3.1 EHLO last in a group", [lines(M, R, "EHLO x"), "250 ", "250 ", "250-"], ["DATA", "503"]],
    [
      "§3.2 nothing is lost behind an unknown verb",
      [lines("XYZZY", M, "XYZZY", R, "XYZZY", "DATA"), "500", "250", "500", "250", "500", "354"],
      [".", "250"],
    ],
    [
      "§3.2 nothing is lost behind a long line",
      [lines(M, "x".repeat(5000), R, "DATA"), "250", "500", "250", "354"],
      [".", "250"],
    ],
    [
      "§3.2 nothing is lost behind what should be last",
      [lines("NOOP", "NOOP", "HELP", M, "NOOP", R, "DATA"), "250", "250", "214", "250", "250", "250", "354"],
      [".", "250"],
    ],
    [
      "§3.2 a thousand commands",
      [lines(...Array.from({ length: 50 }, () => [M, R, "RSET"]).flat()), ...Array.from({ length: 150 }, () => "250")],
    ],
    [
      "§3.2 a group in two pieces",
      [raw(`${M}\r\nRCPT TO:<u@`), "250"],
      [raw("example.org>\r\nDA"), "250"],
      [raw("TA\r\n"), "354"],
      [".", "250"],
    ],
    [
      "RFC 4954 §4 AUTH with a response, then a group",
      [lines(`AUTH PLAIN ${plain}`), "235"],
      [lines(M, R, "DATA"), "250", "250", "354"],
      [".", "250"],
    ],
    [
      "RFC 4954 §4 AUTH behind an open transaction",
      [lines(M, `AUTH PLAIN ${plain}`, R, "DATA"), "250", "503", "250", "354"],
      [".", "250"],
    ],
  ] satisfies readonly Row[]);
});
