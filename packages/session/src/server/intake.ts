/**
 * Reads octets that follow a verb, through the decoder of its row, for whoever takes them: content or a conversation.
 * What is refused is still followed to its true end (RFC 5321 §4.1.1.4, RFC 3030 §2); only a fatal fault ends all.
 */
import type { Decoder, Fault, Intake as Octets } from "@posthorn/contract";
import { LOCAL_FAILURE } from "./base-replies.ts";
import { type Machine, type Mode, type Present, stuck } from "./machine.ts";

/** Who takes what a decoder yields. */
export interface Taker {
  /** A piece, or the whole item. */
  take(out: unknown): void;
  /** What came is refused: told once. */
  refuse(fault: Fault): void;
  /** The framing has ended. */
  end(): void;
}

/** The mode that reads octets of a verb. */
class Intake implements Mode {
  readonly #present: Present;
  readonly #decoder: Decoder<unknown>;
  readonly #taker: Taker;
  #fresh: boolean;
  #refused = false;

  /** @param fresh whether the decoder may be done before any octet (`BDAT 0 LAST`) */
  constructor(present: Present, decoder: Decoder<unknown>, taker: Taker, fresh: boolean) {
    this.#present = present;
    this.#decoder = decoder;
    this.#taker = taker;
    this.#fresh = fresh;
  }

  step(machine: Machine): boolean {
    const { input } = machine;
    if (!input.more() && !this.#fresh) {
      if (!input.ended) return false;
      machine.end();
      return true;
    }
    this.#fresh = false;
    const { chunk, at } = input;
    const decoder = this.#decoder;
    try {
      input.at = this.#reached(decoder.step(chunk, at, chunk.length), at, chunk.length);
    } catch (error) {
      machine.failed(this.#present.verb, error);
      machine.conclude(this.#present, LOCAL_FAILURE, undefined);
      return true;
    }
    const { out, done, fault } = decoder;
    if (fault !== undefined && !this.#refused && this.#refuse(machine, fault)) return true;
    if (out !== undefined) this.#taker.take(out);
    if (done && machine.dialogue.phase !== "closing") this.#taker.end();
    return true;
  }

  /** The index that the decoder says it reached, if it can be. */
  #reached(to: number, at: number, end: number): number {
    const { out, done, fault } = this.#decoder;
    const still = to === at && at < end && out === undefined && !done && fault?.fatal !== true;
    if (still || !(to >= at && to <= end)) throw stuck(this.#present.verb);
    return to;
  }

  /** Whether the fault ends all. */
  #refuse(machine: Machine, fault: Fault): boolean {
    this.#refused = true;
    machine.tell({ type: "fault", fault, verb: this.#present.verb });
    if (fault.fatal !== true) {
      this.#taker.refuse(fault);
      return false;
    }
    machine.conclude(this.#present, fault.reply, undefined);
    if (machine.dialogue.phase !== "closing") machine.close(false, fault.reply);
    return true;
  }
}

/**
 * Begins to read the octets of a verb.
 * @param fresh whether they may end before any octet comes
 */
export const open = (
  machine: Machine,
  present: Present,
  octets: Octets<unknown, unknown>,
  taker: Taker,
  fresh: boolean,
): void => {
  try {
    const decoder = octets.decode(present.args, { view: machine.dialogue, before: machine.decoder });
    if (octets.carries === "content") {
      machine.crlf = decoder.crlf === true && (machine.crlf || machine.decoder === undefined);
      machine.decoder = decoder;
    }
    machine.mode = new Intake(present, decoder, taker, fresh);
  } catch (error) {
    machine.failed(present.verb, error);
    machine.conclude(present, LOCAL_FAILURE, undefined);
  }
};

/** An item for keeping: what a decoder yields may be a view of the chunk, and a host may read into that again. */
export const kept = (item: unknown): unknown => (item instanceof Uint8Array ? item.slice() : item);

/** Throws octets away that a refused command has announced, then says why it was refused. */
export const drain = (refuse: () => void): Taker => ({ take: () => undefined, refuse: () => undefined, end: refuse });
