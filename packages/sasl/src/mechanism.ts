/**
 * A mechanism (RFC 4422 §3) is a plain value: its name, what is to be known of it before it is used, and how each
 * role performs it. Ours are made of the same type that a stranger's are; there is no register of them.
 */
import type { ChannelBinding, SaslCrypto } from "./ports.ts";
import type { ClientExchange, ServerExchange } from "./steps.ts";
import type { Store } from "./store.ts";

/** A mechanism; a role that it does not have is absent. */
export interface Mechanism {
  /** Its registered name, 1 to 20 of `A-Z 0-9 - _` (RFC 4422 §3.1). */
  readonly name: string;
  /** Who speaks first: a mechanism of `client` may have an initial response (RFC 4422 §3.3). */
  readonly first: "client" | "server";
  /** Where it stands in `choose`: the greater is the stronger. Ours lie between 0 and 110. */
  readonly strength: number;
  /** Whether the secret itself travels, so that it must not in the clear. */
  readonly reveals: boolean;
  /** Whether it needs a channel binding (RFC 5056): the -PLUS forms. */
  readonly binds?: boolean;
  /** What a client must have to use it: `password`, `token`, `external`, `anonymous`, or a stranger's own word. */
  readonly uses: string;
  /**
   * What a store must serve for it to be offered: `password`, `token`, `external`, `anonymous`, `sha1` or `sha256`
   * (verifiers), `secret` (a password in the clear), or a stranger's own word.
   */
  readonly needs: string;
  /**
   * The client's part.
   * @throws LocalProtocolError from its first step, where the credentials do not have what it needs (`no-credentials`)
   * or cannot be written (`unencodable`, `unpreparable`). The message holds none of them.
   */
  client?(host: ClientHost): ClientExchange;
  /** The server's part. `initial` is the decoded initial response; `undefined` where there was none, empty for `=` (RFC 4954 §4). */
  server?<I>(host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I>;
}

/** What a mechanism knows of the server that it runs on. */
export interface ServerHost<I> {
  /** Cryptography. */
  readonly crypto: SaslCrypto;
  /** Who there is. */
  readonly store: Store<I>;
  /** The server's domain, for CRAM-MD5's challenge (RFC 2195 §2). */
  readonly hostname: string;
  /** 16 secret octets or more; while they stay, an unknown name keeps its false salt (RFC 5802 §9 has no users told apart). */
  readonly falseSaltKey: Uint8Array;
  /** The rounds that an unknown name seems to have: those of most users. `ROUNDS` if absent. */
  readonly rounds?: number;
  /** The bindings of this connection; none without TLS. */
  readonly channelBindings?: readonly ChannelBinding[];
  /** Who the layer below says the client is, such as the subject of its certificate; for EXTERNAL (RFC 4422 appendix A). */
  readonly external?: string;
  /** The mechanisms that were offered: a client that says that no -PLUS was among them has been lied to (RFC 5802 §6). Absent: -PLUS was offered wherever there is a binding. */
  readonly offered?: readonly string[];
}

/** What a mechanism knows of the client that it runs on. */
export interface ClientHost {
  /** Cryptography. */
  readonly crypto: SaslCrypto;
  /** Who the client is. */
  readonly credentials: ClientCredentials;
  /** The bindings of this connection, the preferred first; none without TLS. */
  readonly channelBindings?: readonly ChannelBinding[];
  /** The mechanisms that the server offered: SCRAM says so if -PLUS was not among them (RFC 5802 §6). */
  readonly offered?: readonly string[];
  /** The server as it was dialled, for OAUTHBEARER (RFC 7628 §3.1). */
  readonly server?: { readonly host: string; readonly port: number };
}

/** What a client may prove itself with. */
export interface ClientCredentials {
  /** The authentication identity. */
  readonly name?: string;
  /** The password. */
  readonly password?: string;
  /** An OAuth 2.0 bearer token (RFC 6750). */
  readonly token?: string;
  /** The identity to act as, where it is not the client's own. */
  readonly authzid?: string;
  /** Whether the layer below has shown who the client is, so that EXTERNAL may be used. */
  readonly external?: boolean;
  /** What ANONYMOUS tells of the client; may be empty (RFC 4505 §2). */
  readonly trace?: string;
}
