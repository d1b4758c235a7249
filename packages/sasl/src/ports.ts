/**
 * What this package needs of the world, as a port that the host fills (`@posthorn/node` does, from node:crypto).
 * Whatever may take long may be a promise; it is asked for through an `ask` step only.
 */

/** A value, or the promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** A hash function: MD5 for CRAM-MD5 (RFC 2195), SHA-1 and SHA-256 for SCRAM (RFC 5802, RFC 7677). */
export type Hash = "md5" | "sha1" | "sha256";

/** The cryptography, the randomness and the string preparation that mechanisms use. */
export interface SaslCrypto {
  /** So many octets that nobody can guess (RFC 4086). */
  random(octets: number): Uint8Array;
  /** HMAC (RFC 2104). */
  hmac(hash: Hash, key: Uint8Array, data: Uint8Array): Awaitable<Uint8Array>;
  /** The plain hash. */
  digest(hash: Hash, data: Uint8Array): Awaitable<Uint8Array>;
  /** PBKDF2 with HMAC (RFC 8018 §5.2). Slow by intent, so that a host does it off its main thread. */
  pbkdf2(hash: Hash, password: Uint8Array, salt: Uint8Array, rounds: number, octets: number): Awaitable<Uint8Array>;
  /** Whether both hold the same octets, in a time that does not depend on which differ. False, never a throw, where lengths differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /**
   * SASLprep (RFC 4013) of a name or a password: as a `stored` string or as a `query` (RFC 3454 §7: only a query
   * may hold code points that Unicode 3.2 had not assigned). `undefined` where the profile prohibits the text.
   */
  prepare(text: string, use: "stored" | "query"): string | undefined;
}

/** What ties an exchange to the TLS connection under it (RFC 5056). */
export interface ChannelBinding {
  /** `tls-exporter` (RFC 9266) or `tls-server-end-point` (RFC 5929 §4). */
  readonly type: "tls-exporter" | "tls-server-end-point";
  /** The binding's octets: the exported keying material, or the hash of the server's certificate. */
  readonly data: Uint8Array;
}
