/**
 * The times of one connection, as numbers that the server's sweep looks at: there is no timer for a socket. A client's
 * time runs from the last reply, so that octets which trickle in win nothing (security: A11); while content flows each
 * octet regains a little, and while a hook is waited for it stands still. Replies and octets are only noted as they come; the
 * sweep, which alone wants to know, looks at the clock for all of them (200 ns each time, four times a message). So a
 * client has the time from one sweep to the next in addition.
 */
import type { Clock } from "@posthorn/node";
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

/** The times of one connection. */
export class Times {
  readonly began: number;
  readonly #limits: Limits;
  readonly #clock: Clock;
  #since: number;
  /** Something was said since the last sweep. */
  #replied = false;
  /** Octets of content that came since then. */
  #flowed = 0;
  #heldUntil: number | undefined = undefined;
  #undrainedSince: number | undefined = undefined;
  #closingSince: number | undefined = undefined;

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.began = clock.now();
    this.#since = this.began;
  }

  /** Whether replies are held back. */
  get held(): boolean {
    return this.#heldUntil !== undefined;
  }

  /** Whether only the end is waited for. */
  get closing(): boolean {
    return this.#closingSince !== undefined;
  }

  /** The client's time begins anew: something was said to it. */
  replied(): void {
    this.#replied = true;
  }

  /** Content came. */
  flowed(octets: number): void {
    this.#flowed += octets;
  }

  /** A hook was waited for. */
  waited(ms: number): void {
    this.#since += ms;
  }

  /** Replies are held back for a while. */
  hold(ms: number): void {
    this.#heldUntil = this.#clock.now() + ms;
  }

  /** They no longer are. */
  release(): void {
    this.#heldUntil = undefined;
  }

  /** Replies have been taken off. */
  drained(): void {
    this.#undrainedSince = undefined;
  }

  /** Good-bye was said. */
  close(): void {
    this.#closingSince = this.#clock.now();
  }

  /** What is due now. */
  due(now: number, state: State): Due {
    const limits = this.#limits;
    if (this.#replied) this.#since = now;
    else if (this.#flowed > 0) this.#since = Math.min(now, this.#since + (this.#flowed * 1000) / limits.contentRate);
    this.#replied = false;
    this.#flowed = 0;
    if (this.#closingSince !== undefined) return now - this.#closingSince >= limits.linger ? "destroy" : undefined;
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
