/**
 * SASL (RFC 4422) as pure steppers, for both roles.
 *
 * @packageDocumentation
 */
export type { Awaitable, ChannelBinding, Hash, SaslCrypto } from "./ports.ts";
export type {
  Ask,
  Challenge,
  ClientExchange,
  ClientFailure,
  ClientOutcome,
  ClientStep,
  Respond,
  ServerExchange,
  ServerOutcome,
  ServerStep,
  Turn,
} from "./steps.ts";
export { perform } from "./perform.ts";
export { ask, challenge, respond } from "./steps.ts";
export type { ClientCredentials, ClientHost, Mechanism, ServerHost } from "./mechanism.ts";
export type { Credentials, Found, Store, Verdict } from "./store.ts";
export { anonymous } from "./anonymous.ts";
export { cramMd5 } from "./cram-md5.ts";
export { external } from "./external.ts";
export { login } from "./login.ts";
export { oauthbearer } from "./oauthbearer.ts";
export { plain } from "./plain.ts";
export { scramSha1, scramSha1Plus, scramSha256, scramSha256Plus } from "./scram/mechanisms.ts";
export { xoauth2 } from "./xoauth2.ts";
export { MECHANISMS } from "./standard.ts";
export type { Policy } from "./choose.ts";
export { candidates, choose, servable } from "./choose.ts";
export type { ScramHash, Verifier } from "./scram/keys.ts";
export { ROUNDS } from "./scram/keys.ts";
export { checkPassword, verifiers, verifyByLookup } from "./verifiers.ts";
export type { User } from "./users.ts";
export { formatUser, formatVerifiers, parseUser, parseVerifiers } from "./users.ts";
