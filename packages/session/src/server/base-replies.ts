/**
 * What a server says of its own. Constants, so that each is encoded once; no text of a peer is in any of them. The
 * enhanced statuses (RFC 3463, RFC 5248) reach the wire where an extension puts them there.
 */
import { type Fault, type Reply, reply } from "@posthorn/contract";

/** The proposal for MAIL (RFC 5321 §4.1.1.2). */
export const SENDER_OK: Reply = reply(250, "2.1.0", "Sender OK");
/** The proposal for RCPT (RFC 5321 §4.1.1.3). */
export const RECIPIENT_OK: Reply = reply(250, "2.1.5", "Recipient OK");
/** The proposal for a transfer that begins after 354 (RFC 5321 §4.1.1.4). */
export const START_CONTENT: Reply = reply(354, "Start mail input; end with <CRLF>.<CRLF>");
/** The proposal for a complete message. */
export const MESSAGE_OK: Reply = reply(250, "2.0.0", "Message accepted");
/** A piece of content that is not the last, where no handler says otherwise. */
export const PIECE_OK: Reply = reply(250, "2.0.0", "Octets received");
/** To NOOP. */
export const OK: Reply = reply(250, "2.0.0", "OK");
/** To RSET (RFC 5321 §4.1.1.5). */
export const RESET: Reply = reply(250, "2.0.0", "Reset");
/** The proposal for VRFY (RFC 5321 §3.5.3). */
export const CANNOT_VERIFY: Reply = reply(
  252,
  "2.1.5",
  "Cannot verify, but will accept a message and attempt delivery",
);
/** The proposal for EXPN (RFC 5321 §3.5.3). */
export const NO_EXPANSION: Reply = reply(502, "5.5.1", "Lists are not expanded here");
/** HELP on what is no verb here. */
export const NO_HELP: Reply = reply(504, "5.5.4", "No help on that topic");

/** More recipients than are taken (RFC 5321 §4.5.3.1.10). */
export const TOO_MANY_RECIPIENTS: Reply = reply(452, "4.5.3", "Too many recipients");
/** Errors, junk, or recipients beyond all patience: closes. */
export const TOO_MANY_ERRORS: Reply = reply(421, "4.7.0", "Too many errors");
/** Too many items in one conversation: closes. */
export const TOO_MANY_ROUNDS: Reply = reply(421, "4.7.0", "Too many rounds");
/** An extension's own code failed. */
export const LOCAL_ERROR: Reply = reply(451, "4.3.0", "Local error in processing");
/** An extension's decoder failed, so that framing is lost. */
export const LOCAL_FAILURE: Reply = reply(421, "4.3.0", "Local error, closing connection");

const fault = (code: string, said: Reply, rfc: string): Fault => ({ code, reply: said, rfc });

/** No such verb (RFC 5321 §4.2.4). */
export const UNKNOWN: Fault = fault("unknown-verb", reply(500, "5.5.2", "Command not recognized"), "RFC 5321 §4.2.4");
/** A verb that is not legal in this phase (RFC 5321 §4.1.4). */
export const BAD_SEQUENCE: Fault = fault(
  "bad-sequence",
  reply(503, "5.5.1", "Bad sequence of commands"),
  "RFC 5321 §4.1.4",
);
/** A verb that is there, but was not offered (RFC 5321 §4.2.4). */
export const NOT_OFFERED: Fault = fault(
  "not-offered",
  reply(502, "5.5.1", "Command not implemented"),
  "RFC 5321 §4.2.4",
);
/** A command line over its limit (RFC 5321 §4.5.3.1.4). */
export const LINE_TOO_LONG: Fault = fault("line-too-long", reply(500, "5.5.2", "Line too long"), "RFC 5321 §4.5.3.1.4");
/** A request of HTTP: no mail client sends it, a browser that was tricked does (ALPACA). */
export const NOT_SMTP: Fault = { code: "not-smtp", reply: reply(421, "4.7.0", "This is no HTTP server"), fatal: true };
/** The fault that stands for an error of our own, so that the host hears of it. */
export const LOCAL_FAULT: Fault = { code: "local-error", reply: LOCAL_ERROR };

/** Verbs of HTTP. */
export const HTTP: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "CONNECT",
  "TRACE",
  "PRI",
]);
