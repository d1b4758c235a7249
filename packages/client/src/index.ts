/**
 * An SMTP and LMTP client on node:net and node:tls.
 *
 * @packageDocumentation
 */
export { connect } from "./connect.ts";
export type { SendOptions } from "./channel.ts";
export type { Connection } from "./connection.ts";
export type { Content, ContentOptions, Octets } from "./content.ts";
export type { Progress } from "./delivery.ts";
export { ClientError } from "./errors.ts";
export type { FailureCode, FailureDetails, FailureKind } from "./errors.ts";
export type { Mail, MailRecipient } from "./mail.ts";
export type { Listener, Observation, Observed } from "./observe.ts";
export type { ConnectOptions, HostAddress, Lookup, Pem, StandardExtensions, TlsMode, Verify } from "./options.ts";
export type { Outcome, RecipientVerdict } from "./outcome.ts";
export { createPool } from "./pool.ts";
export type { Pool, PoolOptions, PoolSendOptions } from "./pool.ts";
export { defaultTimeouts } from "./timeouts.ts";
export type { Timeouts } from "./timeouts.ts";
export { transcript } from "./transcript.ts";
