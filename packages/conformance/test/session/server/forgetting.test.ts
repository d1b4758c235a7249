/**
 * Law 6: what must be forgotten is forgotten, extensions' memory included, by three scopes within each other; and what
 * must be kept is kept. Every way to end a scope against every scope.
 */
import { defineExtension, reply, verb } from "@posthorn/contract";
import type { Scope, Verb } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import { none } from "@posthorn/wire";
import { describe, expect, test } from "vitest";
import { Host, TLS } from "./driver.ts";
import { xtls } from "./extensions.ts";

const note: Verb<null, never, "XNOTE"> = verb("XNOTE", {
  syntax: "XNOTE",
  args: none,
  from: ["*"],
  on: { 2: { to: "same" } },
  group: "free",
});

const remembers = (scope: Scope) =>
  defineExtension({
    keyword: "XMEMORY",
    rfc: 0,
    capability: none,
    verbs: [note],
    memory: { scope, initial: () => ({ noted: false }) },
    server: {
      advertise: () => null,
      handle: {
        XNOTE(_args, _view, state) {
          state.noted = true;
          return reply(250);
        },
      },
      facts: { noted: (state) => state.noted },
    },
  });

const HELLO = "EHLO client.example\r\n";
const ENVELOPE = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

const ENDS: readonly (readonly [string, Scope | undefined])[] = [
  ["NOOP\r\n", undefined],
  ["MAIL FROM:<x@y>\r\n", undefined],
  ["EHLO\r\n", undefined],
  ["BOGUS\r\n", undefined],
  ["RSET\r\n", "transaction"],
  ["DATA\r\n.\r\n", "transaction"],
  ["DATA\r\nbare\nlf\r\n.\r\n", "transaction"],
  [HELLO, "hello"],
  ["HELO client.example\r\n", "hello"],
  ["RSET\r\nXTLS\r\n", "security"],
];

const SCOPES: readonly Scope[] = ["transaction", "hello", "security"];

describe.each(SCOPES)("memory of scope %s", (scope) => {
  test.each(ENDS)("%j", (text, ends) => {
    const host = new Host(compose([remembers(scope), xtls]));
    host.say(`${HELLO}${ENVELOPE}XNOTE\r\n`);
    expect(host.session.fact("noted")).toBe(true);
    host.say(text);
    const forgotten = ends !== undefined && SCOPES.indexOf(scope) <= SCOPES.indexOf(ends);
    expect(host.session.fact("noted")).toBe(!forgotten);
    expect(host.session.state.XMEMORY.noted).toBe(!forgotten);
    const kept = ends === undefined;
    expect([host.session.mail !== undefined, host.session.recipients]).toEqual([kept, kept ? 1 : 0]);
    expect(host.session.transactions).toBe(1);
  });
});

test("a view shows what is, and nothing of what was", () => {
  const host = new Host(compose([xtls]));
  const seen = (): readonly unknown[] => {
    const { protocol, phase, tls, utf8, hello, mail, recipients, octets, transactions } = host.session;
    return [protocol, phase, tls, utf8, hello, mail, recipients, octets, transactions];
  };
  expect(seen()).toEqual(["smtp", "connected", undefined, false, undefined, undefined, 0, 0, 0]);
  host.say(`EHLO under_score\r\n${ENVELOPE}DATA\r\nabc`);
  const hello = { verb: "EHLO", domain: "under_score" };
  const mail = { path: { local: "a", domain: "b.example" }, params: {} };
  expect(seen()).toEqual(["smtp", "rcpt", undefined, false, hello, mail, 1, 3, 1]);
  host.say("\r\n.\r\nXTLS\r\n");
  expect(seen()).toEqual(["smtp", "connected", TLS, false, undefined, undefined, 0, 0, 1]);
});
