/**
 * What a caller can say about a connection. Everything but where to connect to has a default that is safe: TLS wherever
 * it is offered, credentials only over TLS to a server whose certificate was verified.
 */
import type { Checked, Extensions } from "@posthorn/contract";
import type { StandardWithAuth } from "@posthorn/esmtp";
import type { Awaitable, ClientCredentials, Mechanism } from "@posthorn/sasl";
import type { ClientLimits } from "@posthorn/session";
import type { Clock } from "@posthorn/node";
import type { Observation } from "./observe.ts";
import type { Timeouts } from "./timeouts.ts";

/** The extensions that a client speaks where it is not told otherwise. */
export type StandardExtensions = StandardWithAuth<never>;

/**
 * What TLS is to a connection. `none`: never. `opportunistic`: by STARTTLS where it is offered and works, whoever the
 * server is; if the handshake fails, once more without (RFC 7435). `required`: by STARTTLS (RFC 3207), or no mail.
 * `implicit`: from the first octet (RFC 8314).
 */
export type TlsMode = "none" | "opportunistic" | "required" | "implicit";

/** Whom to believe: `true` the authorities and the name; `false` anybody; `sha256:…` the one certificate with this fingerprint, and nothing else about it. */
export type Verify = boolean | `sha256:${string}`;

/** An address to connect to. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Finds the addresses of a host, best first. A host that is not there is an error with the code `ENOTFOUND`. */
export type Lookup = (host: string, options: { readonly family: 4 | 6 | undefined }) => Promise<readonly HostAddress[]>;

/** PEM or DER, one or several. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** Where to, and how. `X` follows from `extensions`. */
export interface ConnectOptions<X extends Extensions = StandardExtensions> {
  /** A host name, also one that is not ASCII, or an IP address. Default `localhost`. */
  readonly host?: string | undefined;
  /** Default 25, and 465 where TLS is `implicit`. */
  readonly port?: number | undefined;
  /** A Unix socket, instead of host and port. */
  readonly path?: string | undefined;
  /** Default `smtp`; `lmtp` is RFC 2033. */
  readonly protocol?: "smtp" | "lmtp" | undefined;
  /** Default `opportunistic`; `implicit` on port 465; `required` with credentials, or where `verify` asks for it; `none` on a Unix socket. */
  readonly tls?: TlsMode | undefined;
  /** Default `true`, but for `opportunistic` without credentials. */
  readonly verify?: Verify | undefined;
  /** Authorities to believe instead of Node's. */
  readonly ca?: Pem | undefined;
  /** A certificate to show, where the server asks for one; and its key. */
  readonly cert?: Pem | undefined;
  /** The key of `cert`. */
  readonly key?: string | Uint8Array | undefined;
  /** The name to ask for (SNI) and to look for in the certificate, where it is not `host`. */
  readonly servername?: string | undefined;
  /**
   * Whether sessions of TLS are resumed with a server that this process has met under the same name and the same policy
   * (RFC 8446 §2.2); what was proved then holds for an hour. Default `true`.
   */
  readonly resume?: boolean | undefined;
  /** Who to authenticate as; a function is asked once for each connection, for tokens that do not live long. */
  readonly credentials?: ClientCredentials | ((signal: AbortSignal) => Awaitable<ClientCredentials>) | undefined;
  /** The SASL mechanisms that may be used. Default: all that `@posthorn/sasl` has, the strongest that fits. */
  readonly mechanisms?: readonly Mechanism[] | undefined;
  /** Nothing weaker than this mechanism, whatever the server offers. */
  readonly minMechanism?: string | undefined;
  /** Lets credentials travel without TLS. */
  readonly authInClear?: boolean | undefined;
  /** What to say in EHLO. Default: the machine's name where it is fully qualified, else the address of this side as a literal (RFC 5321 §4.1.1.1). */
  readonly name?: string | undefined;
  /**
   * Extensions instead of the standard set; or a function that is given the standard set, made for these options, and
   * returns what to compose. A tuple brings its own policy of TLS and its own credentials.
   */
  readonly extensions?: (X & Checked<X>) | ((standard: StandardExtensions) => X & Checked<X>) | undefined;
  /** Keywords of extensions not to compose. */
  readonly without?: readonly string[] | undefined;
  /** How long is waited for what, in milliseconds; `defaultTimeouts` where not given (RFC 5321 §4.5.3.2). */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Bounds on what the server may send. */
  readonly limits?: Partial<ClientLimits> | undefined;
  /** Only IPv4 or only IPv6. Default: both, in the order of the lookup. */
  readonly family?: 4 | 6 | undefined;
  /** The address to connect from. */
  readonly localAddress?: string | undefined;
  /** Default: the machine's resolver. */
  readonly lookup?: Lookup | undefined;
  /** Told everything that happens from the first moment; see `Connection.observe`. */
  readonly observe?: ((observation: Observation) => void) | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Gives the attempt up: the promise of `connect` is rejected with the code `aborted`. */
  readonly signal?: AbortSignal | undefined;
}
