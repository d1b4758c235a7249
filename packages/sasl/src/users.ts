/**
 * Verifiers as text, and the lines of a users file. The form of a verifier is Dovecot's (and GNU SASL's `mkpasswd`):
 *
 *     verifiers = verifier *( SP verifier )
 *     verifier  = "{" ( "SCRAM-SHA-256" / "SCRAM-SHA-1" ) "}" rounds "," salt "," StoredKey "," ServerKey
 *     user      = name ":" verifiers
 *
 * with `rounds` decimal and the rest base64. No verifier holds a colon, so the last colon ends the name.
 */
import { LocalProtocolError } from "@posthorn/contract";
import { fromBase64, hasControl, toBase64 } from "./octets.ts";
import { MAX_ROUNDS, MIN_ROUNDS, OCTETS } from "./scram/keys.ts";
import type { ScramHash, Verifier } from "./scram/keys.ts";

const SCHEMES: { readonly [hash in ScramHash]: string } = { sha256: "{SCRAM-SHA-256}", sha1: "{SCRAM-SHA-1}" };

/** A user of a users file. */
export interface User {
  /** The name as it was written; a store should prepare it (RFC 4013) before it compares. */
  readonly name: string;
  /** At most one for each hash. */
  readonly verifiers: readonly Verifier[];
}

/** Writes verifiers: `{SCRAM-SHA-256}100000,salt,stored,server {SCRAM-SHA-1}…`. */
export const formatVerifiers = (verifiers: readonly Verifier[]): string =>
  verifiers
    .map(
      ({ hash, salt, rounds, storedKey, serverKey }) =>
        `${SCHEMES[hash]}${[String(rounds), ...[salt, storedKey, serverKey].map(toBase64)].join(",")}`,
    )
    .join(" ");

/**
 * Reads verifiers. `undefined` where the text is none, where a key is not as long as its hash, where the rounds are
 * not such as a client accepts (4096 to 1,000,000), and where a hash stands twice.
 */
export const parseVerifiers = (text: string): readonly Verifier[] | undefined => {
  const read: Verifier[] = [];
  for (const each of text.split(" ")) {
    const verifier = parseVerifier(each);
    if (verifier === undefined || read.some((other) => other.hash === verifier.hash)) return undefined;
    read.push(verifier);
  }
  return read;
};

/**
 * Writes the line of a user, without a line ending.
 * @throws LocalProtocolError `unencodable` where the name is empty, has a control character, begins by `#`
 * or by or ends in white space; or where there is no verifier.
 */
export const formatUser = (name: string, verifiers: readonly Verifier[]): string => {
  if (!isName(name) || verifiers.length === 0) {
    throw new LocalProtocolError("unencodable", "a line of a users file has a plain name and at least one verifier");
  }
  return `${name}:${formatVerifiers(verifiers)}`;
};

/** Reads the line of a user; `undefined` where it is none. Empty lines and comments are the reader's matter. */
export const parseUser = (line: string): User | undefined => {
  const colon = line.lastIndexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  const verifiers = parseVerifiers(line.slice(colon + 1));
  return !isName(name) || verifiers === undefined ? undefined : { name, verifiers };
};

const isName = (name: string): boolean =>
  name !== "" && name.trim() === name && !hasControl(name) && !name.startsWith("#");

const parseVerifier = (text: string): Verifier | undefined => {
  const hash = (["sha256", "sha1"] as const).find((each) => text.startsWith(SCHEMES[each]));
  if (hash === undefined) return undefined;
  const [digits = "", ...fields] = text.slice(SCHEMES[hash].length).split(",");
  const rounds = /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : 0;
  const [salt, storedKey, serverKey] = fields.map(fromBase64);
  if (fields.length !== 3 || salt === undefined || storedKey === undefined || serverKey === undefined) return undefined;
  if (rounds < MIN_ROUNDS || rounds > MAX_ROUNDS || salt.length === 0) return undefined;
  if (storedKey.length !== OCTETS[hash] || serverKey.length !== OCTETS[hash]) return undefined;
  return { hash, salt, rounds, storedKey, serverKey };
};
