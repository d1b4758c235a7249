/**
 * The cryptography of SASL on Node.js: published vectors, the examples of RFC 4013, and that nothing waits for PBKDF2.
 */
import { nodeCrypto } from "@posthorn/node";
import { checkPassword, formatUser, parseUser, scramSha256, verifiers } from "@posthorn/sasl";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

describe("vectors", () => {
  test("HMAC: RFC 2202 §2 and §3, RFC 4231 §4.3, all of the key `Jefe`", async () => {
    const data = utf8("what do ya want for nothing?");
    expect(hex(await nodeCrypto.hmac("md5", utf8("Jefe"), data))).toBe("750c783e6ab0b503eaa86e310a5db738");
    expect(hex(await nodeCrypto.hmac("sha1", utf8("Jefe"), data))).toBe("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    expect(hex(await nodeCrypto.hmac("sha256", utf8("Jefe"), data))).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });

  test("hashes of `abc`: RFC 1321 §A.5, RFC 3174 §7.3, FIPS 180-4", async () => {
    expect(hex(await nodeCrypto.digest("md5", utf8("abc")))).toBe("900150983cd24fb0d6963f7d28e17f72");
    expect(hex(await nodeCrypto.digest("sha1", utf8("abc")))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
    expect(hex(await nodeCrypto.digest("sha256", utf8("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  test("PBKDF2: RFC 6070 §2, 4096 rounds; RFC 7914 §11 for SHA-256", async () => {
    expect(hex(await nodeCrypto.pbkdf2("sha1", utf8("password"), utf8("salt"), 4096, 20))).toBe(
      "4b007901b765489abead49d926f721d065a429c1",
    );
    expect(hex(await nodeCrypto.pbkdf2("sha256", utf8("passwd"), utf8("salt"), 1, 64))).toBe(
      "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49c" +
        "a9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
    );
  });
});

describe("SASLprep (RFC 4013 §3)", () => {
  test.each([
    ["I\u00adX", "IX"],
    ["user", "user"],
    ["USER", "USER"],
    ["\u00aa", "a"],
    ["\u2168", "IX"],
    ["\u0007", undefined],
    ["\u06271", undefined],
  ])("%j", (text, prepared) => {
    expect(nodeCrypto.prepare(text, "stored")).toBe(prepared);
    expect(nodeCrypto.prepare(text, "query")).toBe(prepared);
  });

  test("what Unicode 3.2 had not assigned stands in queries only (RFC 3454 §7)", () => {
    expect(nodeCrypto.prepare("\u{1f600}", "stored")).toBeUndefined();
    expect(nodeCrypto.prepare("\u{1f600}", "query")).toBe("\u{1f600}");
  });

  test("never throws, and lets no control character and no lone surrogate through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom("stored" as const, "query" as const), (text, use) => {
        const prepared = nodeCrypto.prepare(text, use) ?? "";
        expect(prepared).not.toMatch(/\p{Cc}/u);
        expect(prepared.isWellFormed()).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(nodeCrypto.prepare("\ud800", "query")).toBeUndefined();
    expect(nodeCrypto.prepare("\u00e4".repeat(1_000_000), "query")).toBeUndefined();
    expect(nodeCrypto.prepare("\u00e4".repeat(12_000), "query")).toHaveLength(12_000);
  });
});

test("`equal` compares octets, and lengths without a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(nodeCrypto.equal(a, b)).toBe(hex(a) === hex(b));
      expect(nodeCrypto.equal(a, a.slice())).toBe(true);
    }),
  );
});

test("`random` gives as many octets as asked for, others each time", () => {
  expect(nodeCrypto.random(24)).toHaveLength(24);
  expect(hex(nodeCrypto.random(24))).not.toBe(hex(nodeCrypto.random(24)));
});

test("the event loop goes on while PBKDF2 runs (1,000,000 rounds)", async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await nodeCrypto.pbkdf2("sha256", utf8("pencil"), utf8("salt"), 1_000_000, 32);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(10);
});

test("verifiers of a password that SASLprep changes check every spelling of it", async () => {
  const line = formatUser("tim", await verifiers("IX\u00e9", { rounds: 4096 }, nodeCrypto));
  const stored = parseUser(line)?.verifiers;
  for (const spelling of ["IX\u00e9", "I\u00adX\u00e9", "\u2168e\u0301"]) {
    expect(await checkPassword(spelling, stored, nodeCrypto)).toBe(true);
  }
  expect(await checkPassword("ix\u00e9", stored, nodeCrypto)).toBe(false);
  expect(scramSha256.needs).toBe(stored?.[0]?.hash);
});
