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
  type Scope,
  isNegative,
} from "@posthorn/contract";
import type { Composition, Row } from "../compose.ts";
import type { ServerLimits } from "../options.ts";
import { moveOf, phaseAfter } from "../phases.ts";
import { LOCAL_ERROR, LOCAL_FAULT, TOO_MANY_ERRORS } from "./base-replies.ts";
import type { Dialogue } from "./dialogue.ts";
import type { ServerEvent } from "./events.ts";
import type { Input } from "./input.ts";
import type { Output } from "./output.ts";
import type { ServerTable } from "./server-table.ts";
import type { Tally } from "./tally.ts";

/** What reads the input now. */
export interface Mode {
  /** Reads on; whether anything came of it. Without, more input is needed. */
  step(): boolean;
}

/** The command that is being answered. */
export interface Present {
  /** In upper case; `""` where there was none. */
  readonly verb: string;
  readonly raw: string | undefined;
  readonly row: Row | undefined;
  readonly args: unknown;
}

/** A question to the host. */
export interface Question {
  /** The type of its event. */
  readonly type: string;
  /** Classes of replies that answer it; none where `reply` does not. */
  readonly classes: string;
  /** Whether what is said to it is never amended. */
  readonly plain: boolean;
  /** Takes the answer; `undefined` accepts what was proposed. */
  answer(said: Reply | undefined): void;
}

/** A conversation, as far as the machine knows it. */
export interface Talker {
  abandon(): void;
}

/** What a machine is made of. */
export interface Parts {
  readonly composition: Composition;
  readonly table: ServerTable;
  readonly limits: ServerLimits;
  readonly hostname: string;
  readonly observe: boolean;
  readonly dialogue: Dialogue;
  readonly input: Input;
  readonly output: Output;
  readonly tally: Tally;
}

/** Verbs whose replies are never amended: what an EHLO reply offers is not in force while it is said. */
const HELLO: ReadonlySet<string> = new Set(["EHLO", "HELO", "LHLO"]);

const SILENT: Mode = { step: () => false };

/** A server's session from inside. */
export class Machine {
  readonly parts: Parts;
  readonly dialogue: Dialogue;
  readonly input: Input;
  events: ServerEvent[] = [];
  question: Question | undefined = undefined;
  /** The conversation under way. */
  talk: Talker | undefined = undefined;
  mode: Mode = SILENT;
  /** The mode that reads commands, once there is one. */
  commands: Mode = SILENT;
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

  constructor(parts: Parts) {
    this.parts = parts;
    this.dialogue = parts.dialogue;
    this.input = parts.input;
  }

  /** Tells an event. */
  tell(event: ServerEvent): void {
    this.events.push(event);
  }

  /** Asks the host: the event is told, and nothing is read until there is an answer. */
  ask(event: ServerEvent, question: Question): void {
    this.question = question;
    this.events.push(event);
  }

  /** Says a reply that is not counted: greeting, hello, 3yz. `plain` is never amended. */
  say(present: Present, said: Reply, plain: boolean): Reply {
    const { output, observe } = this.parts;
    let spoken = said;
    try {
      output.write(output.encode(said, plain || HELLO.has(present.verb)));
    } catch (error) {
      this.failed(present.verb, error);
      spoken = LOCAL_ERROR;
      output.write(output.encode(LOCAL_ERROR, true));
    }
    if (observe) {
      // What follows a verb that is none here may be a secret all the same: AUTH, where nobody composed it (security: A8).
      const raw = present.row === undefined || present.row.verb.secret === true ? undefined : present.raw;
      this.tell({ type: "answered", verb: present.verb, raw, reply: spoken });
    }
    return spoken;
  }

  /** Answers a command, and returns what was said in truth: one refusal too many closes instead (security: A10). */
  answer(present: Present, said: Reply, moves: Moves<unknown> | undefined): Reply {
    const { tally, limits } = this.parts;
    let spoken = said;
    // A client may go on about recipients that are too many (RFC 5321 §4.5.3.1.10): these have a limit of their own.
    if (isNegative(said) && said.status !== "4.5.3") {
      tally.errors += 1;
      if (tally.errors > limits.errors) spoken = TOO_MANY_ERRORS;
    }
    return this.conclude(present, spoken, moves);
  }

  /** Says a final reply, and moves as the row has it; without `moves`, nothing moves. 421 closes whatever it answers. */
  conclude(present: Present, said: Reply, moves: Moves<unknown> | undefined): Reply {
    const spoken = this.say(present, said, false);
    this.parts.tally.answered(present.verb, present.row !== undefined, spoken);
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
    if ("upgrade" in move) {
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
    this.parts.output.utf8 = false;
    this.dialogue.forget(scope);
    if (scope !== "transaction") this.parts.output.amendBy(() => false);
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
