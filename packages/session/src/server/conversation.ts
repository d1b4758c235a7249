/**
 * Verbs of extensions: who answers them is a function, or a generator that asks (RFC 4954 §4 is one). A generator runs
 * until it waits: for an item after a 3yz reply, or for the host. What it throws is 451, and the dialogue goes on.
 */
import type { Fault, Moves, Reply, ServerOp, Talk } from "@posthorn/contract";
import { LocalProtocolError } from "@posthorn/contract";
import { LOCAL_ERROR, TOO_MANY_ROUNDS } from "./base-replies.ts";
import { type Taker, kept, open } from "./intake.ts";
import { type Machine, NOTHING, type Present, type Question, type Talker } from "./machine.ts";

/** An item that came with its command. */
export interface Item {
  readonly value: unknown;
}

/** What a generator goes on with. */
interface Turn {
  readonly value: unknown;
  readonly throws: boolean;
}

const classOf = (said: Reply): number => Math.trunc(said.code / 100);

/** An extension may have been written without types. */
const isReply = (said: unknown): said is Reply =>
  typeof said === "object" &&
  said !== null &&
  "code" in said &&
  typeof said.code === "number" &&
  "lines" in said &&
  Array.isArray(said.lines);

/** Says what a handler returned, if it is a reply that its row has. */
const finish = (machine: Machine, present: Present, said: Reply, moves: Moves<unknown>): void => {
  if (isReply(said) && (classOf(said) >= 4 || (classOf(said) === 2 && moves[2] !== undefined))) {
    machine.answer(present, said, moves);
    return;
  }
  const what = `the handler of ${present.verb} returned no reply that its row has`;
  machine.failed(present.verb, new LocalProtocolError("bad-reply-class", what));
  machine.answer(present, LOCAL_ERROR, moves);
};

/** One conversation. */
class Conversation implements Talker {
  readonly #machine: Machine;
  readonly #present: Present;
  readonly #talk: Talk<ServerOp, Reply>;
  readonly #item: Item | undefined;
  #moves: Moves<unknown>;
  #rounds = 0;
  #asked: AbortController | undefined = undefined;

  constructor(
    machine: Machine,
    present: Present,
    talk: Talk<ServerOp, Reply>,
    item: Item | undefined,
    moves: Moves<unknown>,
  ) {
    this.#machine = machine;
    this.#present = present;
    this.#talk = talk;
    this.#item = item;
    this.#moves = moves;
  }

  /** Goes on with a value, or with what was thrown, until the conversation waits or ends. */
  go(value: unknown, throws: boolean): void {
    let turn: Turn | undefined = { value, throws };
    while (turn !== undefined) turn = this.#take(turn);
  }

  /** Lets the generator run to its next operation; the turn after it, unless it waits or has ended. */
  #take(turn: Turn): Turn | undefined {
    let step: IteratorResult<ServerOp, Reply>;
    try {
      step = turn.throws ? this.#talk.throw(turn.value) : this.#talk.next(turn.value);
      if (step.done !== true) return this.#perform(step.value);
    } catch (error) {
      this.abandon();
      this.#machine.failed(this.#present.verb, error);
      this.#machine.answer(this.#present, LOCAL_ERROR, this.#moves);
      return undefined;
    }
    this.#end();
    finish(this.#machine, this.#present, step.value, this.#moves);
    return undefined;
  }

  abandon(): void {
    this.#end();
    this.#asked?.abort();
    try {
      this.#talk.return(LOCAL_ERROR);
    } catch {
      // Nobody waits for it any more.
    }
  }

  #end(): void {
    if (this.#machine.talk === this) this.#machine.talk = undefined;
  }

  /** Does an operation; the next turn, where nothing has to be waited for. */
  #perform(op: ServerOp): Turn | undefined {
    if (op.op === "challenge") return this.#challenge(op.reply);
    if (op.op === "ask") {
      this.#ask(op.run);
      return undefined;
    }
    return this.#item === undefined
      ? this.#mistake("nothing came with the command")
      : { value: this.#item.value, throws: false };
  }

  #challenge(said: Reply): Turn | undefined {
    const machine = this.#machine;
    const present = this.#present;
    const row = present.row?.verb;
    const intake = row?.intake;
    const first = this.#rounds === 0 && this.#item === undefined;
    const legal = first ? row?.on[3] === "opens" : intake?.then[3] === "again";
    if (intake === undefined || !legal || classOf(said) !== 3) return this.#mistake("its row has no such challenge");
    if (this.#rounds === machine.setting.limits.rounds) {
      this.abandon();
      machine.conclude(present, TOO_MANY_ROUNDS, undefined);
      return undefined;
    }
    // What cannot be written throws here, and ends the conversation with 451.
    machine.output.encode(said, false);
    this.#rounds += 1;
    this.#moves = intake.then;
    machine.say(present, said, false);
    open(machine, present, intake, new Answer(machine, this), false);
    return undefined;
  }

  /** What was asked for cannot be given, because the peer's item is none. */
  refuse(fault: Fault): void {
    this.abandon();
    this.#machine.answer(this.#present, fault.reply, this.#moves);
  }

  #ask(run: (signal: AbortSignal) => unknown): void {
    const machine = this.#machine;
    const controller = new AbortController();
    this.#asked = controller;
    const question: Question = { type: "ask", classes: [], plain: false, answer: () => undefined };
    const back = (value: unknown, threw: boolean): void => {
      if (machine.question !== question) return;
      machine.question = undefined;
      machine.asked = NOTHING;
      this.#asked = undefined;
      this.go(value, threw);
    };
    const { signal } = controller;
    const { verb } = this.#present;
    machine.ask(
      { type: "ask", verb, run, signal, resume: (value) => back(value, false), fail: (error) => back(error, true) },
      question,
      this.#present,
    );
  }

  /** A mistake of the handler is thrown to it. */
  #mistake(what: string): Turn {
    const error = new LocalProtocolError("bad-conversation", `the handler of ${this.#present.verb}: ${what}`);
    return { value: error, throws: true };
  }
}

/** Takes the item that answers a challenge. */
class Answer implements Taker {
  readonly #machine: Machine;
  readonly #talk: Conversation;
  #item: unknown = undefined;
  #fault: Fault | undefined = undefined;

  constructor(machine: Machine, talk: Conversation) {
    this.#machine = machine;
    this.#talk = talk;
  }

  take(out: unknown): void {
    this.#item = kept(out);
  }

  refuse(fault: Fault): void {
    this.#fault = fault;
  }

  end(): void {
    this.#machine.listen();
    if (this.#fault === undefined) this.#talk.go(this.#item, false);
    else this.#talk.refuse(this.#fault);
  }
}

/** Lets the extension answer its verb; false where it has no handler for it. */
export const handle = (machine: Machine, present: Present, item: Item | undefined, moves: Moves<unknown>): boolean => {
  const { dialogue, setting } = machine;
  const owner = present.row?.owner ?? -1;
  const handlers = setting.table.specs[owner]?.server?.handle;
  const handler = handlers?.[present.verb];
  if (handler === undefined) return false;
  let result: Reply | Talk<ServerOp, Reply>;
  try {
    result = handler.call(handlers, present.args, dialogue, dialogue.state(owner));
  } catch (error) {
    machine.failed(present.verb, error);
    machine.answer(present, LOCAL_ERROR, moves);
    return true;
  }
  if (isReply(result)) {
    finish(machine, present, result, moves);
    return true;
  }
  const talk = new Conversation(machine, present, result, item, moves);
  machine.talk = talk;
  talk.go(undefined, false);
  return true;
};
