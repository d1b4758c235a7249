/** What a server is made of. */
import type { Checked, Extensions } from "@posthorn/contract";
import type { Clock } from "@posthorn/node";
import type { Hooks } from "./hooks.ts";
import type { Limits } from "./limits.ts";
import type { Listener } from "./listen.ts";
import type { Observation } from "./observation.ts";
import type { TlsSource } from "./tls.ts";

/** Options of `createServer`. */
export interface ServerOptions<X extends Extensions> {
  /** The server's own name, a domain or an address literal: it greets with it (RFC 5321 §4.2). */
  readonly hostname: string;
  /** What it speaks beside RFC 5321. STARTTLS among it is offered on listeners that have `tls: "starttls"` only. */
  readonly extensions: X & Checked<X>;
  /** What becomes of mail; without any, all is accepted and nothing kept. */
  readonly hooks?: Hooks<X>;
  /** Where it listens, and for whom. */
  readonly listeners: readonly Listener[];
  /** Bounds; `defaultLimits` where not given. */
  readonly limits?: Partial<Limits>;
  /** Certificates; needed where a listener has TLS. */
  readonly tls?: TlsSource;
  /** The system's if not given. */
  readonly clock?: Clock;
  /** `strict` refuses content with bare CR or LF; `normalize` makes CRLF of them. `strict` if not given. */
  readonly lineEndings?: "strict" | "normalize";
  /** The longest line of content, octets with CRLF, or 550 5.6.0 at its end; any if not given. */
  readonly maxLine?: number;
  /** To whom rates, counts and delays do not apply; loopback and Unix sockets if not given. An address is empty on a Unix socket. */
  readonly exempt?: (address: string) => boolean;
  /** Whether there is stress that the server cannot see: asked once a second, it shortens times as too many connections do (`limits.stress`). */
  readonly stressed?: () => boolean;
  /** Whether submission works without TLS (RFC 8314 says that it should not). AUTH must be offered in the clear by its own option too. */
  readonly submissionInClear?: boolean;
  /** What becomes of clients that talk before the greeting: counted, or refused by 554 (security: S8). `serve` if not given. */
  readonly earlyTalk?: "serve" | "refuse";
  /**
   * Whether all connections are read into one buffer, where the runtime can: `Listening.sharedReadBuffer` says so. It
   * needs what Node does not document; where that is missing, and with implicit TLS, nothing changes. It saves the more
   * the larger messages are and where their sinks are `transient`; for other sinks all octets are copied once. `false`
   * if not given.
   */
  readonly sharedReadBuffer?: boolean;
  /** A first listener of observations; `server.observe` adds others. */
  readonly observe?: (event: Observation<X>) => void;
}
