/**
 * A client's credentials, made ready for a message: prepared by RFC 4013, and free of what the grammar has no room
 * for. What is missing or cannot be written is our caller's mistake and throws, without the value in the message.
 */
import { LocalProtocolError } from "@posthorn/contract";
import type { ClientHost } from "./mechanism.ts";
import { hasControl, isVchar } from "./octets.ts";

/**
 * The prepared authentication identity.
 * @throws LocalProtocolError `no-credentials` or `unpreparable`.
 */
export const nameOf = (host: ClientHost): string => prepared(host, host.credentials.name, "name", "query");

/**
 * The prepared password. SCRAM salts it as a `stored` string (RFC 5802 §2.2); elsewhere it is a `query` (RFC 4616 §2).
 * @throws LocalProtocolError `no-credentials` or `unpreparable`.
 */
export const passwordOf = (host: ClientHost, use: "stored" | "query"): string =>
  prepared(host, host.credentials.password, "password", use);

/**
 * The authorization identity; empty where none is asked for.
 * @throws LocalProtocolError `unencodable` where it holds a control character.
 */
export const authzidOf = (host: ClientHost): string => {
  const authzid = host.credentials.authzid ?? "";
  if (hasControl(authzid) || !authzid.isWellFormed()) throw unencodable("authzid");
  return authzid;
};

/**
 * The bearer token.
 * @throws LocalProtocolError `no-credentials`, or `unencodable` where it is not printable ASCII (RFC 6750 §2.1).
 */
export const tokenOf = (host: ClientHost): string => {
  const { token } = host.credentials;
  if (token === undefined) throw missing("token");
  if (!isVchar(token)) throw unencodable("token");
  return token;
};

/** The error of a value that has no place in the message; it names the field only. */
export const unencodable = (field: string): LocalProtocolError =>
  new LocalProtocolError("unencodable", `the ${field} holds what the mechanism cannot carry`, "RFC 4422 §4");

const missing = (field: string): LocalProtocolError =>
  new LocalProtocolError("no-credentials", `the credentials have no ${field}`, "RFC 4422 §3");

const prepared = (host: ClientHost, text: string | undefined, field: string, use: "stored" | "query"): string => {
  if (text === undefined) throw missing(field);
  const ready = text.isWellFormed() ? host.crypto.prepare(text, use) : undefined;
  // A preparation that lets a control character through would let NUL through, which separates PLAIN's fields.
  if (ready === undefined || ready === "" || hasControl(ready)) {
    throw new LocalProtocolError("unpreparable", `the ${field} is prohibited by SASLprep`, "RFC 4013 §2");
  }
  return ready;
};
