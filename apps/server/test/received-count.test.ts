/** The count does not depend on how the header was cut, and looks at the header only. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HEADER_OCTETS, ReceivedCount } from "../src/received-count.ts";

const runs = 300 * Number(process.env["POSTHORN_RUNS"] ?? 1);

const countOf = (text: string, cuts: readonly number[]): number => {
  const octets = Buffer.from(text, "latin1");
  const count = new ReceivedCount();
  let at = 0;
  for (const cut of [...cuts, octets.length].map((each) => Math.min(each, octets.length)).sort((a, b) => a - b)) {
    count.see(octets.subarray(at, cut));
    at = cut;
  }
  return count.count;
};

/** A slow count, line by line. */
const naive = (text: string): number => {
  const header = text.slice(0, HEADER_OCTETS).split(/\r\n\r\n|^\r\n/)[0] ?? "";
  return header.split("\r\n").filter((line) => /^received[ \t]*:/i.test(line)).length;
};

const line = fc.oneof(
  fc.constantFrom("Received: x", "RECEIVED\t:", "received:", "Received-SPF: x", " Received: folded", "Receive: x"),
  fc.constantFrom("X-Received: x", "Received", "R", "", "To: a", "rece\tived: x"),
);

test("counts what a slow count counts, at every cut", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 8 }), (lines, cuts) => {
      const text = `${lines.join("\r\n")}\r\n`;
      expect(countOf(text, cuts)).toBe(naive(text));
      expect(
        countOf(
          text,
          Array.from(text, (_, at) => at),
        ),
      ).toBe(naive(text));
    }),
    { numRuns: runs },
  );
});

test("fields of the body do not count", () => {
  expect(countOf("Received: a\r\nSubject: x\r\n\r\nReceived: b\r\n", [])).toBe(1);
  expect(countOf("\r\nReceived: b\r\n", [])).toBe(0);
});

test("what lies behind the first 100 kB does not count", () => {
  const long = `X: ${"x".repeat(HEADER_OCTETS)}\r\n`;
  expect(countOf(`Received: a\r\n${long}Received: b\r\n`, [17, 4000])).toBe(1);
});
