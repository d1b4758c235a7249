/** The standard set in a server's session: each extension's own replies, as they reach the wire. */
import { reply } from "@posthorn/contract";
import type { Extensions, Reply, Tls } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { compose, ServerSession, without } from "@posthorn/session";
import { expect, test } from "vitest";

const tls: Tls = { version: "TLSv1.3" };

interface Talk {
  readonly extensions?: Extensions;
  readonly secure?: boolean;
  /** What the host answers to an event of this type; else it accepts. */
  readonly host?: { readonly [type: string]: Reply };
}

/** Sends lines, accepts everything, and returns what the server said, line by line. */
const talk = (
  lines: readonly string[],
  { extensions = standardServer({ maxSize: 100 }), secure = false, host = {} }: Talk = {},
): string[] => {
  const session = new ServerSession(compose(extensions), { hostname: "mx.example", ...(secure ? { tls } : {}) });
  let said = "";
  const pump = (): void => {
    for (let event = session.next(); typeof event === "object"; event = session.next()) {
      const answer = host[event.type];
      if (event.type === "upgrade") session.upgraded(tls);
      else if ("proposed" in event && answer !== undefined) session.reply(answer);
      else if ("proposed" in event) session.accept();
    }
    said += new TextDecoder().decode(session.take() ?? new Uint8Array());
  };
  pump();
  for (const line of lines) {
    session.receive(new TextEncoder().encode(`${line}\r\n`));
    pump();
  }
  return said.split("\r\n").slice(1, -1);
};

/** Only what was said after the reply to EHLO. */
const after = (lines: readonly string[], options?: Talk): string[] => {
  const hello = talk(["EHLO client.example"], options).length;
  return talk(["EHLO client.example", ...lines], options).slice(hello);
};

test("every keyword is offered in the order of the set, STARTTLS only in the clear", () => {
  const keywords = [
    "PIPELINING",
    "SIZE 100",
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "CHUNKING",
    "BINARYMIME",
    "STARTTLS",
  ];
  expect(
    talk(["EHLO client.example"])
      .slice(1)
      .map((line) => line.slice(4)),
  ).toEqual(keywords);
  expect(
    talk(["EHLO client.example"], { secure: true })
      .slice(1)
      .map((line) => line.slice(4)),
  ).toEqual(keywords.slice(0, -1));
});

test("SIZE: refused at MAIL, and again as the content flows, with the connection usable after (RFC 1870 §6)", () => {
  expect(after(["MAIL FROM:<a@b.example> SIZE=101"])).toEqual([expect.stringMatching(/^552 5\.3\.4 /)]);
  expect(after(["MAIL FROM:<a@b.example> SIZE=99999999999999999999"])).toEqual([
    expect.stringMatching(/^552 5\.3\.4 /),
  ]);
  expect(after(["MAIL FROM:<a@b.example> SIZE=ten"])).toEqual([expect.stringMatching(/^501 5\.5\.4 /)]);
  const lines = ["MAIL FROM:<a@b.example> SIZE=10", "RCPT TO:<c@d.example>", "DATA"];
  const codes = (content: readonly string[]): string[] =>
    after([...lines, ...content, ".", "NOOP"]).map((line) => line.slice(0, 9));
  expect(codes(["x".repeat(98)])).toEqual([
    "250 2.1.0",
    "250 2.1.5",
    expect.stringMatching(/^354 /),
    "250 2.0.0",
    "250 2.0.0",
  ]);
  expect(codes(["x".repeat(99)])[3]).toBe("552 5.3.4");
  expect(codes(["x".repeat(99)])[4]).toBe("250 2.0.0");
  expect(codes([`..${"x".repeat(97)}`])[3]).toBe("250 2.0.0"); // doubled dots do not count
});

test("8BITMIME: BODY by its words; BINARYMIME shares it and wants BDAT (RFC 6152, RFC 3030)", () => {
  for (const body of ["7BIT", "8bitmime"])
    expect(after([`MAIL FROM:<> BODY=${body}`])).toEqual([expect.stringMatching(/^250 /)]);
  expect(after(["MAIL FROM:<> BODY=9BIT"])).toEqual([expect.stringMatching(/^501 5\.5\.4 /)]);
  expect(after(["MAIL FROM:<> BODY=BINARYMIME", "RCPT TO:<c@d.example>", "DATA"])[2]).toMatch(/^503 5\.5\.1 /);
  const left = without(standardServer(), ["CHUNKING"]);
  expect(after(["MAIL FROM:<> BODY=BINARYMIME"], { extensions: left })).toEqual([
    expect.stringMatching(/^501 5\.5\.4 /),
  ]);
});

