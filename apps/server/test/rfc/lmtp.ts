/** LMTP: RFC 2033 §4; a reply for each recipient that was accepted, of DATA and of the last BDAT. */
import { describe, expect, test } from "vitest";
import { connect } from "../talk.ts";
import { lmtp as port } from "./servers/content.ts";
import { RCPT, type Row, type Step, closed, raw, table } from "./table.ts";

const LHLO: Step = ["LHLO client.example", "250"];
const MAIL: Step = ["MAIL FROM:<a@client.example>", "250"];
const REFUSED: Step = ["RCPT TO:<u@elsewhere.example>", "550"];
const NEXT: readonly Step[] = [["RCPT TO:<u@example.org>", "503"], MAIL, RCPT, ["DATA", "354"], [".", "250"]];
const again = (count: number, reply: string): readonly string[] => Array.from({ length: count }, () => reply);

describe("the hello (§4.1)", () => {
  table(
    port,
    [],
    [
      ["§4.1 LHLO", LHLO, MAIL],
      ["§4.1 EHLO is refused", ["EHLO x", "50[02]"], ["MAIL FROM:<>", "503"]],
      ["§4.1 HELO is refused", ["HELO x", "50[02]"], ["MAIL FROM:<>", "503"]],
      ["§4.1 EHLO is refused after LHLO and changes nothing", LHLO, MAIL, ["EHLO x", "50[02]"], RCPT],
      ["§4.1 HELO is refused after LHLO and changes nothing", LHLO, MAIL, ["HELO x", "50[02]"], RCPT],
      ["§4.1 LHLO in any case", ["lhlo x", "250"], MAIL],
      ["§4.1 without an argument", ["LHLO", "501"], ["MAIL FROM:<>", "503"]],
      ["§4.1 LHLO ends a transaction", LHLO, MAIL, RCPT, LHLO, ["DATA", "503"], MAIL],
      ["§4.1 MAIL before it", ["MAIL FROM:<>", "503"]],
      ["RFC 5321 §4.1.4 NOOP, RSET, VRFY before it", ["NOOP", "250"], ["RSET", "250"], ["VRFY u", "25[02]"]],
    ],
  );
  test.each(["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"])("§5 %s is offered", async (keyword) => {
    const talk = await connect(port(), "");
    expect((await talk.say("LHLO x")).split("\n").map((line) => line.slice(4))).toContain(keyword);
  });
  test("§4 the greeting does not say SMTP", async () => {
    const talk = await connect(port(), "LHLO x");
    expect(await talk.say("NOOP")).toMatch(/^250 2/);
  });
});

describe("DATA (§4.2)", () => {
  const oversize = `${"x".repeat(98)}\r\n`.repeat(11);
  table(
    port,
    [LHLO, MAIL],
    [
      ["§4.2 no recipient is 503", ["DATA", "503"]],
      ["§4.2 no accepted recipient is 503", REFUSED, REFUSED, ["DATA", "503"]],
      ...[1, 2, 3, 10, 50].map((count): Row => {
        const recipients = Array.from({ length: count }, (_, at): Step => [`RCPT TO:<u${at}@example.org>`, "250"]);
        return [`§4.2 ${count} replies`, ...recipients, ["DATA", "354"], ["x\r\n.", ...again(count, "250 2")], ...NEXT];
      }),
      ["§4.2 one recipient twice has two", RCPT, RCPT, ["DATA", "354"], [".", "250", "250"], ...NEXT],
      ["§4.2 none for who was refused", RCPT, REFUSED, RCPT, REFUSED, ["DATA", "354"], [".", "250", "250"], ...NEXT],
      [
        "§4.2 each has its own 552",
        RCPT,
        RCPT,
        RCPT,
        ["DATA", "354"],
        [raw(`${oversize}.\r\n`), ...again(3, "552 5\\.3\\.4")],
        ...NEXT,
      ],
      [
        "§4.2 each has its own refusal of a bare LF",
        RCPT,
        RCPT,
        ["DATA", "354"],
        [raw("a\nb\r\n.\r\n"), "5", "5"],
        ...NEXT,
      ],
      ["§4.2 what was RSET has none", RCPT, RCPT, ["RSET", "250"], MAIL, RCPT, ["DATA", "354"], [".", "250"], ...NEXT],
      [
        "§4.2 in a group",
        [
          raw("RCPT TO:<u@example.org>\r\nRCPT TO:<v@example.org>\r\nRCPT TO:<w@x.example>\r\nDATA\r\n"),
          "250",
          "250",
          "550",
          "354",
        ],
        [raw("x\r\n.\r\nNOOP\r\nQUIT\r\n"), "250", "250", "250", "221"],
        [closed],
      ],
    ],
  );
});

describe("BDAT (RFC 3030 §2, RFC 2033 §4.2)", () => {
  table(
    port,
    [LHLO, MAIL],
    [
      ["§4.2 one for each, of the last chunk", RCPT, RCPT, [raw("BDAT 2 LAST\r\nab"), "250", "250"], ...NEXT],
      [
        "§4.2 one for a chunk that is not the last",
        RCPT,
        RCPT,
        [raw("BDAT 2\r\nab"), "250"],
        [raw("BDAT 1 LAST\r\nc"), "250", "250"],
        ...NEXT,
      ],
      ["§4.2 BDAT 0 LAST", RCPT, RCPT, RCPT, ["BDAT 0 LAST", "250", "250", "250"], ...NEXT],
      ["§4.2 no recipient, one reply", REFUSED, [raw("BDAT 2 LAST\r\nab"), "503|554"], ["NOOP", "250"]],
      [
        "§4.2 too much, in the last",
        RCPT,
        RCPT,
        [raw(`BDAT 1001 LAST\r\n${"x".repeat(1001)}`), "552", "552"],
        ["RSET", "250"],
        ...NEXT,
      ],
      [
        "§4.2 too much, before the last",
        RCPT,
        RCPT,
        [raw(`BDAT 1001\r\n${"x".repeat(1001)}`), "552"],
        ["RSET", "250"],
        ...NEXT,
      ],
      [
        "§4.2 BODY=BINARYMIME",
        ["RSET", "250"],
        ["MAIL FROM:<> BODY=BINARYMIME", "250"],
        RCPT,
        RCPT,
        [raw("BDAT 3 LAST\r\n\n\0\r"), "250", "250"],
        ...NEXT,
      ],
    ],
  );
});
