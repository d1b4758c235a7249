/**
 * What is known of each recipient of a message. The first verdict stands: what comes later, behind a refusal, says
 * nothing about it any more.
 */
import type { Reply } from "@posthorn/contract";
import { isNegative } from "@posthorn/contract";
import type { Verdict } from "./events.ts";

/** The verdicts of one message, in the order of its recipients. */
export class Verdicts {
  readonly #all: (Verdict | undefined)[];

  constructor(recipients: number) {
    this.#all = Array<Verdict | undefined>(recipients); // of this length, and no longer
  }

  /** Whether a recipient has a verdict. */
  has(index: number): boolean {
    return this.#all[index] !== undefined;
  }

  /** Notes a verdict, unless there is one. */
  set(index: number, verdict: Verdict): void {
    this.#all[index] ??= verdict;
  }

  /** Notes what the reply to the complete content says: 2yz, and only that, is acceptance. */
  finish(index: number, reply: Reply, verb: string): void {
    this.set(index, isNegative(reply) ? { kind: "refused", reply, verb } : { kind: "accepted", reply });
  }

  /** All of them; `unsent`, with the reason, where there is none. */
  all(reason: string): readonly Verdict[] {
    const all = Array<Verdict>(this.#all.length);
    for (let index = 0; index < all.length; index++) all[index] = this.#all[index] ?? { kind: "unsent", reason };
    return all;
  }
}
