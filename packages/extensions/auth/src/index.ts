/**
 * AUTH (RFC 4954): who a client is, proved by a SASL mechanism.
 *
 * @packageDocumentation
 */
export { auth } from "./auth.ts";
export type { Auth } from "./auth.ts";
export { mechanismList } from "./mechanism-name.ts";
export type { AuthClientOptions, AuthOptions, AuthServerOptions, AuthState } from "./options.ts";
export { AUTH_LINE, authArgs, authRow } from "./row.ts";
export type { AuthArgs } from "./row.ts";
export { submitter } from "./submitter.ts";
export type { Submitter } from "./submitter.ts";
