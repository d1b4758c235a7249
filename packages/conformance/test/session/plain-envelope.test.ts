/**
 * The arguments of MAIL and RCPT are read in a shorter way where they are plain. A source route, which is read and
 * dropped (RFC 5321 Appendix F.2), makes a path that is not: with one and without, the same must come of a line.
 */
import { ASCII, UTF8 } from "@posthorn/contract";
import type { Grammar } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { compose } from "@posthorn/session";
import fc from "fast-check";
import { expect, test } from "vitest";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);
const composition = compose(standardServer({ maxSize: 1_000_000 }));

const read = (verb: string, raw: string, grammar: Grammar): unknown =>
  composition.row(verb)?.verb.args.decode(raw, grammar);

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

test("a plain line and the same with a source route", () => {
  const line = fc.record({
    verb: fc.constantFrom("MAIL", "RCPT"),
    mailbox: fc.oneof(
      fc.constantFrom("a@b", "a.b@c.d", "A+1@x-y.z", "a..b@c", "a@b_c", "\u00e9@b"),
      fc.stringMatching(/^[a.@-]{0,6}$/),
    ),
    parameters: fc.array(fc.oneof(fc.constantFrom(...PARAMETERS), fc.stringMatching(/^[A-Z=5 ]{0,6}$/)), {
      maxLength: 4,
    }),
    grammar: fc.constantFrom(ASCII, UTF8),
  });
  fc.assert(
    fc.property(line, ({ verb, mailbox, parameters, grammar }) => {
      const prefix = verb === "MAIL" ? "FROM:" : "TO:";
      const behind = parameters.map((parameter) => ` ${parameter}`).join("");
      const plain = read(verb, `${prefix}<${mailbox}>${behind}`, grammar);
      const routed = read(verb, `${prefix}<@r.example:${mailbox}>${behind}`, grammar);
      expect(mailbox === "" ? routed : plain).toEqual(routed); // a null reverse-path has no route
    }),
    { numRuns: 3000 * RUNS },
  );
});

test("nothing of Object is among the parameters", () => {
  for (const raw of ["FROM:<a@b> SIZE=1", "FROM:<a@b>", "FROM:<@r:a@b> SIZE=1", "FROM:<@r:a@b>"]) {
    const result = read("MAIL", raw, ASCII);
    if (typeof result !== "object" || result === null || !("value" in result)) throw new Error(raw);
    const { params } = result.value as { readonly params: Record<string, unknown> };
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) expect(params[name]).toBeUndefined();
    expect({ ...params }).toEqual(raw.includes("SIZE") ? { SIZE: 1 } : {});
  }
});
