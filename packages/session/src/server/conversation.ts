/**
 * Verbs of extensions: who answers them is a function, or a generator that asks (RFC 4954 §4 is one). A generator runs
 * until it waits: for an item after a 3yz reply, or for the host. What it throws is 451, and the dialogue goes on.
 */
import type { Fault, Moves, Reply, ServerOp, Talk } from "@posthorn/contract";
import { LocalProtocolError } from "@posthorn/contract";
import { LOCAL_ERROR, TOO_MANY_ROUNDS } from "./base-replies.ts";
import { type Taker, open } from "./intake.ts";
import type { Machine, Present, Question, Talker } from "./machine.ts";

/** An item that came with its command. */
export interface Item {
  readonly value: unknown;
}

const classOf = (said: Reply): number => Math.trunc(said.code / 100);

/** Says what a handler returned, if its row has such a reply. */
const finish = (machine: Machine, present: Present, said: Reply, moves: Moves<unknown>): void => {
  const legal = classOf(said) >= 4 || (classOf(said) === 2 && moves[2] !== undefined);
  if (legal) {
    machine.answer(present, said, moves);
    return;
  }
  const what = `the handler of ${present.verb} answered ${said.code}, which its row does not have`;
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
  #over = false;
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
  go(value: unknown, threw: boolean): void {
    let given = value;
    let throws = threw;
    for (;;) {
      let step: IteratorResult<ServerOp, Reply>;
      try {
        step = throws ? this.#talk.throw(given) : this.#talk.next(given);
      } catch (error) {
        this.#end();
        this.#machine.failed(this.#present.verb, error);
        this.#machine.answer(this.#present, LOCAL_ERROR, this.#moves);
        return;
      }
      if (this.#over) return;
      if (step.done === true) {
        this.#end();
        finish(this.#machine, this.#present, step.value, this.#moves);
        return;
      }
      const op = step.value;
      const mistake = op.op === "announced" ? undefined : this.#perform(op);
      if (op.op !== "announced" && mistake === undefined) return;
      throws = mistake !== undefined || this.#item === undefined;
      given = throws ? (mistake ?? this.#mistake("nothing came with the command")) : this.#item?.value;
    }
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
    this.#over = true;
    if (this.#machine.talk === this) this.#machine.talk = undefined;
  }

  /** Does what is waited for; returns what is wrong with it, if something is. */
  #perform(op: Exclude<ServerOp, { readonly op: "announced" }>): LocalProtocolError | undefined {
    if (op.op === "ask") {
      this.#ask(op.run);
      return undefined;
    }
    return this.#challenge(op.reply);
  }

  #challenge(said: Reply): LocalProtocolError | undefined {
    const machine = this.#machine;
    const present = this.#present;
    const row = present.row?.verb;
    const intake = row?.intake;
    const first = this.#rounds === 0 && this.#item === undefined;
    const legal = first ? row?.on[3] === "opens" : intake?.then[3] === "again";
    if (intake === undefined || !legal || classOf(said) !== 3) return this.#mistake("its row has no such challenge");
    if (this.#rounds === machine.parts.limits.rounds) {
      this.abandon();
      machine.conclude(present, TOO_MANY_ROUNDS, undefined);
      return undefined;
    }
    this.#rounds += 1;
    try {
      machine.parts.output.encode(said, true);
    } catch (error) {
      return error instanceof LocalProtocolError ? error : this.#mistake("its challenge cannot be written");
    }
    machine.say(present, said, true);
    this.#moves = intake.then;
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
    const question: Question = { type: "ask", classes: "", proposed: undefined, plain: false, answer: () => undefined };
    const back = (value: unknown, threw: boolean): void => {
      if (machine.question !== question) return;
      machine.question = undefined;
      this.#asked = undefined;
      this.go(value, threw);
    };
    const { signal } = controller;
    machine.ask(
      { type: "ask", run, signal, resume: (value) => back(value, false), fail: (error) => back(error, true) },
      question,
    );
  }

  #mistake(what: string): LocalProtocolError {
    return new LocalProtocolError("bad-conversation", `the handler of ${this.#present.verb}: ${what}`);
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
    this.#item = out;
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
  const { table, dialogue } = machine.parts;
  const owner = present.row?.owner ?? -1;
  const handlers = table.specs[owner]?.server?.handle;
  const handler = handlers?.[present.verb];
  if (handler === undefined) return false;
  let result: Reply | Talk<ServerOp, Reply>;
  try {
    result = handler.call(handlers, present.args, dialogue, dialogue.memory.states[owner]);
  } catch (error) {
    machine.failed(present.verb, error);
    machine.answer(present, LOCAL_ERROR, moves);
    return true;
  }
  if ("code" in result) {
    finish(machine, present, result, moves);
    return true;
  }
  const talk = new Conversation(machine, present, result, item, moves);
  machine.talk = talk;
  talk.go(undefined, false);
  return true;
};
