/**
 * The parts of a server's session, and what all of them do: ask the host, say a reply, move by a row, close. Reading is
 * done by a `Mode`, one at a time, which owns its reader: entering a mode makes it, leaving drops it. A step of a mode
 * reads one command line at most, or one piece; nothing calls itself once a command.
 */
import {
  type Decoder,
  LocalProtocolError,
  type Move,
  type Moves,
  type Reply,
  type ReplyClass,
  type Scope,
  type Tls,
  isNegative,
} from "@posthorn/contract";
import { moveOf, phaseAfter } from "../phases.ts";
import { LOCAL_ERROR, LOCAL_FAULT, TOO_MANY_ERRORS } from "./base-replies.ts";
import { Dialogue } from "./dialogue.ts";
import type { ServerEvent } from "./events.ts";
import { Input } from "./input.ts";
import { Output } from "./output.ts";
import { isHello, type ServerRow } from "./server-table.ts";
import type { Setting } from "./setting.ts";
import type { Tally } from "./tally.ts";

/** What reads the input now. */
export interface Mode {
  /** Reads on; whether anything came of it. Without, more input is needed. */
  step(machine: Machine): boolean;
}

/** The command that is being answered. */
export interface Present {
  /** In upper case; `""` where there was none. */
  readonly verb: string;
  readonly raw: string | undefined;
  readonly row: ServerRow | undefined;
  readonly args: unknown;
}

/** A question to the host. Most are constants: what differs between two of a kind stands in the command that is asked about. */
export interface Question {
  /** The type of its event. */
  readonly type: string;
  /** Classes of replies that answer it; none where `reply` does not. */
  readonly classes: readonly ReplyClass[];
  /** Whether what is said to it is never amended. */
  readonly plain: boolean;
  /** Takes the answer about a command; `undefined` accepts what was proposed. */
  answer(machine: Machine, present: Present, said: Reply | undefined): void;
}

/** A conversation, as far as the machine knows it. */
export interface Talker {
  abandon(): void;
}

const SILENT: Mode = { step: () => false };

/** No command. */
export const NOTHING: Present = { verb: "", raw: undefined, row: undefined, args: undefined };

/** A server's session from inside. */
export class Machine {
  readonly setting: Setting;
  readonly dialogue: Dialogue;
  readonly input: Input = new Input();
  readonly output: Output;
  /** The mode that reads commands. */
  readonly commands: Mode;
  mode: Mode = SILENT;
  question: Question | undefined = undefined;
  /** The command that the question is about. */
  asked: Present = NOTHING;
  /** The conversation under way. */
  talk: Talker | undefined = undefined;
  /** Whether the host holds content that was begun. */
  begun = false;
  /** The decoder of the transaction's content, or of the last piece of it. */
  decoder: Decoder<unknown> | undefined = undefined;
  /** Whether all its decoders saw to it that lines end in CRLF. */
  crlf = false;
  /** Why further content of this transaction is refused: an earlier piece was. */
  spoiled: Reply | undefined = undefined;
  /** Whether the host makes the connection secure now. */
  upgrading = false;
  /** The event that is told next, and those behind it: there is one at most, nearly always. */
  #event: ServerEvent | undefined = undefined;
  #later: ServerEvent[] | undefined = undefined;

  constructor(setting: Setting, tls: Tls | undefined, commands: Mode) {
    this.setting = setting;
    this.dialogue = new Dialogue(setting, tls);
    this.output = new Output(this.dialogue);
    this.commands = commands;
  }

  get tally(): Tally {
    return this.dialogue.tally;
  }

