/** An extension that was left out: no keyword, no parameter (555), no verb (500, 502), no status (RFC 5321 §2.2.1, §4.1.1.11). */
import { describe, expect, test } from "vitest";
import { connect } from "../talk.ts";
import { DATA, EHLO, MAIL, RCPT, type Row, raw, server, table } from "./table.ts";

const OUT = [
  "SIZE",
  "8BITMIME",
  "SMTPUTF8",
  "BINARYMIME",
  "CHUNKING",
  "DSN",
  "STARTTLS",
  "PIPELINING",
  "ENHANCEDSTATUSCODES",
];

const bare = server(...OUT.flatMap((keyword) => ["--without", keyword]), "--max-size", "1000");

describe("nothing but RFC 5321", () => {
  test("§4.1.1.1 EHLO's reply has one line", async () => {
    expect(await (await connect(bare.port(), "")).say("EHLO x")).toMatch(/^250 mx\.example\.org(?: .*)?$/);
  });

  const PARAMETERS = [
    "SIZE=1",
    "BODY=7BIT",
    "BODY=8BITMIME",
    "BODY=BINARYMIME",
    "SMTPUTF8",
    "RET=FULL",
    "ENVID=x",
    "AUTH=<>",
  ];
  table(
    bare.port,
    [EHLO],
    [
      ...PARAMETERS.map((text): Row => [
        `§4.1.1.11 MAIL with ${text}`,
        [`MAIL FROM:<> ${text}`, "555 [^5]"],
        MAIL,
        RCPT,
      ]),
      ...["NOTIFY=NEVER", "ORCPT=rfc822;u@x"].map((text): Row => [
        `§4.1.1.11 RCPT with ${text}`,
        MAIL,
        [`RCPT TO:<u@b> ${text}`, "555 [^5]"],
        ["DATA", "503|554"],
      ]),
      ["§4.2.4 BDAT is no verb", MAIL, RCPT, ["BDAT 0 LAST", "50[02]"], DATA, [".", "250"]],
      ["§4.2.4 STARTTLS is no verb", ["STARTTLS", "50[02]"], MAIL],
      ["§4.2.4 AUTH is no verb", ["AUTH PLAIN", "50[02]"], MAIL],
      [
        "RFC 2034 §3 no statuses",
        ["NOOP", "250 [^2]"],
        ["RSET", "250 [^2]"],
        ["XYZZY", "500 [^5]"],
        ["HELP", "214[- ][^2]"],
      ],
      ["§2.4 UTF-8 in a path", ["MAIL FROM:<\u00e9@b>", "55[03]|50[01]"], MAIL],
      [
        "§4.5.3 a bound of size holds without SIZE",
        MAIL,
        RCPT,
        DATA,
        [raw(`${"x".repeat(1000)}\r\n.\r\n`), "552"],
        MAIL,
      ],
      [
        "RFC 2920 §3.2 a group all the same",
        [raw("MAIL FROM:<>\r\nRCPT TO:<u@b>\r\nDATA\r\n"), "250", "250", "354"],
        [".", "250"],
      ],
    ],
  );
});

describe("some are left out", () => {
  const partly = server("--without", "CHUNKING", "--without", "BINARYMIME", "--max-size", "0");
  table(
    partly.port,
    [EHLO],
    [
      ["RFC 3030 §2 BDAT without CHUNKING", MAIL, RCPT, ["BDAT 0 LAST", "50[02]"], DATA, [".", "250"]],
      ["RFC 3030 §3 BINARYMIME without it", ["MAIL FROM:<> BODY=BINARYMIME", "555|50[14]"], MAIL],
      ["RFC 6152 §3 8BITMIME stays", ["MAIL FROM:<> BODY=8BITMIME", "250"]],
      ["RFC 1870 §4 SIZE without a limit", ["MAIL FROM:<> SIZE=99999999999999999999", "250|452|552"]],
    ],
  );

  test("RFC 1870 §3 a SIZE without a limit is alone or 0", async () => {
    expect(await (await connect(partly.port(), "")).say("EHLO x")).toMatch(/^250[- ]SIZE(?: 0)?$/m);
  });
});
