/** Command lines: RFC 5321 §2.3.8 (CRLF), §2.4 (case), §4.1.1 (white space), §4.5.3.1.4 and §4.1.1.11 (length), §4.2 (replies). */
import { once } from "node:events";
import { createConnection } from "node:net";
import { describe, expect, test } from "vitest";
import { connect } from "../talk.ts";
import { exchanger as port } from "./servers/commands.ts";
import { EHLO, MAIL, RCPT, type Row, closed, raw, table } from "./table.ts";

/** Each way to write the letters of a verb. */
const cases = (text: string): readonly string[] => {
  const lower = text.toLowerCase();
  const mixed = lower.replace(/(.)(.)/g, (_pair, one: string, two: string) => `${one}${two.toUpperCase()}`);
  return [text.toUpperCase(), lower, mixed];
};

describe("verbs, keywords and tokens have no case (§2.4)", () => {
  const SAID: readonly (readonly [string, string])[] = [
    ["EHLO ", "client.example"],
    ["HELO ", "client.example"],
    ["NOOP", ""],
    ["RSET", ""],
    ["HELP", ""],
    ["VRFY ", "u"],
    ["MAIL FROM:", "<a@b.example>"],
    ["MAIL FROM:<a@b.example> BODY=8BITMIME", ""],
    ["MAIL FROM:<a@b.example> SIZE=", "5"],
    ["MAIL FROM:<a@b.example> SMTPUTF8", ""],
    ["MAIL FROM:<a@b.example> RET=HDRS", ""],
    ["MAIL FROM:<A@B.EXAMPLE> RET=FULL ENVID=", "x"],
  ];
  table(
    port,
    [EHLO],
    SAID.flatMap(([text, rest]) => cases(text).map((way): Row => [`§2.4 ${way}${rest}`, [`${way}${rest}`, "2"]])),
  );
  const OF_RCPT = ["RCPT TO:", "RCPT TO:<u@example.org> NOTIFY=NEVER ", "RCPT TO:<u@example.org> ORCPT=RFC822;u@x "];
  table(
    port,
    [EHLO, MAIL],
    OF_RCPT.flatMap((text) =>
      cases(text).map((way): Row => [`§2.4 ${way}`, [`${way}${way.endsWith(":") ? "<u@example.org>" : ""}`, "250"]]),
    ),
  );
  table(
    port,
    [],
    cases("Postmaster").map((way): Row => [`§4.5.1 <${way}>`, EHLO, MAIL, [`RCPT TO:<${way}>`, "250"]]),
  );
  table(
    port,
    [EHLO],
    [...cases("AUTH PLAIN"), "AUTH plain"].map((way): Row => [`§2.4 ${way}`, [way, "334"], ["*", "501"]]),
  );
});

describe("white space", () => {
  table(
    port,
    [EHLO],
    [
      ...["NOOP ", "RSET ", "RSET \t ", "HELP ", "EHLO client.example ", "MAIL FROM:<a@b.example> ", "VRFY u  "].map(
        (line): Row => [`§4.1.1 before CRLF is tolerated: ${JSON.stringify(line)}`, [line, "2"]],
      ),
      ["§4.1.1 before CRLF of DATA", MAIL, RCPT, ["DATA ", "354"], [".", "250"]],
      ["§4.1.1 before CRLF of QUIT", ["QUIT  ", "221"], [closed]],
      ...[
        "MAIL FROM: <a@b.example>",
        "MAIL FROM :<a@b.example>",
        "MAIL  FROM:<a@b.example>",
        "MAILFROM:<a@b.example>",
      ].map((line): Row => [`§3.3 none about the colon, one before FROM: ${line}`, [line, "50[01]"]]),
      ...["RCPT TO: <u@b.example>", "RCPT TO :<u@b.example>", "RCPTTO:<u@b.example>"].map((line): Row => [
        `§3.3 none about the colon: ${line}`,
        MAIL,
        [line, "50[01]"],
      ]),
      ["§4.1.1 none before a verb", [" NOOP", "50[01]"]],
      ["§4.1.1 a tab is no separator of verbs", ["NOOP\tx", "50[01]"]],
    ],
  );
});

describe("a command ends in CRLF (§2.3.8)", () => {
  table(
    port,
    [EHLO],
    [
      ["§2.3.8 bare LF is no end", [raw("NOOP\nRSET\r\n"), "50[01]"]],
      ["§2.3.8 bare CR is no end", [raw("NOOP\rRSET\r\n"), "50[01]"]],
      ["§2.3.8 LF CR is no end", [raw("NOOP\n\rRSET\r\n"), "50[01]"]],
      ["§2.3.8 CR CR LF", [raw("NOOP\r\r\n"), "50[01]"]],
      ["§2.3.8 bare LF in MAIL", [raw("MAIL FROM:<a@b.example>\nRCPT TO:<u@example.org>\r\n"), "50[01]"], MAIL],
      ["§2.3.8 bare CR in a path", [raw("MAIL FROM:<a\r@b.example>\r\n"), "50[01]"], MAIL],
      ["§4.1.2 NUL in a verb", [raw("NO\0OP\r\n"), "50[01]"]],
      ["§4.1.2 NUL in a path", [raw("MAIL FROM:<a\0@b.example>\r\n"), "50[01]"], MAIL],
      ["§4.1.2 NUL in an argument", [raw("NOOP a\0b\r\n"), "50[01]|250"]],
      ["§4.1.2 a control in a path", [raw("MAIL FROM:<a\x01@b.example>\r\n"), "50[01]|553"], MAIL],
      ["§4.1.2 DEL in a path", [raw("MAIL FROM:<a\x7f@b.example>\r\n"), "50[01]|553"], MAIL],
      ["§2.4 8-bit in a verb", [raw("NO\xffP\r\n"), "50[01]"]],
      ["§2.4 8-bit in a path", [raw("MAIL FROM:<\xe9@b.example>\r\n"), "50[01]|553|550"], MAIL],
      ["§2.4 8-bit in a quoted local part", [raw('MAIL FROM:<"\xe9"@b.example>\r\n'), "50[01]|553|550"], MAIL],
      ["§2.4 8-bit in a domain", [raw("MAIL FROM:<a@\xe9.example>\r\n"), "50[01]|553|550"], MAIL],
      ["§2.4 8-bit in a parameter", [raw("MAIL FROM:<a@b.example> ENVID=\xe9\r\n"), "50[01]"], MAIL],
      ["§2.4 a dotless i is no I", ["ma\u0131l FROM:<a@b.example>", "50[01]"]],
      ["§2.3.8 a line in two pieces", [raw("NO")], [raw("OP\r")], [raw("\n"), "250"]],
      ["§4.3.1 what comes after QUIT is not read", [raw("QUIT\r\nNOOP\r\n"), "221"], [closed]],
    ],
  );
});

