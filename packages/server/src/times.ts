/**
 * The times of one connection, as numbers that the server's sweep looks at: there is no timer for a socket. A client's
 * time runs from the last reply, so that octets which trickle in win nothing (security: A11); while content flows each
 * octet regains a little, and while a hook is waited for it stands still. Replies and octets are only noted as they come; the
 * sweep, which alone wants to know, looks at the clock for all of them (200 ns each time, four times a message). So a
 * client has the time from one sweep to the next in addition. Milliseconds are whole, which V8 keeps in the object itself.
 */
import { CLOSING, Flags, REPLIED } from "./flags.ts";
import type { Limits } from "./limits.ts";

/** What a connection is doing. */
export interface State {
  readonly handshaking: boolean;
  /** Content is under way. */
  readonly receiving: boolean;
  /** A hook is waited for. */
  readonly waiting: boolean;
  /** Nothing is going on that should be let finish. */
  readonly idle: boolean;
  /** Many are connected, so that each has less time. */
  readonly stressed: boolean;
  /** Octets that wait to be taken off the socket. */
  readonly undrained: number;
}

/** What is to be done: let the socket go, send what was held back, or say 421 because it was too slow or is too old. */
export type Due = "destroy" | "release" | "slow" | "old" | undefined;

/** The times of one connection, which is one: as an object of their own they would be 64 octets more. */
export class Times extends Flags {
  /** When it began. */
  readonly began: number;
  #since: number;
  /** Octets of content that came since the last sweep. */
  #flowed = 0;
  #heldUntil: number | undefined = undefined;
  #undrainedSince: number | undefined = undefined;

  constructor(now: number) {
    super();
    this.began = Math.trunc(now);
    this.#since = this.began;
  }

  /** Whether replies are held back. */
  get held(): boolean {
    return this.#heldUntil !== undefined;
  }

  /** The client's time begins anew: something was said to it. */
  replied(): void {
    this.mark(REPLIED);
  }

  /** Content came. */
  flowed(octets: number): void {
    this.#flowed += octets;
  }

  /** A hook was waited for. */
  waited(ms: number): void {
    this.#since += Math.trunc(ms);
  }

  /** Replies are held back until then. */
  hold(until: number): void {
    this.#heldUntil = until;
  }

  /** They no longer are. */
  release(): void {
    this.#heldUntil = undefined;
  }

  /** Replies have been taken off. */
  drained(): void {
    this.#undrainedSince = undefined;
  }

  /** Good-bye was said, and only the end is waited for: its time begins with the next sweep. */
  leaving(): void {
    this.mark(CLOSING | REPLIED);
  }

  /** What is due now. */
  due(now: number, state: State, limits: Limits): Due {
    if (this.is(REPLIED)) this.#since = Math.trunc(now);
    else if (this.#flowed > 0)
      this.#since = Math.trunc(Math.min(now, this.#since + (this.#flowed * 1000) / limits.contentRate));
    this.unmark(REPLIED);
    this.#flowed = 0;
    if (this.is(CLOSING)) return now - this.#since >= limits.linger ? "destroy" : undefined;
    if (state.handshaking) return now - this.#since >= limits.handshake ? "destroy" : undefined;
    if (state.undrained === 0) this.#undrainedSince = undefined;
    else this.#undrainedSince ??= now;
    if (this.#undrainedSince !== undefined && now - this.#undrainedSince >= limits.replies) return "destroy";
    if (this.#heldUntil !== undefined) return now >= this.#heldUntil ? "release" : undefined;
    if (state.waiting) return undefined;
    const usual = state.receiving ? limits.content : limits.command;
    if (now - this.#since >= (state.stressed ? Math.min(usual, limits.stress) : usual)) return "slow";
    return state.idle && now - this.began >= limits.session ? "old" : undefined;
  }
}
