/** SMTPUTF8: RFC 6531 §3.1 to §3.6, RFC 6533 §3 for ORCPT; what is UTF-8 without it (RFC 5321 §2.4). */
import { describe, expect, test } from "vitest";
import { connect } from "../talk.ts";
import { exchanger as port } from "./servers/commands.ts";
import { DATA, EHLO, RCPT, type Row, type Step, raw, table } from "./table.ts";

const U8: Step = ["MAIL FROM:<a@b.example> SMTPUTF8", "250"];
const PATHS = [
  "<\u00e9@b.example>",
  "<\u7528\u6237@\u4f8b\u5b50.example>",
  "<a@b\u00fccher.example>",
  '<"\u00e9 \u00e9"@b.example>',
  "<a\u00e9.b@c.example>",
  "<\u{1f600}@b.example>",
  "<a@xn--bcher-kva.example>",
];
/** Octets that are no UTF-8 (RFC 3629 §4). */
const NO_UTF8 = [
  "\x80",
  "\xff",
  "\xc0\x80",
  "\xc1\xbf",
  "\xe0\x80\x80",
  "\xed\xa0\x80",
  "\xf0\x80\x80\x80",
  "\xf4\x90\x80\x80",
  "\xf8\x88\x80\x80\x80",
  "\xc3",
  "\xe2\x82",
  "\xf0\x9f\x98",
];
const wide = (path: string): boolean => /[^\0-\x7f]/.test(path);

describe("with SMTPUTF8 (§3.3, §3.4)", () => {
  table(
    port,
    [EHLO],
    [
      ...PATHS.map((path): Row => [
        `§3.3 MAIL FROM:${path}`,
        [`MAIL FROM:${path} SMTPUTF8`, "250"],
        RCPT,
        DATA,
        [".", "250"],
      ]),
      ...PATHS.map((path): Row => [
        `§3.3 MAIL FROM:${path}, among others`,
        [`MAIL FROM:${path} SIZE=1 smtputf8 BODY=8BITMIME`, "250"],
        RCPT,
      ]),
      ...PATHS.map((path): Row => [`§3.3 RCPT TO:${path}`, U8, [`RCPT TO:${path}`, "250"], DATA, [".", "250"]]),
      ...NO_UTF8.map((octets): Row => [
        `RFC 3629 §4 MAIL with ${JSON.stringify(octets)}`,
        [raw(`MAIL FROM:<a${octets}@b.example> SMTPUTF8\r\n`), "5"],
        U8,
      ]),
      ...NO_UTF8.map((octets): Row => [
        `RFC 3629 §4 RCPT with ${JSON.stringify(octets)}`,
        U8,
        [raw(`RCPT TO:<a${octets}@b.example>\r\n`), "5"],
        ["DATA", "503|554"],
      ]),
      ["§3.3 no UTF-8 in a literal", ["MAIL FROM:<a@[192.0.2.\u00e9]> SMTPUTF8", "5"]],
      ["§3.1 ASCII only", U8, RCPT, DATA, [".", "250"]],
      [
        "§3.6 UTF-8 in the fields",
        ["MAIL FROM:<a@b> SMTPUTF8 BODY=8BITMIME", "250"],
        RCPT,
        DATA,
        ["From: \u00e9@b.example\r\n\r\n\u00e9\r\n.", "250"],
      ],
      ["RFC 6533 §3 ORCPT as it is", U8, ["RCPT TO:<\u00e9@b.example> ORCPT=utf-8;\u00e9@b.example", "250"]],
      ["RFC 6533 §3 ORCPT in 7 bits", U8, ["RCPT TO:<\u00e9@b.example> ORCPT=utf-8;\\x{E9}@b.example", "250"]],
      ["RFC 6531 §3.1 a local part of 64 octets", [`MAIL FROM:<${"\u00e9".repeat(32)}@b.example> SMTPUTF8`, "250"]],
    ],
  );
});

describe("without SMTPUTF8 (§3.1, §3.5)", () => {
  const NO = "553 5\\.6\\.7|550 5\\.6\\.7|50[01]";
  table(
    port,
    [EHLO],
    [
      ...PATHS.filter(wide).map((path): Row => [
        `§3.5 no MAIL FROM:${path}`,
        [`MAIL FROM:${path}`, NO],
        ["MAIL FROM:<>", "250"],
      ]),
      ...PATHS.filter(wide).map((path): Row => [
        `§3.5 no RCPT TO:${path}`,
        ["MAIL FROM:<>", "250"],
        [`RCPT TO:${path}`, NO],
        ["DATA", "503|554"],
      ]),
      ...["RSET", "EHLO x"].map((say): Row => [
        `§3.4 ${say} forgets it`,
        U8,
        [say, "250"],
        ["MAIL FROM:<>", "250"],
        ["RCPT TO:<\u00e9@b>", NO],
        RCPT,
      ]),
      [
        "§3.4 a message forgets it",
        U8,
        RCPT,
        DATA,
        [".", "250"],
        ["MAIL FROM:<>", "250"],
        ["RCPT TO:<\u00e9@b>", NO],
        RCPT,
      ],
      [
        "§3.4 a refused MAIL does not put it in force",
        ["MAIL FROM:<@> SMTPUTF8", "5"],
        ["MAIL FROM:<>", "250"],
        ["RCPT TO:<\u00e9@b>", NO],
      ],
      ["§3.5 the status is X.6.7", ["MAIL FROM:<\u00e9@b.example>", "55[03] 5\\.6\\.7"]],
    ],
  );
});

describe("VRFY and EXPN (§3.7.4)", () => {
  table(
    port,
    [EHLO],
    [
      ["§3.7.4 VRFY with SMTPUTF8", ["VRFY \u00e9 SMTPUTF8", "25[02]|553|50[124]"]],
      ["§3.7.4 EXPN with SMTPUTF8", ["EXPN \u00e9 SMTPUTF8", "250|550|50[124]"]],
      ["§3.7.4 VRFY in UTF-8 without it", ["VRFY \u00e9", "5|252"]],
    ],
  );
});

test("§3.1 8BITMIME is offered beside it", async () => {
  const talk = await connect(port(), "");
  expect(await talk.say("EHLO x")).toMatch(/8BITMIME[^]*SMTPUTF8|SMTPUTF8[^]*8BITMIME/);
});

describe("§3.7.4 no reply holds UTF-8 where the client did not say SMTPUTF8", () => {
  const SAID = [
    "MAIL FROM:<\u00e9@b>",
    "VRFY \u00e9",
    "HELP \u00e9",
    "NOOP \u00e9",
    "\u00e9",
    "EHLO \u00e9",
    "RSET \u00e9",
  ];
  test.each(SAID)("%s", async (say) => {
    const talk = await connect(port());
    expect(await talk.say(say)).toMatch(/^[\n\x20-\x7e]+$/);
  });
});