describe("length", () => {
  const fill = (length: number, verb = "NOOP "): string => verb + "x".repeat(length - verb.length - 2);
  table(
    port,
    [EHLO],
    [
      ["§4.5.3.1.4 511 octets with CRLF", [fill(511), "250"]],
      ["§4.5.3.1.4 512 octets with CRLF", [fill(512), "250"]],
      ["§4.1.1.11 2048, the longest that it takes", [fill(2048), "250"]],
      ["§4.5.3.1.4 one more", [fill(2049), "500"], ["NOOP", "250"]],
      ["§4.5.3.1.4 far too many, one reply, and on", [fill(20_000), "500"], ["NOOP", "250"]],
      ["§4.5.3.1.4 too many of no verb", [fill(5000, "x"), "500"], ["NOOP", "250"]],
      ["§4.5.3.1.4 an over-long line is not executed at its end", [`${fill(5000)}\rQUIT`, "500"], ["NOOP", "250"]],
      [
        "§4.5.3.1.4 MAIL too long begins nothing",
        [`MAIL FROM:<a@b.example> ENVID=${"x".repeat(9000)}`, "50[01]"],
        MAIL,
      ],
      ["§4.5.3.1.1 a local part of 64", [`MAIL FROM:<${"l".repeat(64)}@b.example>`, "250"]],
      ["§4.5.3.1.1 a local part of 65", [`MAIL FROM:<${"l".repeat(65)}@b.example>`, "501|55[03]|250"]],
      ["RFC 1035 §2.3.4 a label of 63", [`MAIL FROM:<a@${"d".repeat(63)}.example>`, "250"]],
      ["RFC 1035 §2.3.4 a label of 64", [`MAIL FROM:<a@${"d".repeat(64)}.example>`, "501|55[03]"]],
      ["§4.5.3.1.3 a path of 256", [`MAIL FROM:<a@${"d.".repeat(125)}ex>`, "250"]],
      ["§4.5.3.1.3 a path of 257", [`MAIL FROM:<aa@${"d.".repeat(125)}ex>`, "501|55[03]|250"]],
      ["§4.5.3.1.3 a path of 1000", [`MAIL FROM:<a@${"d.".repeat(497)}ex>`, "501|55[03]"]],
      [
        "RFC 3461 §4 512 and what the parameters add",
        [
          "MAIL FROM:<a@b.example> RET=HDRS BODY=8BITMIME SIZE=100 SMTPUTF8 " +
            `ENVID=${"x".repeat(100)} AUTH=${"+2B".repeat(64)}@${"d.".repeat(90)}ex`,
          "250",
        ],
      ],
      [
        "RFC 3461 §4.2 an ORCPT of 500",
        MAIL,
        [`RCPT TO:<u@example.org> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;${"x".repeat(483)}@b.example`, "250"],
      ],
    ],
  );
});

describe("replies (§4.2)", () => {
  const SAID = [
    "EHLO client.example",
    "HELO client.example",
    "HELP",
    "NOOP",
    "RSET",
    "VRFY u",
    "EXPN u",
    "MAIL FROM:<a@b>",
    "XYZZY",
    "RSET x",
    "EHLO",
  ];
  test.each(SAID)("§4.2.1, §4.5.3.1.5 lines of the reply to %s have one code and at most 512 octets", async (line) => {
    const talk = await connect(port(), "");
    const lines = (await talk.say(line)).split("\n");
    const code = lines[0]?.slice(0, 3) ?? "";
    expect(code).toMatch(/^[2-5][0-5][0-9]$/);
    for (const [at, text] of lines.entries()) {
      expect(text.slice(0, 4)).toBe(`${code}${at < lines.length - 1 ? "-" : " "}`);
      expect(text.length).toBeLessThanOrEqual(510);
      expect(text).toMatch(/^[\t\x20-\x7e]*$/);
    }
  });

  test("§3.1, §4.2 the greeting is 220, names the host first, and says ESMTP", async () => {
    const socket = createConnection(port(), "127.0.0.1");
    const [octets] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(octets.toString()).toMatch(/^220 mx\.example\.org(?: [\x20-\x7e]*)?\r\n$/);
    expect(octets.toString()).toContain("ESMTP");
  });
});
