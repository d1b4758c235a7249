/** Records of the log: flat, one printable line, whatever an error or a reply says (A21). */
import { reply } from "@posthorn/contract";
import type { Observation } from "@posthorn/server";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { recordOf } from "../src/records.ts";

const runs = 200 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const session = "0123456789ab";
const remote = { address: "2001:db8::1", port: 4711 };

const observations = (text: string): readonly Observation[] => [
  { type: "error", session, where: "mail", error: new Error(text) },
  { type: "error", session, where: "mail", error: text },
  { type: "accept-error", error: Object.assign(new Error(text), { code: "EMFILE" }) },
  { type: "hello", session, verb: "EHLO", domain: "x", reply: reply(250, text) },
  { type: "tls", session, tls: { version: "TLSv1.3", servername: text, peer: text } },
  { type: "fault", session, code: "bad-command", verb: text, reply: reply(500, "5.5.2", text, text) },
  {
    type: "message",
    session,
    message: "m",
    octets: 1,
    recipients: 2,
    replies: [reply(250, text), reply(451, text)],
    ms: 1.6,
  },
];

test("hold nothing that a terminal or a reader of lines would take for more than text", () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\u001b[", "\r\n", "\u202e", "\u2028", "\0")),
      }),
      (text) => {
        for (const observation of observations(text)) {
          const record = recordOf(observation);
          for (const value of Object.values(record?.fields ?? {})) {
            expect(["string", "number", "boolean", "undefined"]).toContain(typeof value);
            expect(String(value)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
          }
        }
      },
    ),
    { numRuns: runs },
  );
});

test("are of the level that an operator looks for", () => {
  const levels = observations("x").map((observation) => recordOf(observation)?.level);
  expect(levels).toEqual(["error", "error", "error", "info", "info", "warn", "warn"]);
  const broken = Object.assign(new Error("read ECONNRESET\n"), { code: "ECONNRESET" });
  expect(recordOf({ type: "error", session, where: "socket", error: broken })).toEqual({
    event: "error",
    level: "info",
    fields: { session, where: "socket", error: "read ECONNRESET" },
  });
  expect(recordOf({ type: "refused", remote, limit: "total" })).toEqual({
    event: "refused",
    level: "warn",
    fields: { remote: "[2001:db8::1]:4711", limit: "total" },
  });
  expect(recordOf({ type: "command", session, verb: "NOOP", reply: reply(250), phase: "ready" })).toBeUndefined();
});
