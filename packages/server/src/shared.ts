/** What all connections of a server share. */
import { type Extensions, type Reply, reply } from "@posthorn/contract";
import type { Clock } from "@posthorn/node";
import type { Composition, ServerLimits } from "@posthorn/session";
import type { Admission } from "./admission.ts";
import type { Hooks } from "./hooks.ts";
import type { Limits } from "./limits.ts";
import type { Listener } from "./listen.ts";
import type { Observers } from "./observation.ts";
import type { Terminator } from "./tls.ts";
import type { NextTurn } from "./turn.ts";

/** What goes on after its connection is gone, and must be done before the server is. */
export class Chores {
  readonly #open = new Set<Promise<void>>();

  /** Adds one, which never rejects. */
  add(chore: Promise<void>): void {
    this.#open.add(chore);
    void this.#remove(chore);
  }

  /** Waits for all. */
  async done(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  async #remove(chore: Promise<void>): Promise<void> {
    await chore;
    this.#open.delete(chore);
  }
}

/** Who has connections. */
export interface Host<C> {
  /** One is gone. */
  left(connection: C): void;
}

/** A server, for its connections. */
export interface Shared<X extends Extensions> {
  readonly hostname: string;
  readonly hooks: Hooks<X>;
  readonly limits: Limits;
  /** Those of them that a session keeps itself. */
  readonly sessionLimits: ServerLimits;
  readonly clock: Clock;
  readonly observers: Observers<X>;
  readonly admission: Admission;
  readonly chores: Chores;
  readonly nextTurn: NextTurn;
  readonly submissionInClear: boolean;
  readonly refuseEarlyTalk: boolean;
  /** What a listener speaks. */
  readonly compositionFor: (listener: Listener) => Composition<X>;
  /** When the last sweep was, for whom a second more or less is the same. */
  swept: number;
  /** Replaced when certificates are. */
  terminator: Terminator | undefined;
}

/** A hook failed, or was too slow. */
export const LOCAL_ERROR: Reply = reply(451, "4.3.0", "Local error in processing, try again later");
/** The same, where only a reply that closes is understood: as the greeting. */
export const LOCAL_CLOSE: Reply = reply(421, "4.3.0", "Local error in processing, try again later");
/** RFC 3207 §4. */
export const TLS_FIRST: Reply = reply(530, "5.7.0", "Must issue a STARTTLS command first");
/** RFC 4954 §6. */
export const AUTH_FIRST: Reply = reply(530, "5.7.0", "Authentication required");
/** More transactions in a minute than the site lets one address have. */
export const TOO_MANY_MESSAGES: Reply = reply(450, "4.7.1", "Too many messages from your address, try again later");
/** Content for no transaction (RFC 5321 §4.1.4). */
export const NO_TRANSACTION: Reply = reply(503, "5.5.1", "Bad sequence of commands");
/** The client did not wait for the greeting (RFC 5321 §3.1). */
export const EARLY_TALK: Reply = reply(554, "5.5.1", "A client waits for the greeting");
/** RFC 5321 §4.5.3.2.7. */
export const TOO_SLOW: Reply = reply(421, "4.4.2", "Timeout, closing connection");
/** The connection is as old as one may get. */
export const TOO_OLD: Reply = reply(421, "4.3.2", "This connection has lasted long enough, connect anew");
/** It has had as many transactions as one may have. */
export const ENOUGH: Reply = reply(421, "4.3.2", "Enough messages for one connection, connect anew");
/** RFC 5321 §3.8. */
export const SHUTDOWN: Reply = reply(421, "4.3.2", "Service is shutting down");
/** Said to nobody: the peer has left. */
export const GONE: Reply = reply(421, "4.4.2", "Connection lost");
