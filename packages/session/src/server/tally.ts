/**
 * Counters of a connection (security: A6, A10). Refusals by verb are never forgotten; errors and commands that get
 * nothing done are counted from the last accepted message.
 */
import { isNegative, type Reply } from "@posthorn/contract";

/** What a session counts. */
export class Tally {
  /** 4yz and 5yz since the last accepted message. */
  errors = 0;
  /** Hellos, NOOP, RSET, VRFY, EXPN, HELP since the last accepted message. */
  junk = 0;
  #failures: Map<string, number> | undefined = undefined;

  /** How often a verb of the table was refused. */
  failures(verb: string): number {
    return this.#failures?.get(verb) ?? 0;
  }

  /** Notes the reply to a verb; `known` says whether the table has it, so that a peer cannot make names grow. */
  answered(verb: string, known: boolean, said: Reply): void {
    if (!known || !isNegative(said)) return;
    this.#failures ??= new Map();
    this.#failures.set(verb, this.failures(verb) + 1);
  }

  /** A message was accepted. */
  accepted(): void {
    this.errors = 0;
    this.junk = 0;
  }
}
