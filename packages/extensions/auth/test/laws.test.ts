/** AUTH (RFC 4954), held to the laws: with cryptography that answers at once, and the same each time. */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { login, plain, type SaslCrypto, scramSha256 } from "@posthorn/sasl";
import { extensionLaws } from "@posthorn/testkit";
import { encodeBase64, encodeUtf8 } from "@posthorn/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { auth } from "../src/index.ts";

const crypto: SaslCrypto = {
  random: (octets) => new Uint8Array(octets).fill(7),
  hmac: (hash, key, data) => createHmac(hash, key).update(data).digest(),
  digest: (hash, data) => createHash(hash).update(data).digest(),
  pbkdf2: (hash, password, salt, rounds, octets) => pbkdf2Sync(password, salt, Math.min(rounds, 2), octets, hash),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  prepare: (text) => text,
};

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);
const right = encodeUtf8("\0ann\0secret");
const words = ["ann", "secret", "*", "=", "", "n,,n=ann,r=x", "\0ann\0secret"].map((word) =>
  encodeUtf8(word.length > 1 ? encodeBase64(encodeUtf8(word)) : word),
);
const mechanism = fc.constantFrom("PLAIN", "LOGIN", "SCRAM-SHA-256", "X-NONE");

for (const law of extensionLaws(
  {
    extension: auth({
      mechanisms: [scramSha256, plain, login],
      crypto,
      server: {
        inClear: true,
        verify: (shown) => (shown.type === "password" && shown.password === "secret" ? shown.name : undefined),
        lookup: () => undefined,
        falseSaltKey: new Uint8Array(16),
      },
      client: { inClear: true, credentials: { name: "ann", password: "secret" }, minMechanism: "LOGIN" },
    }),
    capability: fc.uniqueArray(mechanism, { minLength: 1 }),
    readOnly: [[]], // a list of none is read, and never offered
    mail: { AUTH: fc.option(fc.record({ local: fc.constantFrom("ann", "a b"), domain: fc.constant("a.example") })) },
    verbs: {
      AUTH: {
        args: fc.oneof(
          fc.record({ mechanism }),
          fc.record({ mechanism, initial: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(right)) }),
        ),
        carries: () => fc.constantFrom(...words),
      },
    },
  },
  { runs },
))
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
