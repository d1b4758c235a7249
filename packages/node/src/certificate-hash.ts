/**
 * The hash that a certificate was signed with, as far as the channel binding `tls-server-end-point` needs it (RFC 5929
 * §4.1). Node 22 does not tell it, so the two places in the DER where it stands are read here: a certificate is
 * `SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, … }, … }` (RFC 5280 §4.1).
 */

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The element at a place, or `undefined` where there is none that fits. */
const elementAt = (der: Uint8Array, at: number, end: number): Element | undefined => {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  let start = at + 2;
  let length = first;
  if (first > 0x7f) {
    length = 0;
    for (let left = first & 0x7f; left > 0; left--) length = length * 256 + (der[start++] ?? 0);
  }
  return start + length <= end ? { tag, start, end: start + length } : undefined;
};

/** Object identifiers in hexadecimal, and the hash. What has none, or more than one, is not here (Ed25519, RSASSA-PSS). */
const HASHES: ReadonlyMap<string, string> = new Map([
  ["2a864886f70d010104", "sha256"], // md5WithRSA: MD5 and SHA-1 count as SHA-256
  ["2a864886f70d010105", "sha256"], // sha1WithRSA
  ["2a8648ce3d0401", "sha256"], // ecdsa-with-SHA1
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
]);

/**
 * The name of the hash, for `node:crypto`, that the channel binding of this certificate (DER) is made with;
 * `undefined` where RFC 5929 defines none.
 */
export const endPointHash = (der: Uint8Array): string | undefined => {
  const whole = elementAt(der, 0, der.length);
  const signed = whole === undefined ? undefined : elementAt(der, whole.start, whole.end);
  const algorithm = whole === undefined || signed === undefined ? undefined : elementAt(der, signed.end, whole.end);
  const oid = algorithm === undefined ? undefined : elementAt(der, algorithm.start, algorithm.end);
  if (oid === undefined || oid.tag !== 0x06) return undefined;
  const hex = [...der.subarray(oid.start, oid.end)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  return HASHES.get(hex);
};
