/**
 * STARTTLS, secure SMTP over TLS (RFC 3207).
 *
 * @packageDocumentation
 */
export { startTls } from "./starttls.ts";
export type { StartTls, StartTlsOptions, StartTlsPolicy } from "./starttls.ts";
