/** What mistakes cost a client that is not exempt: replies come late, and authentications are counted (security: A6, A10). */
import type { Extensions } from "@posthorn/contract";
import type { Clock } from "@posthorn/node";
import type { ServerSession } from "@posthorn/session";
import type { Admission } from "./admission.ts";
import type { Limits } from "./limits.ts";

/** The mistakes of one connection. */
export class Penalties {
  /** How long the next replies are to be held back, in milliseconds; whoever does so sets it to 0. */
  rest = 0;
  readonly #limits: Limits;
  readonly #admission: Admission;
  readonly #key: string | undefined;
  #errors = 0;
  #authFailures = 0;
  #authenticated = false;

  constructor(limits: Limits, admission: Admission, key: string | undefined) {
    this.#limits = limits;
    this.#admission = admission;
    this.#key = key;
  }

  /** Looks what became of the last event. */
  look<X extends Extensions>(session: ServerSession<X>, clock: Clock): void {
    const { errors } = session;
    if (this.#key === undefined || errors === this.#errors) return;
    const more = errors > this.#errors;
    this.#errors = errors;
    if (!more) return;
    const failures = session.failures("AUTH");
    const failed = failures > this.#authFailures;
    this.#authFailures = failures;
    if (failed) this.#admission.count(this.#key, "authRate", clock.now());
    if (session.phase === "closing") return; // who is told to go is told at once
    const { softErrors, delay, maxDelay, authDelay } = this.#limits;
    if (errors > softErrors) this.rest = Math.min(delay * errors, maxDelay);
    if (failed) this.rest = Math.max(this.rest, authDelay);
  }

  /** Whether this address has authenticated too often in this minute. */
  mayAuthenticate(now: number): boolean {
    return this.#key === undefined || !this.#admission.over(this.#key, "authRate", now);
  }

  /** A question of a conversation was answered: perhaps it has proved who is there. */
  asked<X extends Extensions>(session: ServerSession<X>, now: number): void {
    if (this.#key === undefined || this.#authenticated || session.fact("authenticated") === undefined) return;
    this.#authenticated = true;
    this.#admission.count(this.#key, "authRate", now);
  }
}
