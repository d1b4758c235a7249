/**
 * What handshakes of one process share: tickets, and OpenSSL's reading of authorities and certificates. Each is found by
 * a key of all that it depends on, the settings of the process among it, so that nothing is resumed with another server,
 * under another name, or under another policy than that which judged it (security.md C7).
 */
import type * as NodeTls from "node:tls";
import type { SecureContext, SecureContextOptions } from "node:tls";
import { systemClock } from "@posthorn/node";
import { Keys } from "./pool-key.ts";
import type { Terms } from "./setup.ts";
import { type Ticket, Tickets } from "./tickets.ts";

/** Contexts are few, and may be large: a bundle of all authorities takes 12 ms to read. */
const CONTEXTS = 8;

const keys = new Keys();
const tickets = new Tickets(systemClock);
/** The one that was used last is behind. */
const contexts: Map<string, SecureContext> = new Map();

const contextOf = (key: string, make: () => SecureContext): SecureContext => {
  const context = contexts.get(key) ?? make();
  contexts.delete(key);
  contexts.set(key, context);
  const [oldest = key] = contexts.keys();
  if (contexts.size > CONTEXTS) contexts.delete(oldest);
  return context;
};

/** All that a context depends on but `options`: a process may change it while it runs. */
const settingsOf = (tls: typeof NodeTls): Readonly<Record<string, unknown>> => ({
  authorities: tls.getCACertificates?.("default"), // the same array for as long as they are the same
  ciphers: tls.DEFAULT_CIPHERS,
  curves: tls.DEFAULT_ECDH_CURVE,
  min: tls.DEFAULT_MIN_VERSION,
  max: tls.DEFAULT_MAX_VERSION,
});

/** What a handshake begins with. */
export interface Acquaintance {
  readonly context: SecureContext;
  readonly ticket: Ticket | undefined;
}

/** How one attempt to connect has to do with those before it. */
export class Resumption {
  #key = "";
  #offered = false;

  /** Whether a ticket was shown: then the handshake may have failed because of it. */
  get offered(): boolean {
    return this.#offered;
  }

  /** The time by which `Proof.until` is meant. */
  now(): number {
    return tickets.now();
  }

  /** What there is to begin a handshake with. */
  begin({ target, policy, servername, options }: Terms, made: SecureContextOptions, tls: typeof NodeTls): Acquaintance {
    const { ca, cert, key, localAddress } = options;
    const contextKey = keys.of({ ca, cert, key, ...settingsOf(tls) });
    const { mode, verify } = policy;
    this.#key = keys.of({ ...target, contextKey, servername, verify, implicit: mode === "implicit", localAddress });
    const ticket = tickets.take(this.#key);
    this.#offered = ticket !== undefined;
    return { context: contextOf(contextKey, () => tls.createSecureContext(made)), ticket };
  }

  /** Keeps a ticket for who comes next. */
  keep(ticket: Ticket): void {
    tickets.keep(this.#key, ticket);
  }

  /** The server broke off when it was shown a ticket: it is shown none for a while. */
  refuse(): void {
    tickets.refuse(this.#key);
  }
}
