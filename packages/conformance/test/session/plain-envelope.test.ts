/**
 * The arguments of MAIL and RCPT are read in a shorter way where they are plain, and whole in their chunk. A line that was
 * cut goes the long way, and so does one with a source route, which is read and dropped (RFC 5321 Appendix F.2): the same
 * must come of it.
 */
import { standardServer } from "@posthorn/esmtp";
import { compose, ServerSession } from "@posthorn/session";
import fc from "fast-check";
import { expect, test } from "vitest";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);
const composition = compose(standardServer({ maxSize: 1_000_000 }));

/** What comes of the last of the chunks: events with the arguments in them, and what is said. */
const told = (...chunks: readonly string[]): unknown[] => {
  const session = new ServerSession(composition, { hostname: "mx.example.org" });
  let last: unknown[] = [];
  for (const chunk of ["", "EHLO c.example\r\n", ...chunks]) {
    session.receive(Buffer.from(chunk));
    last = [];
    for (let event = session.next(); typeof event === "object"; event = session.next()) {
      last.push(event);
      if ("proposed" in event) session.accept();
    }
    last.push(session.takeText());
  }
  return last;
};

const PARAMETERS = [
  "SIZE=1",
  "size=20000000000000000000",
  "SIZE=99999999999999999999999",
  "SIZE",
  "SIZE=",
  "SIZE=x",
  "BODY=7BIT",
  "body=8bitmime",
  "BODY=BinaryMime",
  "BODY=other",
  "SMTPUTF8",
  "SMTPUTF8=x",
  "RET=FULL",
  "RET=\u00e9",
  "ENVID=a+2Bb",
  "ENVID=a=b",
  "ENVID=",
  "ORCPT=",
  "NOTIFY=",
  "NOTIFY=SUCCESS,DELAY",
  "NOTIFY=NEVER",
  "ORCPT=rfc822;a@b",
  "ORCPT=utf-8;\u00e9",
  "ORCPT=utf-8;\\x{E9}",
  "__PROTO__=1",
  "CONSTRUCTOR",
  "X-1=1",
  "-X",
  "",
];

const before = (verb: string): string[] => (verb === "RCPT" ? ["MAIL FROM:<x@y>\r\n"] : []);

test("a plain line, the same with a source route, and the same cut in two", () => {
  const given = fc.record({
    verb: fc.constantFrom("MAIL", "RCPT"),
    mailbox: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom("a@b", "a.b@c.d", "A+1@x-y.z", "a..b@c", "a@b_c", "\u00e9@b") },
      fc.stringMatching(/^[a.@-]{0,6}$/),
    ),
    parameters: fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom("SIZE=1", "ENVID=x", "ENVID=", "NOTIFY=NEVER", "ENVID=x=SIZE=1") },
        fc.constantFrom(...PARAMETERS),
        fc.stringMatching(/^[A-Z=5 ]{0,6}$/),
      ),
      { maxLength: 4 },
    ),
    space: fc.constantFrom(" ", " ", " ", ";", ""),
    cut: fc.integer({ min: 1, max: 10 }),
  });
  fc.assert(
    fc.property(given, ({ verb, mailbox, parameters, space, cut }) => {
      const prefix = verb === "MAIL" ? "MAIL FROM:" : "RCPT TO:";
      const behind = parameters.length === 0 ? "" : space + parameters.join(" ");
      const line = `${prefix}<${mailbox}>${behind}\r\n`;
      const plain = told(...before(verb), line);
      expect(told(...before(verb), line.slice(0, cut), line.slice(cut))).toEqual(plain);
      if (mailbox === "") return; // a null reverse-path has no route
      expect(told(...before(verb), `${prefix}<@r.example:${mailbox}>${behind}\r\n`)).toEqual(plain);
    }),
    { numRuns: 2000 * RUNS },
  );
});

test("nothing of Object is among the parameters", () => {
  for (const raw of ["<a@b> SIZE=1", "<a@b>", "<@r:a@b> SIZE=1", "<@r:a@b>"]) {
    const [event] = told(`MAIL FROM:${raw}\r\n`);
    if (typeof event !== "object" || event === null || !("params" in event)) throw new Error(raw);
    const params = event.params as Record<string, unknown>;
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) expect(params[name]).toBeUndefined();
    expect({ ...params }).toEqual(raw.includes("SIZE") ? { SIZE: 1 } : {});
  }
});
