// The comparison must be able to fail: one flipped octet, one lost, one gained, wherever it is.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { apart, difference } from "../src/compare.ts";
import { latin1, join } from "../src/octets.ts";
import { samples } from "../src/messages.ts";

const numRuns = 200 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const trace = latin1(
  "Return-Path: <ada@demo.example>\r\nDelivered-To: bob@demo.example\r\n" +
    "Received: from client.demo.example ([127.0.0.1])\r\n\tby mail.demo.example with ESMTPSA id x;\r\n\tMon, 23 Nov 2026 12:00:00 +0000\r\n",
);
const octets = fc.uint8Array({ maxLength: 300 });

test("the same octets behind the fields of the server are no difference, for any message", () => {
  fc.assert(
    fc.property(octets, (message) => {
      const delivered = apart(join(trace, message));
      // A message that starts with a fold would be part of the field above it: no message does that.
      fc.pre(message[0] !== 0x20 && message[0] !== 0x09);
      expect(delivered.trace).toBe(Buffer.from(trace).toString());
      expect(difference(message, delivered.octets)).toBeUndefined();
    }),
    { numRuns },
  );
});

test("a flipped octet is found, and said where", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (m, n, x) => {
        const at = n % m.length;
        const changed = Uint8Array.from(m, (octet, index) => (index === at ? octet ^ x : octet));
        expect(difference(m, changed)?.at).toBe(at);
        expect(difference(m, changed)?.text).toContain(`octet ${at} is`);
      },
    ),
    { numRuns },
  );
});

test("an octet too few or too many is found", () => {
  fc.assert(
    fc.property(octets, fc.nat(), fc.integer({ min: 0, max: 255 }), (message, n, octet) => {
      const at = n % (message.length + 1);
      const longer = join(message.subarray(0, at), Uint8Array.of(octet), message.subarray(at));
      expect(difference(message, longer)).toBeDefined();
      expect(difference(longer, message)).toBeDefined();
    }),
    { numRuns },
  );
});

test("a message keeps fields that look like the server's", () => {
  const message = latin1("Return-Path: <x@example>\r\nReceived: from elsewhere\r\n\tby here\r\n\r\nbody\r\n");
  expect(Buffer.from(apart(join(trace, message)).octets).equals(message)).toBe(true);
  const bare = latin1("Subject: nothing was added\r\n\r\n");
  expect(apart(bare)).toEqual({ trace: "", octets: Buffer.from(bare) });
});

test("the messages are what their names say", () => {
  const of = (name: string): Buffer => Buffer.from(samples().find((sample) => sample.name === name)?.octets ?? []);
  expect(of("20 MiB").length).toBe(20 * 1024 * 1024);
  for (const name of ["20 MiB", "plain text", "base64 attachment", "8-bit text", "lines of dots", "empty body"]) {
    const text = of(name).toString("latin1");
    expect(text.endsWith("\r\n"), name).toBe(true);
    expect(/\r(?!\n)|(?<!\r)\n|\0/.test(text), name).toBe(false);
    expect(
      text.split("\r\n").every((line) => line.length <= 998),
      name,
    ).toBe(true);
  }
  expect(of("8-bit text").some((octet) => octet > 127)).toBe(true);
  expect(of("plain text").every((octet) => octet < 128)).toBe(true);
  expect(of("lines of dots").toString("latin1")).toContain("\r\n.\r\n");
  expect(of("empty body").toString("latin1").endsWith("\r\n\r\n")).toBe(true);
  expect(new Set(of("binary by BDAT")).size).toBe(256);
  expect(of("binary by BDAT").at(-1)).not.toBe(0x0a);
});
