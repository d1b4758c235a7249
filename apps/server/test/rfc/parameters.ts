/** Every parameter of MAIL and RCPT, good and bad: RFC 5321 §4.1.2, RFC 1870, 6152, 3030, 6531, 3461, 4954. */
import { describe } from "vitest";
import { exchanger as port } from "./servers/commands.ts";
import { DATA, EHLO, MAIL, RCPT, type Row, table } from "./table.ts";

const SENDER = "MAIL FROM:<a@client.example>";
const RECIPIENT = "RCPT TO:<u@example.org>";

/** What MAIL takes, and what it must answer. */
const OF_MAIL: readonly (readonly [clause: string, parameters: string, reply: string])[] = [
  ["RFC 1870 §5", "SIZE=0", "250"],
  ["RFC 1870 §5", "SIZE=1", "250"],
  ["RFC 1870 §5", "SIZE=0000000000000001", "250"],
  ["RFC 1870 §6.1", "SIZE=4999", "250"],
  ["RFC 1870 §6.1", "SIZE=5000", "250"],
  ["RFC 1870 §6.1", "SIZE=5001", "552 5\\.3\\.4"],
  ["RFC 1870 §5", "SIZE=99999999999999999999", "552 5\\.3\\.4"],
  ["RFC 1870 §5", "SIZE=999999999999999999999", "501"],
  ["RFC 1870 §5", "SIZE=", "501"],
  ["RFC 1870 §5", "SIZE", "501"],
  ["RFC 1870 §5", "SIZE=-1", "501"],
  ["RFC 1870 §5", "SIZE=+1", "501"],
  ["RFC 1870 §5", "SIZE=1k", "501"],
  ["RFC 1870 §5", "SIZE=0x10", "501"],
  ["RFC 1870 §5", "SIZE=1.5", "501"],
  ["RFC 1870 §5", "SIZE=1,000", "501"],
  ["RFC 1870 §5", "SIZE=1 SIZE=1", "501"],
  ["RFC 1870 §5", "SIZE=1 size=2", "501"],
  ["RFC 6152 §3", "BODY=7BIT", "250"],
  ["RFC 6152 §3", "BODY=8BITMIME", "250"],
  ["RFC 6152 §3", "BODY=8bitmime", "250"],
  ["RFC 3030 §3", "BODY=BINARYMIME", "250"],
  ["RFC 6152 §3", "BODY=9BIT", "50[14]"],
  ["RFC 6152 §3", "BODY=", "501"],
  ["RFC 6152 §3", "BODY", "501"],
  ["RFC 6152 §3", "BODY=7BIT,8BITMIME", "50[14]"],
  ["RFC 6152 §3", "BODY=7BIT BODY=7BIT", "501"],
  ["RFC 6152 §3", "BODY=7BIT BODY=BINARYMIME", "501"],
  ["RFC 6531 §3.4", "SMTPUTF8", "250"],
  ["RFC 6531 §3.4", "SMTPUTF8 BODY=8BITMIME", "250"],
  ["RFC 6531 §3.4", "SMTPUTF8=", "501"],
  ["RFC 6531 §3.4", "SMTPUTF8=1", "501"],
  ["RFC 6531 §3.4", "SMTPUTF8 SMTPUTF8", "501"],
  ["RFC 3461 §4.3", "RET=FULL", "250"],
  ["RFC 3461 §4.3", "RET=HDRS", "250"],
  ["RFC 3461 §4.3", "RET=hdrs", "250"],
  ["RFC 3461 §4.3", "RET=", "501"],
  ["RFC 3461 §4.3", "RET", "501"],
  ["RFC 3461 §4.3", "RET=BODY", "501"],
  ["RFC 3461 §4.3", "RET=FULL,HDRS", "501"],
  ["RFC 3461 §4.3", "RET=FULL RET=HDRS", "501"],
  ["RFC 3461 §4.4", "ENVID=QQ314159", "250"],
  ["RFC 3461 §4.4", "ENVID=a+2Bb+3Dc", "250"],
  ["RFC 3461 §4.4", "ENVID=+20", "250"],
  ["RFC 3461 §4", "ENVID=a+2bb", "501"],
  ["RFC 3461 §4", "ENVID=a+", "501"],
  ["RFC 3461 §4", "ENVID=a+2", "501"],
  ["RFC 3461 §4", "ENVID=a+ZZ", "501"],
  ["RFC 3461 §4", "ENVID=a=b", "501"],
  ["RFC 3461 §4.4", "ENVID=", "501|250"],
  ["RFC 3461 §4.4", "ENVID", "501"],
  ["RFC 3461 §4.4", `ENVID=${"x".repeat(100)}`, "250"],
  ["RFC 3461 §4.4", `ENVID=${"x".repeat(101)}`, "501"],
  ["RFC 3461 §4.4", "ENVID=x ENVID=y", "501"],
  ["RFC 4954 §5", "AUTH=<>", "250"],
  ["RFC 4954 §5", "AUTH=e+3Dmc2@example.com", "250"],
  ["RFC 4954 §5", "AUTH=u@example.org", "250"],
  ["RFC 4954 §5", "AUTH=", "501"],
  ["RFC 4954 §5", "AUTH", "501"],
  ["RFC 4954 §5", "AUTH=a+zz@example.com", "501"],
  ["RFC 4954 §5", "AUTH=u@", "501"],
  ["RFC 4954 §5", "AUTH=<> AUTH=<>", "501"],
  ["§4.1.1.11", "XYZZY", "555"],
  ["§4.1.1.11", "XYZZY=1", "555"],
  ["§4.1.1.11", "X-Y-Z=1", "555"],
  ["§4.1.1.11", "NOTIFY=NEVER", "555"],
  ["§4.1.1.11", "ORCPT=rfc822;u@x", "555"],
  ["§4.1.1.11", "SIZE=1 XYZZY", "555"],
  ["§4.1.1.11", "XYZZY SIZE=1", "555"],
  ["§4.1.2", "-X=1", "50[01]|555"],
  ["§4.1.2", "X_Y=1", "50[01]|555"],
  ["§4.1.2", "=1", "50[01]|555"],
  ["§4.1.2", "=", "50[01]|555"],
  ["§4.1.2", "ENVID=a\tb", "50[01]|555"],
  ["§4.1.2", "ENVID=\u00e9", "50[01]|553|555"],
  ["§4.1.2", "__proto__=1", "50[01]|555"],
  ["§4.1.2", "constructor=1", "555"],
  ["§4.1.1.11 in any order", "ENVID=x SIZE=1 RET=FULL SMTPUTF8 BODY=8BITMIME AUTH=<>", "250"],
  ["§4.1.1.11 in any order", "AUTH=<> BODY=8BITMIME SMTPUTF8 RET=FULL SIZE=1 ENVID=x", "250"],
];

