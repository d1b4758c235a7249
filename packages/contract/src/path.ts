/**
 * Paths (RFC 5321 §4.1.2) as values. `@posthorn/wire` reads and writes them; extensions and hosts look at them here.
 */

/** A mailbox, `local-part@domain` (RFC 5321 §4.1.2). */
export interface Mailbox {
  /** The local part by its meaning: without the quotes and escapes that it may have on the wire. */
  readonly local: string;
  /** The domain as it was written; an address literal with its brackets; empty only for `<Postmaster>`. */
  readonly domain: string;
}

/** The argument of MAIL: a mailbox, or `null` for the null reverse-path `<>` (RFC 5321 §4.5.5). */
export type ReversePath = Mailbox | null;

/** The argument of RCPT: a mailbox; its domain is empty for `<Postmaster>` alone (RFC 5321 §4.5.1). */
export type ForwardPath = Mailbox;
