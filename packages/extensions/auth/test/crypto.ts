/** Cryptography for tests: node:crypto, and string preparation that leaves text as it is. */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import type { SaslCrypto } from "@posthorn/sasl";

export const crypto: SaslCrypto = {
  random: (octets) => randomBytes(octets),
  hmac: (hash, key, data) => createHmac(hash, key).update(data).digest(),
  digest: (hash, data) => createHash(hash).update(data).digest(),
  pbkdf2: (hash, password, salt, rounds, octets) =>
    new Promise((resolve, reject) => {
      pbkdf2(password, salt, rounds, octets, hash, (error, key) => {
        if (error === null) resolve(key);
        else reject(error);
      });
    }),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  prepare: (text) => text,
};
