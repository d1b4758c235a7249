/**
 * The keys of SCRAM (RFC 5802 §3): what is derived from a password, and the part of it that a server keeps.
 */
import { utf8 } from "../octets.ts";
import type { SaslCrypto } from "../ports.ts";
import { ask } from "../steps.ts";
import type { Ask } from "../steps.ts";

/** A hash that SCRAM is used with here. */
export type ScramHash = "sha1" | "sha256";

/** How many octets a hash has. */
export const OCTETS: { readonly [hash in ScramHash]: number } = { sha1: 20, sha256: 32 };

/** The rounds below which a client refuses: RFC 5802 §5.1 and RFC 7677 §4 ask a server for at least so many. */
export const MIN_ROUNDS = 4096;

/** The rounds above which a client refuses, so that no server can set it to work for minutes. */
export const MAX_ROUNDS = 1_000_000;

/** The rounds of new verifiers, and those that an unknown name seems to have. */
export const ROUNDS = 100_000;

/** What a server keeps of a password for one hash (RFC 5802 §3): enough to check it, not enough to log in by it. */
export interface Verifier {
  /** The hash. */
  readonly hash: ScramHash;
  /** The salt; at least one octet. */
  readonly salt: Uint8Array;
  /** The rounds of PBKDF2, 4096 to 1,000,000. */
  readonly rounds: number;
  /** H(ClientKey). */
  readonly storedKey: Uint8Array;
  /** HMAC(SaltedPassword, "Server Key"). */
  readonly serverKey: Uint8Array;
}

/** All keys of a password. */
export interface Keys {
  readonly clientKey: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

const CLIENT_KEY = utf8("Client Key");
const SERVER_KEY = utf8("Server Key");

/** Derives the keys of a password that has been prepared (RFC 5802 §3). */
export function* deriveKeys(
  crypto: SaslCrypto,
  hash: ScramHash,
  password: string,
  salt: Uint8Array,
  rounds: number,
): Generator<Ask, Keys, unknown> {
  const saltedPassword = yield* ask(() => crypto.pbkdf2(hash, utf8(password), salt, rounds, OCTETS[hash]));
  const clientKey = yield* ask(() => crypto.hmac(hash, saltedPassword, CLIENT_KEY));
  const storedKey = yield* ask(() => crypto.digest(hash, clientKey));
  const serverKey = yield* ask(() => crypto.hmac(hash, saltedPassword, SERVER_KEY));
  return { clientKey, storedKey, serverKey };
}

/** The exclusive or of two keys of one length. */
export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((octet, at) => octet ^ (b[at] ?? 0));