  /** Tells an event. */
  tell(event: ServerEvent): void {
    if (this.#event === undefined) this.#event = event;
    else if (this.#later === undefined) this.#later = [event];
    else this.#later.push(event);
  }

  /** The next event that was told. */
  told(): ServerEvent | undefined {
    const event = this.#event;
    if (event === undefined) return undefined;
    this.#event = this.#later?.shift();
    if (this.#event === undefined) this.#later = undefined;
    return event;
  }

  /** Takes back what was told and not heard yet, if it asks for something that nobody may do any more. */
  unask(): void {
    const events: ServerEvent[] = [];
    for (let event = this.told(); event !== undefined; event = this.told()) events.push(event);
    for (const event of events)
      if (!("proposed" in event) && event.type !== "ask" && event.type !== "upgrade") this.tell(event);
  }

  /** Asks the host about a command: the event is told, and nothing is read until there is an answer. */
  ask(event: ServerEvent, question: Question, present: Present): void {
    this.wait(question, present);
    this.tell(event);
  }

  /** Waits for the host's answer about a command. */
  wait(question: Question, present: Present): void {
    this.question = question;
    this.asked = present;
  }

  /** Takes the answer to the open question. */
  answered(question: Question, said: Reply | undefined): void {
    const { asked } = this;
    this.question = undefined;
    this.asked = NOTHING;
    question.answer(this, asked, said);
  }

  /** Says a reply that is not counted: greeting, hello, 3yz. `plain` is never amended. */
  say(present: Present, said: Reply, plain: boolean): Reply {
    const { output } = this;
    const hello = present.row === undefined ? isHello(present.verb) : present.row.hello;
    let spoken = said;
    try {
      output.say(said, plain || hello);
    } catch (error) {
      this.failed(present.verb, error);
      spoken = LOCAL_ERROR;
      output.say(LOCAL_ERROR, true);
    }
    if (this.setting.observe) {
      // What follows a verb that is none here may be a secret all the same: AUTH, where nobody composed it (security: A8).
      const raw = present.row === undefined || present.row.verb.secret === true ? undefined : present.raw;
      this.tell({ type: "answered", verb: present.verb, raw, reply: spoken });
    }
    return spoken;
  }

  /** Answers a command, and returns what was said in truth: one refusal too many closes instead (security: A10). */
  answer(present: Present, said: Reply, moves: Moves<unknown> | undefined): Reply {
    let spoken = said;
    // A client may go on about recipients that are too many (RFC 5321 §4.5.3.1.10): these have a limit of their own.
    if (isNegative(said) && said.status !== "4.5.3") {
      this.tally.errors += 1;
      if (this.tally.errors > this.setting.limits.errors) spoken = TOO_MANY_ERRORS;
    }
    return this.conclude(present, spoken, moves);
  }

  /** Says a final reply, and moves as the row has it; without `moves`, nothing moves. 421 closes whatever it answers. */
  conclude(present: Present, said: Reply, moves: Moves<unknown> | undefined): Reply {
    const spoken = this.say(present, said, false);
    this.tally.answered(present.verb, present.row !== undefined, spoken);
    if (spoken.code === 421) {
      this.close(false, spoken);
      return spoken;
    }
    const move = moves === undefined ? undefined : moveOf(moves, spoken, present.args);
    if (move !== undefined) this.move(move);
    return spoken;
  }

  /** Makes a move. */
  move(move: Move): void {
    const { dialogue } = this;
    if (move.upgrade !== undefined) {
      this.forget("transaction");
      this.mode = SILENT;
      this.upgrading = true;
      this.input.clear();
      this.tell({ type: "upgrade" });
      return;
    }
    if (move.forgets !== undefined) this.forget(move.forgets);
    dialogue.phase = phaseAfter(move, dialogue.phase, dialogue.hello !== undefined);
    if (dialogue.phase === "closing") this.close(true, undefined);
  }

  /** Forgets what does not outlive the scope; content that was begun is dropped. */
  forget(scope: Scope): void {
    this.drop("reset", undefined);
    this.spoiled = undefined;
    this.decoder = undefined;
    this.dialogue.forget(scope);
  }

  /** Tells the host that content which was begun will not be completed. */
  drop(why: "reset" | "refused" | "closed", reply: Reply | undefined): void {
    if (!this.begun) return;
    this.begun = false;
    this.tell({ type: "dropped", why, reply });
  }

  /** Tells that code of an extension failed. */
  failed(verb: string, error: unknown): void {
    this.tell({ type: "fault", fault: LOCAL_FAULT, verb, error });
  }

  /** Goes back to commands. */
  listen(): void {
    if (this.dialogue.phase !== "closing") this.mode = this.commands;
  }

  /** The peer's stream has ended, and all that came before is answered. */
  end(): void {
    this.close(this.dialogue.mail === undefined, undefined);
  }

  /** Ends all: conversation, question, content, input. */
  close(clean: boolean, reply: Reply | undefined): void {
    this.question = undefined;
    this.asked = NOTHING;
    this.talk?.abandon();
    this.talk = undefined;
    this.drop("closed", reply);
    this.dialogue.phase = "closing";
    this.mode = SILENT;
    this.upgrading = false;
    this.input.clear();
    this.tell({ type: "closed", clean });
  }

  /** Runs code of an extension; where it throws, the host hears of it and `otherwise` stands in. */
  guard<T>(verb: string, run: () => T, otherwise: T): T {
    try {
      return run();
    } catch (error) {
      this.failed(verb, error);
      return otherwise;
    }
  }
}

/** The mistake of an extension whose decoder neither reads nor ends. */
export const stuck = (verb: string): LocalProtocolError =>
  new LocalProtocolError("stuck-decoder", `the decoder of ${verb} neither reads nor ends`);