/** What RCPT takes, and what it must answer. */
const OF_RCPT: readonly (readonly [clause: string, parameters: string, reply: string])[] = [
  ["RFC 3461 §4.1", "NOTIFY=NEVER", "250"],
  ["RFC 3461 §4.1", "NOTIFY=SUCCESS", "250"],
  ["RFC 3461 §4.1", "NOTIFY=FAILURE", "250"],
  ["RFC 3461 §4.1", "NOTIFY=DELAY", "250"],
  ["RFC 3461 §4.1", "NOTIFY=SUCCESS,FAILURE", "250"],
  ["RFC 3461 §4.1", "NOTIFY=DELAY,SUCCESS,FAILURE", "250"],
  ["RFC 3461 §4.1", "NOTIFY=success,Failure", "250"],
  ["RFC 3461 §4.1", "NOTIFY=SUCCESS,SUCCESS", "250"],
  ["RFC 3461 §4.1", "NOTIFY=FAILURE,DELAY,failure", "250"],
  ["RFC 3461 §4.1", "NOTIFY=NEVER,SUCCESS", "501"],
  ["RFC 3461 §4.1", "NOTIFY=SUCCESS,NEVER", "501"],
  ["RFC 3461 §4.1", "NOTIFY=NEVER,NEVER", "501"],
  ["RFC 3461 §4.1", "NOTIFY=", "501"],
  ["RFC 3461 §4.1", "NOTIFY", "501"],
  ["RFC 3461 §4.1", "NOTIFY=ALWAYS", "501"],
  ["RFC 3461 §4.1", "NOTIFY=SUCCESS;FAILURE", "501"],
  ["RFC 3461 §4.1", "NOTIFY=NEVER NOTIFY=NEVER", "501"],
  ["RFC 3461 §4.2", "ORCPT=rfc822;u@example.org", "250"],
  ["RFC 3461 §4.2", "ORCPT=RFC822;u+2Bv@example.org", "250"],
  ["RFC 3461 §4.2", "ORCPT=x400;C=de", "501"],
  ["RFC 3461 §4.2", "ORCPT=x400;C+3Dde", "250"],
  ["RFC 3461 §4.2", "ORCPT=rfc822;a+20b@c", "250"],
  ["RFC 6533 §3", "ORCPT=utf-8;a@b.example", "250"],
  ["RFC 6533 §3", "ORCPT=utf-8;\\x{E9}@b.example", "250"],
  ["RFC 3461 §4.2", "ORCPT=u@example.org", "501"],
  ["RFC 3461 §4.2", "ORCPT=;u@example.org", "501"],
  ["RFC 3461 §4.2", "ORCPT=rfc822;a+2x@c", "501"],
  ["RFC 3461 §4.2", "ORCPT=rfc822;a=b", "501"],
  ["RFC 3461 §4.2", "ORCPT=", "501"],
  ["RFC 3461 §4.2", "ORCPT", "501"],
  ["RFC 3461 §4.2", `ORCPT=rfc822;${"x".repeat(493)}`, "250"],
  ["RFC 3461 §4.2", `ORCPT=rfc822;${"x".repeat(494)}`, "501"],
  ["RFC 3461 §4.2", "ORCPT=rfc822;a@b ORCPT=rfc822;a@b", "501"],
  ["RFC 3461 §4", "NOTIFY=SUCCESS ORCPT=rfc822;a@b", "250"],
  ["RFC 3461 §4", "ORCPT=rfc822;a@b NOTIFY=SUCCESS", "250"],
  ["§4.1.1.11", "XYZZY=1", "555"],
  ["§4.1.1.11", "SIZE=1", "555"],
  ["§4.1.1.11", "BODY=8BITMIME", "555"],
  ["§4.1.1.11", "RET=FULL", "555"],
  ["§4.1.1.11", "ENVID=x", "555"],
  ["§4.1.1.11", "AUTH=<>", "555"],
  ["§4.1.1.11", "SMTPUTF8", "555"],
  ["§4.1.2", "-X", "50[01]|555"],
];

describe("MAIL", () => {
  table(
    port,
    [EHLO],
    OF_MAIL.map(([clause, parameters, reply]): Row => {
      const then = reply === "250" ? RCPT : MAIL;
      return [`${clause} ${parameters.slice(0, 60)}`, [`${SENDER} ${parameters}`, reply], then];
    }),
  );
});

describe("RCPT", () => {
  table(
    port,
    [EHLO, MAIL],
    OF_RCPT.map(([clause, parameters, reply]): Row => {
      const taken = reply === "250";
      const then = taken ? [DATA, [".", "250"] as const] : [["DATA", "503|554"] as const];
      return [`${clause} ${parameters.slice(0, 60)}`, [`${RECIPIENT} ${parameters}`, reply], ...then];
    }),
  );
});

describe("other verbs take none (§4.1.1.11)", () => {
  const WITH = ["RSET SIZE=1", "QUIT BODY=7BIT", "STARTTLS x"];
  table(
    port,
    [EHLO],
    WITH.slice(0, 1).map((line): Row => [`§4.1.1.11 ${line}`, [line, "501|555"]]),
  );
});
