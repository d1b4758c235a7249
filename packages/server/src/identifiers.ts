/**
 * Names of sessions: 12 characters of a 32-letter alphabet, 60 random bits. Octets are drawn in blocks, because a call
 * for each connection costs more than the connection's greeting. The names are an `atom` (RFC 5322 §3.2.3), so that
 * they can stand in a Received field.
 */
import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 12;
const BLOCK: Uint8Array = new Uint8Array(4096 - (4096 % LENGTH));
let at: number = BLOCK.length;

/** A name that no other session has. */
export const identifier = (): string => {
  if (at === BLOCK.length) {
    randomFillSync(BLOCK);
    at = 0;
  }
  let name = "";
  for (const end = at + LENGTH; at < end; at++) name += ALPHABET[(BLOCK[at] ?? 0) & 31] ?? "";
  return name;
};
