/**
 * SMTPUTF8, internationalized email (RFC 6531).
 *
 * @packageDocumentation
 */
export { smtpUtf8 } from "./smtputf8.ts";
export type { SmtpUtf8 } from "./smtputf8.ts";
