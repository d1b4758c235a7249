/**
 * DSN, delivery status notifications (RFC 3461).
 *
 * @packageDocumentation
 */
export { dsn } from "./dsn.ts";
export type { Dsn } from "./dsn.ts";
export type { Notify, NotifyOn, OriginalRecipient, Ret } from "./codecs.ts";
