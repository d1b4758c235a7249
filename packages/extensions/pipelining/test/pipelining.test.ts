/** PIPELINING (RFC 2920): a keyword, and how many commands may be under way. */
import { LocalProtocolError, specOf } from "@posthorn/contract";
import { pipelining } from "@posthorn/ext-pipelining";
import { expect, test } from "vitest";

test("the window is without end, or what was asked for", () => {
  expect(specOf(pipelining()).client?.window?.(null)).toBe(Infinity);
  expect(specOf(pipelining({ window: 7 })).client?.window?.(null)).toBe(7);
});

test("a window that is no number of commands is the caller's mistake", () => {
  for (const window of [0, -1, 1.5, Number.NaN]) expect(() => pipelining({ window })).toThrow(LocalProtocolError);
});

test("it adds a keyword and nothing else", () => {
  const spec = specOf(pipelining());
  expect([spec.keyword, spec.verbs, spec.mail, spec.rcpt, spec.memory]).toEqual([
    "PIPELINING",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
