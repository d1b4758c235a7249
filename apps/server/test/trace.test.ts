/** Trace fields: RFC 5321 §4.4 in every case, and no line or comment that a peer ended. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deliveredTo, received, returnPath, withProtocol } from "../src/trace.ts";
import type { Passage } from "../src/trace.ts";

const runs = 200 * Number(process.env["POSTHORN_RUNS"] ?? 1);

const passage: Passage = {
  by: "mx.example.org",
  id: "0123456789ab-1",
  hello: { kind: "domain", text: "client.example" },
  extended: true,
  protocol: "smtp",
  address: "192.0.2.1",
  tls: undefined,
  authenticated: false,
  utf8: false,
  only: undefined,
  when: new Date(Date.UTC(2026, 10, 23, 14, 55, 38)),
};

const NESTED = /^\((?:[^()\\\r\n]|\\[ -~])*\)$/;

describe("received", () => {
  test("says who, to whom, how, under which id and when", () => {
    const field = received({ ...passage, only: { local: "tim", domain: "example.org" } });
    expect(field.replaceAll("\r\n\t", " ")).toMatch(
      /^Received: from client\.example \(\[192\.0\.2\.1\]\) by mx\.example\.org \(posthornd\) with ESMTP id 0123456789ab-1 for <tim@example\.org>; Mon, 23 Nov 2026 \d\d:55:38 [+-]\d{4}\r\n$/,
    );
  });

  test("has no `for` without an only recipient", () => {
    expect(received(passage)).not.toContain("for <");
  });

  test("writes an IPv6 address as a literal, and a socket without one as a comment", () => {
    expect(received({ ...passage, address: "2001:db8::1" })).toContain("([IPv6:2001:db8::1])");
    expect(received({ ...passage, address: undefined })).toContain("from client.example (local socket)");
  });

  test("never believes an argument that is no domain", () => {
    const field = received({ ...passage, hello: { kind: "opaque", text: "my_host (a) \\b" } });
    expect(field).toContain("from [192.0.2.1] ([192.0.2.1]) (HELO my_host \\(a\\) \\\\\\\\b)");
  });

  test("is one field of printable US-ASCII, whatever a client calls itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const field = received({ ...passage, hello: { kind: "opaque", text } });
        expect(field).toMatch(/^Received: (?:[ -~]|\r\n\t(?=\S))+\r\n$/);
        const comment = field.slice(field.indexOf("(HELO"), field.indexOf("\r\n\tby"));
        expect(comment).toMatch(NESTED);
      }),
      { numRuns: runs },
    );
  });
});

test("with is RFC 3848's word, or RFC 6531's", () => {
  const tls = { version: "TLSv1.3" };
  const words = [];
  for (const protocol of ["smtp", "lmtp"] as const) {
    for (const utf8 of [false, true]) {
      for (const marks of [{}, { tls }, { authenticated: true }, { tls, authenticated: true }]) {
        words.push(withProtocol({ ...passage, protocol, utf8, ...marks }));
      }
    }
  }
  expect(words.join(" ")).toBe(
    "ESMTP ESMTPS ESMTPA ESMTPSA UTF8SMTP UTF8SMTPS UTF8SMTPA UTF8SMTPSA " +
      "LMTP LMTPS LMTPA LMTPSA UTF8LMTP UTF8LMTPS UTF8LMTPA UTF8LMTPSA",
  );
  expect(withProtocol({ ...passage, extended: false, tls })).toBe("SMTP");
});

test("return-path and delivered-to quote what must be quoted", () => {
  expect(returnPath(null)).toBe("Return-Path: <>\r\n");
  expect(returnPath({ local: "a b", domain: "x.example" })).toBe('Return-Path: <"a b"@x.example>\r\n');
  expect(deliveredTo({ local: 'a"b', domain: "x.example" })).toBe('Delivered-To: "a\\"b"@x.example\r\n');
});
