/**
 * Lines that came in one chunk become text together, and each is read where it stands in it. What is read of each must be
 * what is read of it where it comes alone.
 */
import { standardServer } from "@posthorn/esmtp";
import { compose, ServerSession } from "@posthorn/session";
import fc from "fast-check";
import { expect, test } from "vitest";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);
const composition = compose(standardServer({ maxSize: 1_000_000 }));

/** What comes of chunks: events, with the arguments in them, and octets. */
const told = (chunks: readonly string[], observe: boolean): unknown[] => {
  const session = new ServerSession(composition, { hostname: "mx.example.org", observe });
  const all: unknown[] = [];
  const pump = (): void => {
    for (let event = session.next(); typeof event === "object"; event = session.next()) {
      all.push(event);
      if ("proposed" in event) session.accept();
    }
  };
  let said = "";
  const take = (): void => {
    const octets = session.take();
    if (octets !== undefined) said += Buffer.from(octets).toString("latin1");
  };
  pump();
  take();
  for (const chunk of ["EHLO c.example\r\n", ...chunks]) {
    session.receive(Buffer.from(chunk, "latin1"));
    pump();
    take();
  }
  return [all, said];
};

const LINES = [
  "MAIL FROM:<a@b.example>",
  "MAIL FROM:<a@b.example> SIZE=12 BODY=8BITMIME",
  "MAIL FROM:<a@b.example> SIZE=",
  "MAIL FROM:<a@b.example> SIZE=1 ",
  "MAIL FROM:<a@b.example",
  "MAIL FROM:<",
  "mail from:<\u00e9@b.example>",
  "RCPT TO:<someone.else@mx.example.org>",
  "RCPT TO:<someone.else@mx.example.org> NOTIFY=NEVER",
  "RCPT TO:<someone.else@mx.example.org> NOTIFY",
  "RCPT TO:<a@b>   ",
  "RCPT TO:<a@b>x",
  "RCPT TO:<a@b",
  "RCPT TO:",
  "RCPT",
  "RSET",
  "NOOP x",
  "VRFY a",
  "WHAT <a@b>",
];

test("a group of lines is read as its lines are", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...LINES), { maxLength: 30 }), fc.boolean(), (given, observe) => {
      const lines = given.map((line) => `${line}\r\n`);
      expect(told([lines.join("")], observe)).toEqual(told(lines, observe));
    }),
    { numRuns: 300 * RUNS },
  );
});
