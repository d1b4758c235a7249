/**
 * The cryptography that SASL asks for, by node:crypto. Short hashes are made at once; PBKDF2, which costs tens to
 * hundreds of milliseconds by intent, runs on libuv's threads, so that no login stops the event loop.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";
import type * as Profile from "@mongodb-js/saslprep";
import type { SaslCrypto } from "@posthorn/sasl";

const require = createRequire(import.meta.url);

/** Loaded when a text first needs it: its tables are 18 ms of a program's start, and most names and passwords are plain. */
const profile = (): typeof Profile => require("@mongodb-js/saslprep");

/** Longer text is no name and no password; an AUTH line holds 12288 octets (RFC 4954 §4). */
const LONGEST = 12_288;

/** Printable ASCII, which SASLprep leaves as it is (RFC 4013 §2). */
const PLAIN = /^[ -~]*$/;

const plainOctets = (buffer: Uint8Array): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

/**
 * The port of `@posthorn/sasl`, by node:crypto, with SASLprep (RFC 4013) by `@mongodb-js/saslprep`.
 *
 * @example
 * const line = formatUser("tim", await verifiers("tanstaaftanstaaf", {}, nodeCrypto));
 */
export const nodeCrypto: SaslCrypto = {
  random: (octets) => plainOctets(randomBytes(octets)),
  hmac: (hash, key, data) => plainOctets(createHmac(hash, key).update(data).digest()),
  digest: (hash, data) => plainOctets(createHash(hash).update(data).digest()),
  pbkdf2: (hash, password, salt, rounds, octets) =>
    new Promise((resolve, reject) => {
      pbkdf2(password, salt, rounds, octets, hash, (error, key) => {
        if (error === null) resolve(plainOctets(key));
        else reject(error);
      });
    }),
  // timingSafeEqual throws where lengths differ; a length is no secret.
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  prepare: (text, use) => {
    if (PLAIN.test(text)) return text;
    if (text.length > LONGEST) return undefined;
    try {
      return profile().saslprep(text, { allowUnassigned: use === "query" });
    } catch {
      return undefined; // the library says by a throw that the profile prohibits the text
    }
  },
};
