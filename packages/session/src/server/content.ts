/**
 * Content of a message: the host is asked for a place, gets every octet up to the limit, and says at the end what
 * becomes of it. A refusal is said after the true end; the last of all replies moves, so that in LMTP (RFC 2033 §4.2),
 * where there is one for each accepted recipient, the dialogue moves once.
 */
import type { Fault, Intake as IntakeOf, Reply, ReplyClass } from "@posthorn/contract";
import { LOCAL_ERROR, LOCAL_FAILURE, MESSAGE_OK, PIECE_OK, START_CONTENT } from "./base-replies.ts";
import { handle } from "./conversation.ts";
import { type Taker, drain, open } from "./intake.ts";
import type { Machine, Present, Question } from "./machine.ts";

type AnyIntake = IntakeOf<unknown, unknown>;

const FINAL: readonly ReplyClass[] = [2, 4, 5];

interface Limit {
  readonly octets: number;
  readonly reply: Reply;
}

/** Where a limit cannot be told: nothing is taken. */
const NOTHING: Limit = { octets: 0, reply: LOCAL_ERROR };

/** The smallest limit of all extensions (the first of equals). */
const limitOf = (machine: Machine, verb: string): Limit | undefined => {
  const { dialogue, setting } = machine;
  const { limiters, specs } = setting.table;
  let least: Limit | undefined;
  for (const owner of limiters) {
    let limit: Limit | undefined;
    try {
      limit = specs[owner]?.server?.limit?.(dialogue, dialogue.state(owner));
    } catch (error) {
      machine.failed(verb, error);
      limit = NOTHING;
    }
    if (limit !== undefined && (least === undefined || limit.octets < least.octets)) least = limit;
  }
  return least;
};

/** How many replies are owed when these octets have been taken. */
const owed = (machine: Machine, present: Present, intake: AnyIntake): number => {
  const { protocol, recipients } = machine.dialogue;
  const each = protocol === "lmtp" && intake.answers === "recipients" && intake.last(present.args);
  return each ? Math.max(1, recipients) : 1;
};

/** Says one refusal as often as a reply is owed. */
const refuseAll = (machine: Machine, present: Present, intake: AnyIntake, reply: Reply): void => {
  for (let left = owed(machine, present, intake); left > 0 && machine.dialogue.phase !== "closing"; left--) {
    machine.conclude(present, reply, left === 1 ? intake.then : undefined);
  }
  machine.tally.errors += 1;
};

/** The question what becomes of a message, asked until every reply that is owed was given. */
class Verdict implements Question {
  readonly type = "message";
  readonly classes = FINAL;
  readonly plain = false;
  readonly #intake: AnyIntake;
  #left: number;
  #taken = false;

  constructor(intake: AnyIntake, left: number) {
    this.#intake = intake;
    this.#left = left;
  }

