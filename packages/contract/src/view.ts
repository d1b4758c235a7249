/**
 * What extensions see of a session: the session itself, under a type that only reads. Both sides have the same.
 */
import type { ReversePath } from "./path.ts";
import type { Phase } from "./verb.ts";

/** What is known of the TLS layer below a session. */
export interface Tls {
  /** Such as `TLSv1.3`. */
  readonly version: string;
  /** The cipher suite's name, by RFC or OpenSSL. */
  readonly cipher?: string;
  /** The name that the client asked for (SNI, RFC 6066 §3). */
  readonly servername?: string;
  /** The subject of the peer's certificate, where one was asked for and verified. */
  readonly peer?: string;
  /** Channel bindings that the host can supply (RFC 5929, RFC 9266), by type. */
  readonly bindings?: { readonly [type: string]: Uint8Array };
}

/** The transaction's reverse-path and the parameters that came with it. */
export interface Envelope<M = object> {
  readonly path: ReversePath;
  readonly params: Partial<M>;
}

/** A session, for reading. `M` is the MAIL parameters of the extension that looks. */
export interface View<M = object> {
  readonly protocol: "smtp" | "lmtp";
  readonly phase: Phase;
  /** The TLS layer, once there is one. */
  readonly tls: Tls | undefined;
  /** Whether the transaction's MAIL widened the grammar to UTF-8 (RFC 6531 §3.3). */
  readonly utf8: boolean;
  /** The hello that is in force: the domain that the client gave, as it stood on the wire; `undefined` before one. */
  readonly hello: { readonly verb: string; readonly domain: string } | undefined;
  /** The transaction, once MAIL was accepted. */
  readonly mail: Envelope<M> | undefined;
  /** Recipients accepted in this transaction. */
  readonly recipients: number;
  /** Octets of content in this transaction so far: decoded, CRLF counted, terminator not. */
  readonly octets: number;
  /** Transactions begun on this connection; nothing resets it. */
  readonly transactions: number;
  /** How often a verb was answered 4yz or 5yz for good on this connection; nothing resets it. */
  failures(verb: string): number;
  /** What an extension published (`server.facts`): `identity` of AUTH, for one. */
  fact(name: string): unknown;
  /** Whether the keyword stands in the EHLO reply that is in force. */
  offered(keyword: string): boolean;
}
