/** The codecs of AUTH: `decode(encode(v))` is `v`, `encode(decode(s))` is canonical, and what has no encoding throws. */
import { ASCII } from "@posthorn/contract";
import type { Codec } from "@posthorn/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AUTH_LINE, authArgs, authRow, mechanismList, submitter } from "../src/index.ts";
import type { AuthArgs } from "../src/index.ts";

const numRuns = 500 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const mechanism = fc.stringMatching(/^[A-Z0-9_-]{1,20}$/);
const args: fc.Arbitrary<AuthArgs> = fc.oneof(
  fc.record({ mechanism }),
  fc.record({ mechanism, initial: fc.uint8Array({ maxLength: 200 }) }),
);

const roundTrip = <T>(codec: Codec<T>, value: fc.Arbitrary<T>): void => {
  fc.assert(
    fc.property(value, (given) => {
      expect(codec.decode(codec.encode(given, ASCII), ASCII)).toEqual({ ok: true, value: given });
    }),
    { numRuns },
  );
};

const canonical = <T>(codec: Codec<T>, text: fc.Arbitrary<string>): void => {
  fc.assert(
    fc.property(text, (raw) => {
      const read = codec.decode(raw, ASCII);
      if (!read.ok) return;
      const written = codec.encode(read.value, ASCII);
      expect(codec.decode(written, ASCII)).toEqual(read);
      expect(written).toMatch(/^[!-~]( ?[!-~])*$/);
    }),
    { numRuns },
  );
};

const ARGUMENT = fc.oneof(
  fc.string(),
  fc
    .tuple(fc.stringMatching(/^[a-zA-Z_-]{1,21}$/), fc.oneof(fc.base64String(), fc.constant("=")))
    .map((parts) => parts.join(" ")),
);

test("the arguments of AUTH", () => {
  roundTrip(authArgs, args);
  canonical(authArgs, ARGUMENT);
  expect(authArgs.encode({ mechanism: "PLAIN", initial: new Uint8Array(0) }, ASCII)).toBe("PLAIN =");
  expect(authArgs.encode({ mechanism: "PLAIN" }, ASCII)).toBe("PLAIN");
  expect(authArgs.decode("plain", ASCII)).toEqual({ ok: true, value: { mechanism: "PLAIN" } });
  for (const name of ["", "plain", "A B", "A\r\n", "\u017fCRAM", "A".repeat(21)]) {
    expect(() => authArgs.encode({ mechanism: name }, ASCII)).toThrow("mechanism");
  }
});

test("the list of mechanisms", () => {
  roundTrip(mechanismList, fc.uniqueArray(mechanism, { minLength: 1, maxLength: 8 }));
  expect(mechanismList.decode("plain LOGIN PLAIN", ASCII)).toEqual({ ok: true, value: ["PLAIN", "LOGIN"] });
  expect(mechanismList.decode(undefined, ASCII)).toEqual({ ok: true, value: [] });
  for (const raw of ["A  B", " A", "A,B", "A\t", "\u0131", "A".repeat(21)])
    expect(mechanismList.decode(raw, ASCII).ok).toBe(false);
  for (const names of [[], ["a"], ["A", "A"], ["A B"], ["A\r\n250 X"]])
    expect(() => mechanismList.encode(names, ASCII)).toThrow("AUTH");
});

test("AUTH= of MAIL (RFC 4954 §5)", () => {
  const local = fc.stringMatching(/^[ -~]{1,20}$/);
  roundTrip(
    submitter,
    fc.oneof(fc.constant(null), fc.record({ local, domain: fc.constantFrom("b.example", "[192.0.2.1]") })),
  );
  canonical(submitter, fc.oneof(fc.string(), fc.emailAddress()));
  expect(submitter.decode("<>", ASCII)).toEqual({ ok: true, value: null });
  expect(submitter.encode(null, ASCII)).toBe("<>");
  // The example of RFC 4954 §5.
  const example = { local: "e=mc2", domain: "example.com" };
  expect(submitter.encode(example, ASCII)).toBe("e+3Dmc2@example.com");
  expect(submitter.decode("e+3Dmc2@example.com", ASCII)).toEqual({ ok: true, value: example });
  for (const raw of [
    undefined,
    "",
    "tim",
    "<tim@b.example>",
    "a+0D+0A@b.example",
    "a+3d@b.example",
    "a b@c.example",
    "\u00e9@b.example",
  ]) {
    expect(submitter.decode(raw, ASCII)).toMatchObject({ ok: false, fault: { reply: { code: 501 } } });
  }
  for (const value of [
    { local: "a\r\nX", domain: "b.example" },
    { local: "\u00e9", domain: "b.example" },
    { local: "a", domain: "" },
  ]) {
    expect(() => submitter.encode(value, ASCII)).toThrow("mailbox");
  }
});

test("an item is one line, whole, wherever it is cut, and ends at its CRLF", () => {
  const intake = authRow.intake;
  if (intake === undefined) throw new Error("AUTH has an intake");
  const line = fc
    .uint8Array({ maxLength: 40 })
    .map((octets) => octets.filter((octet) => octet !== 0 && octet !== 10 && octet !== 13));
  fc.assert(
    fc.property(line, fc.array(fc.integer({ min: 1, max: 9 })), (item, cuts) => {
      const octets = intake.encode({ mechanism: "X" }).write(item);
      const fed = new Uint8Array([...octets, 81, 85]);
      const decoder = intake.decode({ mechanism: "X" });
      let at = 0;
      for (let turn = 0; !decoder.done; turn++) {
        expect(decoder.out).toBeUndefined();
        at = decoder.step(fed, at, Math.min(fed.length, at + (cuts[turn] ?? fed.length)));
      }
      expect(at).toBe(octets.length);
      expect(decoder.out).toEqual(item);
    }),
    { numRuns },
  );
});

test("a line too long is told at the octet that crosses the limit, and swallowed to its end", () => {
  const decoder = authRow.intake?.decode({ mechanism: "X" });
  if (decoder === undefined) throw new Error("AUTH has an intake");
  const line = new Uint8Array(AUTH_LINE + 1000).fill(65);
  expect(decoder.step(line, 0, AUTH_LINE)).toBe(AUTH_LINE);
  expect(decoder.fault).toBeUndefined();
  for (let at = decoder.step(line, AUTH_LINE, line.length); at < line.length;) at = decoder.step(line, at, line.length);
  expect(decoder).toMatchObject({
    done: false,
    out: undefined,
    fault: { code: "auth-line-too-long", reply: { code: 500, status: "5.5.6" } },
  });
  decoder.step(new Uint8Array([13, 10, 65]), 0, 3);
  expect(decoder).toMatchObject({ done: true, out: undefined });
});
