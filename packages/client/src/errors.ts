/**
 * What goes wrong between a client and a server, as one class: a stable `code`, and the answers to what a caller asks
 * next (try again? try another host?) as data. A mistake of the caller's own is a `LocalProtocolError` of
 * `@posthorn/contract`; what a server says of a message or a recipient is no error but a verdict (`outcome.ts`).
 */
import type { Reply } from "@posthorn/contract";

const CLIENT_ERROR: symbol = Symbol.for("posthorn.ClientError");

/** What kind of failure it is, after the groups of sysexits.h: for exit codes, metrics and messages to a person. */
export type FailureKind =
  | "usage"
  | "content"
  | "no-host"
  | "unavailable"
  | "temporary"
  | "io"
  | "protocol"
  | "no-permission"
  | "tls";

/** A stable name of what went wrong. */
export type FailureCode =
  /** An option, or two of them together, that make no sense. */
  | "bad-option"
  /** The content could not be read: no such file, a stream that failed. */
  | "content-unreadable"
  /** Content that must be strict has a bare CR or bare LF (RFC 5321 §2.3.8). */
  | "content-unfit"
  /** There is no such host. */
  | "host-not-found"
  /** The name server could not be asked, or did not know now. */
  | "lookup-failed"
  /** No address took the connection. */
  | "connect-failed"
  /** The connection broke. */
  | "connection-lost"
  /** A deadline passed (RFC 5321 §4.5.3.2). */
  | "timeout"
  /** The server refused the connection or the hello. */
  | "refused"
  /** The server said 421. */
  | "service-closing"
  /** The server broke the protocol, so that nothing that it says can be trusted. */
  | "protocol"
  /** TLS is required, and was not to be had. */
  | "tls-unavailable"
  /** The TLS handshake failed. */
  | "tls-failed"
  /** The certificate is none that this client trusts. */
  | "certificate-untrusted"
  /** The certificate is not valid now. */
  | "certificate-expired"
  /** The certificate is for another name. */
  | "certificate-name"
  /** The certificate is not the one that was named by its fingerprint. */
  | "certificate-fingerprint"
  /** The credentials were not accepted, or could not be used. */
  | "not-authenticated"
  /** The caller's signal. */
  | "aborted"
  /** The connection or the pool was closed by this side. */
  | "closed";

interface Answers {
  readonly kind: FailureKind;
  readonly retry: boolean;
  readonly nextHost: boolean;
}

const answers = (kind: FailureKind, retry: boolean, nextHost: boolean): Answers => ({ kind, retry, nextHost });

const ANSWERS: Readonly<Record<FailureCode, Answers>> = {
  "bad-option": answers("usage", false, false),
  "content-unreadable": answers("io", false, false),
  "content-unfit": answers("content", false, false),
  "host-not-found": answers("no-host", false, true),
  "lookup-failed": answers("temporary", true, true),
  "connect-failed": answers("temporary", true, true),
  "connection-lost": answers("temporary", true, true),
  timeout: answers("temporary", true, true),
  refused: answers("unavailable", false, true),
  "service-closing": answers("temporary", true, true),
  protocol: answers("protocol", true, true),
  "tls-unavailable": answers("tls", true, true),
  "tls-failed": answers("tls", true, true),
  "certificate-untrusted": answers("tls", false, true),
  "certificate-expired": answers("tls", false, true),
  "certificate-name": answers("tls", false, true),
  "certificate-fingerprint": answers("tls", false, true),
  "not-authenticated": answers("no-permission", false, false),
  aborted: answers("temporary", false, false),
  closed: answers("temporary", true, false),
};

/** What is known beside the code. */
export interface FailureDetails {
  readonly cause?: unknown;
  /** The reply that says so; a 4yz makes the failure one that passes. */
  readonly reply?: Reply | undefined;
  /** The host as the caller named it. */
  readonly host?: string | undefined;
  /** The address that was tried. */
  readonly address?: string | undefined;
  /** The clause of the RFC. */
  readonly rfc?: string | undefined;
}

/** A failure of a connection, or of what was to be sent over it. */
export class ClientError extends Error {
  /** What went wrong, by a name that stays: to branch on. */
  readonly code: FailureCode;
  /** Of what kind it is: for exit codes and metrics. */
  readonly kind: FailureKind;
  /** Whether the same may succeed later. */
  readonly retry: boolean;
  /** Whether another host for the same mail may do better. */
  readonly nextHost: boolean;
  /** The reply that it came of, whole. */
  readonly reply: Reply | undefined;
  /** The host as the caller named it. */
  readonly host: string | undefined;
  /** The address that was tried, with its port. */
  readonly address: string | undefined;
  /** The clause of the RFC that it is about. */
  readonly rfc: string | undefined;

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    const { kind, retry, nextHost } = ANSWERS[code];
    const { reply, host, address, rfc } = details;
    const passes = reply !== undefined && reply.code >= 400 && reply.code < 500;
    this.name = "ClientError";
    this.code = code;
    this.kind = passes && (kind === "unavailable" || kind === "no-permission") ? "temporary" : kind;
    this.retry = retry || passes;
    this.nextHost = nextHost;
    this.reply = reply;
    this.host = host;
    this.address = address;
    this.rfc = rfc;
    Object.defineProperty(this, CLIENT_ERROR, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && CLIENT_ERROR in value;
  }
}

/** One sentence of anything that was thrown. */
export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The `code` of an error of Node's, such as `ECONNREFUSED`; empty where there is none. */
export const systemCodeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