  answer(machine: Machine, present: Present, said: Reply = MESSAGE_OK): void {
    const { tally } = machine;
    this.#left -= 1;
    this.#taken ||= said.code < 300;
    if (this.#left > 0) machine.wait(this, present);
    else {
      machine.begun = false;
      if (this.#taken) tally.accepted();
      else tally.errors += 1;
    }
    machine.conclude(present, said, this.#left === 0 ? this.#intake.then : undefined);
  }
}

/** The content is complete: the host says what becomes of it. */
const askVerdict = (machine: Machine, present: Present, intake: AnyIntake): void => {
  const wants = owed(machine, present, intake);
  machine.ask(
    { type: "message", wants, crlf: machine.crlf, proposed: MESSAGE_OK },
    new Verdict(intake, wants),
    present,
  );
};

/** Whether the decoder made this array and gave it away: no view of the chunk, nothing that a limit has cut. */
const isGiven = ({ decoder, input }: Machine, octets: Uint8Array): boolean => {
  if (decoder?.gives !== true) return false;
  const { buffer } = octets;
  return octets.length === buffer.byteLength && buffer !== input.chunk.buffer;
};

/** Takes content for the host. */
class Content implements Taker {
  readonly #machine: Machine;
  readonly #present: Present;
  readonly #intake: AnyIntake;
  readonly #limit: Limit | undefined;
  #refusal: Reply | undefined = undefined;

  constructor(machine: Machine, present: Present, intake: AnyIntake) {
    this.#machine = machine;
    this.#present = present;
    this.#intake = intake;
    this.#limit = limitOf(machine, present.verb);
  }

  take(out: unknown): void {
    const machine = this.#machine;
    if (!(out instanceof Uint8Array)) {
      machine.failed(this.#present.verb, new TypeError("content is octets"));
      machine.conclude(this.#present, LOCAL_FAILURE, undefined);
      return;
    }
    if (this.#refusal !== undefined || out.length === 0) return;
    const { dialogue } = machine;
    const limit = this.#limit;
    const room = limit === undefined ? out.length : Math.max(0, limit.octets - dialogue.octets);
    const octets = room < out.length ? out.subarray(0, room) : out;
    dialogue.octets += octets.length;
    if (octets.length > 0) machine.tell({ type: "content", octets, given: isGiven(machine, octets) });
    if (limit !== undefined && octets.length < out.length) this.#spoil(limit.reply);
  }

  refuse(fault: Fault): void {
    if (this.#refusal === undefined) this.#spoil(fault.reply);
  }

  end(): void {
    const machine = this.#machine;
    const present = this.#present;
    const intake = this.#intake;
    machine.listen();
    if (this.#refusal !== undefined) refuseAll(machine, present, intake, this.#refusal);
    else if (intake.last(present.args)) askVerdict(machine, present, intake);
    else if (!handle(machine, present, undefined, intake.then)) machine.conclude(present, PIECE_OK, intake.then);
  }

  #spoil(reply: Reply): void {
    this.#refusal = reply;
    this.#machine.spoiled = reply;
    this.#machine.drop("refused", reply);
  }
}

/** Content that will be thrown away; `legal` says whether its verb may stand here. */
export const refuseContent = (
  machine: Machine,
  present: Present,
  intake: AnyIntake,
  reply: Reply,
  legal: boolean,
): Taker =>
  drain(() => {
    machine.listen();
    if (!legal) machine.answer(present, reply, undefined);
    else refuseAll(machine, present, intake, reply);
  });

/** The row's intake, where there is a question about it. */
const intakeOf = ({ row, verb }: Present): AnyIntake => {
  const intake = row?.verb.intake;
  if (intake === undefined) throw new TypeError(`${verb} has no octets`);
  return intake;
};

const PLACE: Question = {
  type: "transfer",
  classes: [3, 4, 5],
  plain: false,
  answer(machine, present, said = START_CONTENT) {
    if (said.code >= 400) {
      machine.answer(present, said, present.row?.verb.on);
      return;
    }
    machine.say(present, said, false);
    accept(machine, present, intakeOf(present), false);
  },
};

/** The host has a place: what follows is content of a message that was begun. */
const accept = (machine: Machine, present: Present, intake: AnyIntake, fresh: boolean): void => {
  machine.begun = true;
  open(machine, present, intake, new Content(machine, present, intake), fresh);
};

/** Content that opens with a 3yz reply: the host's place comes first (RFC 5321 §4.1.1.4). */
export const askContent = (machine: Machine, present: Present): void =>
  machine.ask({ type: "transfer", verb: present.verb, proposed: START_CONTENT }, PLACE, present);

/** Content is refused that is under way already: what follows of the message will be too. */
const refuseUnderWay = (machine: Machine, present: Present, reply: Reply): void => {
  const intake = intakeOf(present);
  machine.spoiled = reply;
  open(machine, present, intake, refuseContent(machine, present, intake, reply, true), true);
};

const PLACE_UNDER_WAY: Question = {
  type: "transfer",
  classes: [4, 5],
  plain: false,
  answer(machine, present, said) {
    if (said?.code === 421) machine.conclude(present, said, undefined);
    else if (said !== undefined) refuseUnderWay(machine, present, said);
    else accept(machine, present, intakeOf(present), true);
  },
};

/** Content that is under way already: the host is asked once a message, and a refusal is said when it has been read. */
export const takeContent = (machine: Machine, present: Present, intake: AnyIntake): void => {
  if (machine.begun) open(machine, present, intake, new Content(machine, present, intake), true);
  else if (machine.spoiled !== undefined) refuseUnderWay(machine, present, machine.spoiled);
  else machine.ask({ type: "transfer", verb: present.verb, proposed: undefined }, PLACE_UNDER_WAY, present);
};
