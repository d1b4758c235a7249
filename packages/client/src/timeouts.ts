/** How long is waited for what (RFC 5321 §4.5.3.2), in milliseconds, and which of these a session waits for now. */
import type { Awaiting } from "@posthorn/session";

/** All times are milliseconds. Each is from the moment at which the thing is waited for to its end: a trickle extends none. */
export interface Timeouts {
  /** For one address to take the connection. 30 000. */
  readonly connect: number;
  /** For a TLS handshake. 60 000. */
  readonly tls: number;
  /** For the greeting (§4.5.3.2.1). 300 000. */
  readonly greeting: number;
  /** For the reply to EHLO, HELO, LHLO. 300 000. */
  readonly hello: number;
  /** For the reply to MAIL (§4.5.3.2.2). 300 000. */
  readonly mail: number;
  /** For each reply to a RCPT (§4.5.3.2.3). 300 000. */
  readonly rcpt: number;
  /** For 354 (§4.5.3.2.4). 120 000. */
  readonly dataStart: number;
  /** For a piece of content, at most 1 MiB, to be taken (§4.5.3.2.5). 180 000. */
  readonly dataBlock: number;
  /** For each reply after the content (§4.5.3.2.6). 600 000. */
  readonly dataEnd: number;
  /** For the reply to RSET. 20 000. */
  readonly reset: number;
  /** For the reply to QUIT, and for the server to close. 10 000. */
  readonly quit: number;
  /** For the reply to anything else: AUTH, STARTTLS, NOOP, a verb of an extension. 300 000. */
  readonly other: number;
}

/** The times without configuration. */
export const defaultTimeouts: Timeouts = {
  connect: 30_000,
  tls: 60_000,
  greeting: 300_000,
  hello: 300_000,
  mail: 300_000,
  rcpt: 300_000,
  dataStart: 120_000,
  dataBlock: 180_000,
  dataEnd: 600_000,
  reset: 20_000,
  quit: 10_000,
  other: 300_000,
};

const BY_VERB: ReadonlyMap<string, keyof Timeouts> = new Map([
  ["", "greeting"],
  ["EHLO", "hello"],
  ["HELO", "hello"],
  ["LHLO", "hello"],
  ["MAIL", "mail"],
  ["RCPT", "rcpt"],
  ["DATA", "dataStart"],
  ["RSET", "reset"],
  ["QUIT", "quit"],
]);

/** Which time bounds the wait for this reply. `content` says whether octets of a message are under way. */
export const timeoutFor = ({ verb, octets }: Awaiting, content: boolean): keyof Timeouts =>
  octets && content ? "dataEnd" : (BY_VERB.get(verb) ?? "other");
