/** ENHANCEDSTATUSCODES (RFC 2034): every reply gets a status of its class, and an honest one. */
import { reply, specOf } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import { enhancedStatusCodes, statusOf } from "@posthorn/ext-enhancedstatuscodes";
import fc from "fast-check";
import { expect, test } from "vitest";

const amend = (wire: Reply, said: Reply): Reply => specOf(enhancedStatusCodes()).server?.amend?.(wire, said) ?? wire;

const numRuns = 1000 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const codes = fc.constantFrom(2, 4, 5).chain((first) => fc.integer({ min: first * 100, max: first * 100 + 99 }));
const statuses = fc.tuple(fc.constantFrom(2, 4, 5), fc.nat(999), fc.nat(999)).map((parts) => parts.join("."));
const malformed = fc.tuple(fc.constantFrom("2.", "4.", "5."), fc.string()).map((parts) => parts.join(""));
const lines = fc.array(fc.string());

test("the status has the code's class, and the form of RFC 3463 §2", () => {
  fc.assert(
    fc.property(
      codes,
      fc.option(fc.oneof(statuses, malformed, fc.string()), { nil: undefined }),
      lines,
      (code, status, text) => {
        const said: Reply = status === undefined ? { code, lines: text } : { code, status, lines: text };
        const sent = amend({ code, lines: text }, said);
        expect(sent.status).toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/);
        expect(sent.status?.[0]).toBe(String(code)[0]);
        expect({ code: sent.code, lines: sent.lines }).toEqual({ code, lines: text });
        expect(amend(sent, said)).toEqual(sent);
      },
    ),
    { numRuns },
  );
});

test("a status that fits is sent as it was said, one that does not is replaced", () => {
  fc.assert(
    fc.property(codes, statuses, (code, status) => {
      const fits = status[0] === String(code)[0];
      expect(statusOf({ code, status, lines: [] })).toBe(fits ? status : statusOf(reply(code)));
    }),
    { numRuns },
  );
});

test("3yz has none (RFC 2034 §3)", () => {
  for (const code of [334, 354]) {
    expect(statusOf(reply(code))).toBeUndefined();
    const said: Reply = { code, status: "3.0.0", lines: ["go on"] };
    expect(amend(reply(code, "go on"), said)).toEqual(reply(code, "go on"));
  }
});

test("what a code says by itself", () => {
  const table = {
    220: "2.0.0",
    250: "2.0.0",
    251: "2.1.5",
    421: "4.3.2",
    450: "4.0.0",
    451: "4.3.0",
    452: "4.3.1",
    500: "5.5.2",
    501: "5.5.4",
    502: "5.5.1",
    503: "5.5.1",
    530: "5.7.0",
    535: "5.7.8",
    550: "5.0.0",
    552: "5.2.2",
    554: "5.0.0",
    555: "5.5.4",
    556: "5.1.10",
  };
  for (const [code, status] of Object.entries(table)) expect(statusOf(reply(Number(code)))).toBe(status);
});

test("what was said is not changed", () => {
  const said = Object.freeze(reply(550, "5.1.1", "No such mailbox"));
  const wire = Object.freeze(reply(550, "No such mailbox"));
  expect(amend(wire, said)).toEqual(said);
});