test("STARTTLS: no argument, not twice, and nothing said before it counts (A1)", () => {
  expect(after(["STARTTLS x"])).toEqual([expect.stringMatching(/^501 5\.5\.4 /)]);
  expect(after(["STARTTLS"], { secure: true })).toEqual([expect.stringMatching(/^503 5\.5\.1 /)]);
  expect(after(["STARTTLS"], { extensions: standardServer({ tlsAvailable: () => false }) })).toEqual([
    expect.stringMatching(/^454 4\.7\.0 /),
  ]);
  const said = after(["STARTTLS\r\nMAIL FROM:<inj@x.example>", "RCPT TO:<c@d.example>", "EHLO client.example"]);
  expect(said[0]).toMatch(/^220 2\.0\.0 /);
  expect(said[1]).toMatch(/^503 /);
  expect(said.slice(2).map((line) => line.slice(4))).not.toContain("STARTTLS");
});

test("ENHANCEDSTATUSCODES: on every line of a reply, not on greeting, hello and 354 (RFC 2034 §3)", () => {
  for (const line of talk(["EHLO client.example"])) expect(line).not.toMatch(/^250[ -][245]\./);
  expect(after(["MAIL FROM:<>", "RCPT TO:<c@d.example>", "DATA"])[2]).not.toMatch(/^354 [0-9]/);
  expect(after(["HELP"]).every((line) => /^214[ -]2\.0\.0 /.test(line))).toBe(true);
  expect(after(["NOPE"])).toEqual([expect.stringMatching(/^500 5\.5\.[12] /)]);
  const host = { recipient: reply(550, "5.1.1", "No such mailbox", "Ask the postmaster") };
  expect(after(["MAIL FROM:<>", "RCPT TO:<c@d.example>"], { host }).slice(1)).toEqual([
    "550-5.1.1 No such mailbox",
    "550 5.1.1 Ask the postmaster",
  ]);
  const wrong = { recipient: reply(450, "5.1.1", "Later") };
  expect(after(["MAIL FROM:<>", "RCPT TO:<c@d.example>"], { host: wrong })[1]).toBe("450 4.0.0 Later");
  expect(talk(["HELO client.example", "NOOP"])[1]).not.toMatch(/^250 2\./);
});

test("DSN: parameters of both commands, malformed ones 501 (RFC 3461 §4)", () => {
  expect(
    after([
      "MAIL FROM:<> RET=HDRS ENVID=QQ+2B314159",
      "RCPT TO:<c@d.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob+2Bx@d.example",
    ]).map((line) => line.slice(0, 3)),
  ).toEqual(["250", "250"]);
  for (const params of ["RET=ALL", "ENVID=+2b", `ENVID=${"x".repeat(101)}`, "RET", "RET=FULL RET=FULL"])
    expect(after([`MAIL FROM:<> ${params}`])).toEqual([expect.stringMatching(/^501 5\.5\.4 /)]);
  for (const params of ["NOTIFY=NEVER,DELAY", "NOTIFY=", "ORCPT=nobody", "ORCPT=rfc822;+GG"])
    expect(after(["MAIL FROM:<>", `RCPT TO:<c@d.example> ${params}`])[1]).toMatch(/^501 5\.5\.4 /);
  expect(after(["MAIL FROM:<> NOTIFY=NEVER"])).toEqual([expect.stringMatching(/^555 5\.5\.4 /)]);
  expect(talk(["HELO client.example", "MAIL FROM:<> RET=FULL"])[1]).toMatch(/^555/);
});

test("SMTPUTF8: widens its own line and the paths after it, to the end of the transaction (RFC 6531 §3.3)", () => {
  const wide = "<用户@例子.example>";
  expect(
    after([`MAIL FROM:${wide} SMTPUTF8`, `RCPT TO:${wide} ORCPT=utf-8;用户@例子.example`]).map((line) =>
      line.slice(0, 3),
    ),
  ).toEqual(["250", "250"]);
  expect(after([`MAIL FROM:${wide}`])).toEqual([expect.stringMatching(/^553 5\.6\.7 /)]);
  expect(after(["MAIL FROM:<>", `RCPT TO:${wide}`])[1]).toMatch(/^553 5\.6\.7 /);
  expect(after(["MAIL FROM:<> SMTPUTF8=1"])).toEqual([expect.stringMatching(/^501 5\.5\.4 /)]);
  expect(after([`MAIL FROM:<> SMTPUTF8`, "RSET", "MAIL FROM:<>", `RCPT TO:${wide}`])[3]).toMatch(/^553 5\.6\.7 /);
});
