/** Submission: RFC 6409 §3, §4.3 and RFC 4954 §4, §6: what is 530 before AUTH and what is not. */
import { describe, expect, test } from "vitest";
import { connect } from "../talk.ts";
import { submission as port } from "./servers/content.ts";
import { EHLO, MAIL, PASSWORD, RCPT, type Row, type Step, USER, raw, table } from "./table.ts";

const credentials = (password: string): string => Buffer.from(`\0${USER}\0${password}`).toString("base64");
const IN: Step = [`AUTH PLAIN ${credentials(PASSWORD)}`, "235"];
const DENIED = "530 5\\.7\\.0";

describe("before AUTH (RFC 6409 §4.3, RFC 4954 §6)", () => {
  table(
    port,
    [EHLO],
    [
      ...["MAIL FROM:<>", "MAIL FROM:<a@b>", "MAIL FROM:<a@b> SIZE=1", "MAIL FROM:<tim@example.org> AUTH=<>"].map(
        (say): Row => [`§6 ${say} is 530`, [say, DENIED], ["RCPT TO:<u@example.org>", "50|530"], IN, MAIL],
      ),
      ...["NOOP", "RSET", "EHLO x", "HELO x", "HELP"].map((say): Row => [`§6 ${say} is not refused`, [say, "2"]]),
      ["§6 RCPT", ["RCPT TO:<u@example.org>", "503|530"]],
      ["§6 DATA", ["DATA", "503|530"]],
      ["§6 BDAT, whose octets are consumed", [raw("BDAT 6 LAST\r\nQUIT\r\n"), "503|530"], ["NOOP", "250"]],
      ["§6 VRFY says nothing of users", ["VRFY tim", "252|530|502"]],
      ["§6 EXPN", ["EXPN tim", "502|530"]],
      ["§6 a failed AUTH opens nothing", [`AUTH PLAIN ${credentials("x")}`, "535"], ["MAIL FROM:<>", DENIED]],
      ["§6 a cancelled AUTH opens nothing", ["AUTH PLAIN", "334"], ["*", "501"], ["MAIL FROM:<>", DENIED]],
      [
        "§6 a group: each has its refusal",
        [raw("MAIL FROM:<>\r\nRCPT TO:<u@example.org>\r\nDATA\r\nNOOP\r\n"), "530", "50|530", "50|530", "250"],
      ],
      ["§6 after HELO, where there is no AUTH", ["HELO x", "250"], ["MAIL FROM:<>", "5[035]"]],
    ],
  );
  table(port, [], [["RFC 5321 §4.1.4 MAIL before EHLO", ["MAIL FROM:<>", "503|530"]]]);
});

describe("after AUTH (RFC 6409 §3.1)", () => {
  table(
    port,
    [EHLO, IN],
    [
      ["§3.1 a message", MAIL, RCPT, ["DATA", "354"], ["x\r\n.", "250"], MAIL],
      ["§3.1 the null reverse-path", ["MAIL FROM:<>", "250"], RCPT],
      ["§4.3 it outlives RSET", ["RSET", "250"], MAIL],
      ["§4.3 it outlives EHLO", EHLO, MAIL],
      ["§4.3 it outlives a message", MAIL, RCPT, ["DATA", "354"], [".", "250"], MAIL, RCPT],
      ["RFC 4954 §5 AUTH=<>", ["MAIL FROM:<a@b> AUTH=<>", "250"]],
      ["RFC 4954 §5 AUTH= of another", ["MAIL FROM:<a@b> AUTH=e+3Dmc2@example.com", "250"]],
      ["RFC 6409 §3.2 what is not ours is 550 5.7.1", MAIL, ["RCPT TO:<u@elsewhere.example>", "550 5\\.7\\.1"], RCPT],
    ],
  );
});

test.each(["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "STARTTLS", "SIZE", "AUTH"])(
  "RFC 6409 §7 %s is offered",
  async (keyword) => {
    const talk = await connect(port(), "");
    expect((await talk.say("EHLO x")).split("\n").map((line) => line.slice(4).split(" ")[0])).toContain(keyword);
  },
);
