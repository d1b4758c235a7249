/** What `auth` is told, and what it remembers. */
import type { Awaitable, ClientCredentials, Mechanism, SaslCrypto, Store } from "@posthorn/sasl";

/** What `auth` can be told. Each half is for one side; a half that is left out does not take part. */
export interface AuthOptions<I> {
  /** The mechanisms that may be used, in the order in which a server offers them. */
  readonly mechanisms: readonly Mechanism[];
  /** Cryptography, randomness and string preparation: `nodeCrypto` of `@posthorn/node`, or another. */
  readonly crypto: SaslCrypto;
  readonly server?: AuthServerOptions<I>;
  readonly client?: AuthClientOptions;
}

/**
 * The server's half: a store (`verify`, `lookup`, `authorize`), whose identities become `state.AUTH.identity`, and how
 * to offer it. Mechanisms that the store cannot serve are not offered.
 */
export interface AuthServerOptions<I> extends Store<I> {
  /** Whether AUTH is offered without TLS too. Default false: 538 (RFC 4954 §4). */
  readonly inClear?: boolean;
  /** How many refusals of AUTH a connection may have: the one that reaches it is 421 instead of 535 (A6). Default 3. */
  readonly maxFailures?: number;
  /** The server's domain, for CRAM-MD5's challenge (RFC 2195 §2). Default `localhost`. */
  readonly hostname?: string;
  /**
   * 16 secret octets or more, from which names that nobody has get their salt. They should live as long as the store: a
   * salt that changes over a restart tells that there is no such user. Default: random, once for each factory call.
   */
  readonly falseSaltKey?: Uint8Array;
  /** The rounds that names that nobody has seem to have: those of most users. Default `ROUNDS` of `@posthorn/sasl`. */
  readonly rounds?: number;
}

/** The client's half. */
export interface AuthClientOptions {
  /** Who the client is; a function where they do not live long, as a token does: it is asked once for each connection. */
  readonly credentials: ClientCredentials | ((signal: AbortSignal) => Awaitable<ClientCredentials>);
  /** Whether to authenticate without TLS too. Default false: the negotiation fails (C7). */
  readonly inClear?: boolean;
  /** Nothing weaker than this mechanism is used, whatever is offered: a pin against a list that somebody shortened (A7). */
  readonly minMechanism?: string;
  /** The server as it was dialled, for OAUTHBEARER (RFC 7628 §3.1). */
  readonly server?: { readonly host: string; readonly port: number };
}

/** What both sides remember of who the client is: over EHLO and RSET, to STARTTLS (RFC 4954 §4, RFC 3207 §4.2). */
export interface AuthState<I> {
  /** Server: what the store returned. `undefined` before success, and on a client. */
  readonly identity: I | undefined;
  /** By which mechanism; `undefined` before success. */
  readonly mechanism: string | undefined;
  /** The name that was proved; empty where a mechanism has none, `undefined` before success. */
  readonly name: string | undefined;
}

/** `AuthState`, for the handlers that write it. */
export type AuthMemory<I> = { -readonly [P in keyof AuthState<I>]: AuthState<I>[P] };
