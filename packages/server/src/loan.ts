/**
 * Memory that was received into is used anew, or let go, when all octets in it were worked off: it is lent to a session
 * and taken back. What a session reads of commands is text, and a decoder copies what it needs later, so that only a
 * sink that keeps what it is given keeps the memory.
 */
import type { Extensions } from "@posthorn/contract";
import type { ServerSession } from "@posthorn/session";

const copy = (octets: Uint8Array): Uint8Array => Buffer.from(octets);

/** Who has octets lent. */
export abstract class Loan<X extends Extensions> {
  readonly session: ServerSession<X>;
  /** Whether nobody but the session has seen the octets that came last. */
  #lent = false;
  /** Whether their memory is used anew in any case, so that who keeps some needs a copy. */
  #borrowed = false;

  constructor(session: ServerSession<X>) {
    this.session = session;
  }

  /** Whether a sink is being written to that keeps what it is given. */
  protected abstract get keeps(): boolean;

  /**
   * Lends octets that are about to be received, if there is a chance that they can be taken back.
   * @param borrowed whether they have to be
   */
  lend(borrowed: boolean): boolean {
    this.#borrowed = borrowed;
    this.#lent = !this.keeps;
    return this.#lent;
  }

  /** A sink is about to be written to that keeps what it is given. */
  hold(): void {
    if (!this.#lent) return;
    this.#lent = false;
    if (this.#borrowed) this.session.keep(copy);
  }

  /** Whether nobody has any of what was lent; what is unread is copied, if it is no more than so many octets. */
  takeBack(most: number): boolean {
    if (!this.#lent) return false;
    this.#lent = false;
    if (this.session.buffered > most) return false;
    this.session.keep(copy);
    return true;
  }
}
