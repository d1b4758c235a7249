/**
 * Command lines, and the order in which they are judged: the line (500), the verb (500), its length, what framing
 * needs, whether it was offered (502), whether it is legal now (503), its arguments (501, 555), the vetoes of extensions
 * in the order of the tuple, and then whoever answers it. Octets that were announced are always consumed, and then
 * answered once (RFC 3030 §2; security: S6).
 */
import { ASCII, type Fault, type Intake as Octets, type Reply, type Result, UTF8 } from "@posthorn/contract";
import { type Command, LineReader, splitCommand } from "@posthorn/wire";
import type { Row } from "../compose.ts";
import { notOffered } from "../envelope.ts";
import { isLegal } from "../phases.ts";
import {
  BAD_SEQUENCE,
  HTTP,
  LINE_TOO_LONG,
  LOCAL_FAULT,
  NOT_OFFERED,
  NOT_SMTP,
  TOO_MANY_ERRORS,
  UNKNOWN,
} from "./base-replies.ts";
import { answerBase } from "./base-verbs.ts";
import { askContent, refuseContent, takeContent } from "./content.ts";
import { handle } from "./conversation.ts";
import { type Taker, drain, open } from "./intake.ts";
import type { Machine, Mode, Present } from "./machine.ts";

const NOBODY: Present = { verb: "", raw: undefined, row: undefined, args: undefined };

const rowOnly = (verb: string, raw: string | undefined, row: Row): Present => ({ verb, raw, row, args: undefined });

/** Answers a mistake of the peer. */
const refuse = (machine: Machine, present: Present, fault: Fault): void => {
  machine.tell({ type: "fault", fault, verb: present.verb === "" ? undefined : present.verb });
  machine.answer(present, fault.reply, present.row?.verb.on);
};

/** Answers a mistake after which nothing can be understood. */
const fatal = (machine: Machine, present: Present, fault: Fault): void => {
  machine.tell({ type: "fault", fault, verb: present.verb });
  machine.conclude(present, fault.reply, undefined);
  if (machine.dialogue.phase !== "closing") machine.close(false, fault.reply);
};

/** Why a verb cannot stand here: it was not offered, or the phase is wrong. */
const misplaced = (machine: Machine, row: Row): Fault | undefined => {
  const { dialogue, table } = machine.parts;
  const { owner, verb } = row;
  if (dialogue.phase === "refused" && !isLegal(verb, "refused")) return BAD_SEQUENCE;
  if (owner >= 0 && !dialogue.hasOffered(owner)) {
    const { hello } = dialogue;
    if (hello === undefined || hello.verb === "HELO") return BAD_SEQUENCE;
    const ask = (): Reply | undefined =>
      table.specs[owner]?.server?.withheld?.(verb.name, dialogue, dialogue.memory.states[owner]);
    const said = machine.guard(verb.name, ask, undefined);
    return said === undefined ? NOT_OFFERED : { ...NOT_OFFERED, reply: said };
  }
  return isLegal(verb, dialogue.phase) ? undefined : BAD_SEQUENCE;
};

const argumentsOf = (machine: Machine, row: Row, raw: string | undefined): Result<unknown> => {
  try {
    return row.verb.args.decode(raw, machine.dialogue.utf8 ? UTF8 : ASCII);
  } catch (error) {
    machine.failed(row.verb.name, error);
    return { ok: false, fault: LOCAL_FAULT };
  }
};

/** The first veto, in the order of the tuple. */
const vetoOf = (machine: Machine, present: Present): Reply | undefined => {
  const { dialogue } = machine;
  for (const veto of present.row?.vetoes ?? []) {
    const ask = (): Reply | undefined => veto.admit(present.args, dialogue, dialogue.memory.states[veto.owner]);
    const said = machine.guard(present.verb, ask, LOCAL_FAULT.reply);
    if (said !== undefined) return said;
  }
  return undefined;
};

/** Parameters that are there but were not offered: 555 (RFC 5321 §4.1.1.11). */
const unofferedIn = (machine: Machine, { verb, args }: Present): Fault | undefined => {
  if ((verb !== "MAIL" && verb !== "RCPT") || typeof args !== "object" || args === null || !("params" in args))
    return undefined;
  const { params } = args;
  const { composition, dialogue } = machine.parts;
  const table = verb === "MAIL" ? composition.mail : composition.rcpt;
  return notOffered(params ?? {}, table, (owner) => dialogue.hasOffered(owner));
};

/** A verb whose octets are under way: they are consumed, whatever is answered. */
const hearWithOctets = (machine: Machine, present: Present, octets: Octets<unknown, unknown>, row: Row): void => {
  const fault = misplaced(machine, row);
  if (fault !== undefined) machine.tell({ type: "fault", fault, verb: present.verb });
  const refusal = fault?.reply ?? vetoOf(machine, present);
  const content = octets.carries === "content";
  if (refusal !== undefined && content) {
    open(machine, present, octets, refuseContent(machine, present, octets, refusal, fault === undefined), true);
  } else if (refusal !== undefined) {
    const said = (): void => {
      machine.listen();
      machine.answer(present, refusal, fault === undefined ? octets.then : undefined);
    };
    open(machine, present, octets, drain(said), true);
  } else if (content) takeContent(machine, present, octets);
  else open(machine, present, octets, itemOf(machine, present, octets), true);
};

/** Takes the item that comes with a command, then lets the extension answer. */
const itemOf = (machine: Machine, present: Present, octets: Octets<unknown, unknown>): Taker => {
  let value: unknown;
  let fault: Fault | undefined;
  return {
    take(out) {
      value = out;
    },
    refuse(why) {
      fault = why;
    },
    end() {
      machine.listen();
      if (fault === undefined) handle(machine, present, { value }, octets.then);
      else machine.answer(present, fault.reply, octets.then);
    },
  };
};

/** A verb that nothing follows, or only after a reply. */
const hearAlone = (machine: Machine, given: Present, row: Row): void => {
  const { verb } = row;
  const wrong = misplaced(machine, row);
  if (wrong !== undefined) {
    machine.tell({ type: "fault", fault: wrong, verb: given.verb });
    machine.answer(given, wrong.reply, undefined);
    return;
  }
  const args = argumentsOf(machine, row, given.raw);
  if (!args.ok) {
    refuse(machine, given, args.fault);
    return;
  }
  const present: Present = { verb: given.verb, raw: given.raw, row, args: args.value };
  const unoffered = unofferedIn(machine, present);
  const veto = unoffered === undefined ? vetoOf(machine, present) : undefined;
  if (unoffered !== undefined) refuse(machine, present, unoffered);
  else if (veto !== undefined) machine.answer(present, veto, verb.on);
  else if (verb.intake?.opens === "on-3yz" && verb.intake.carries === "content")
    askContent(machine, present, verb.intake);
  else if (row.owner >= 0) handle(machine, present, undefined, verb.on);
  else answerBase(machine, present);
};

const unknownVerb = (machine: Machine, verb: string, raw: string | undefined): void => {
  const present: Present = { verb, raw, row: undefined, args: undefined };
  if (HTTP.has(verb)) fatal(machine, present, NOT_SMTP);
  else refuse(machine, present, machine.dialogue.phase === "refused" ? BAD_SEQUENCE : UNKNOWN);
};

const hearVerb = (machine: Machine, command: Command, length: number): void => {
  const { verb, raw } = command;
  const row = machine.parts.composition.row(verb);
  if (row === undefined) {
    unknownVerb(machine, verb, raw);
    return;
  }
  const long = length + 2 > (row.verb.line ?? machine.parts.composition.line);
  const wrong = long ? LINE_TOO_LONG : command.fault;
  const { intake } = row.verb;
  if (intake?.opens !== "with-command") {
    if (wrong === undefined) hearAlone(machine, rowOnly(verb, raw, row), row);
    else refuse(machine, rowOnly(verb, raw, row), wrong);
    return;
  }
  // How many octets follow is not known without the arguments (security: S6 b).
  const args = wrong === undefined ? argumentsOf(machine, row, raw) : undefined;
  if (wrong !== undefined) fatal(machine, rowOnly(verb, raw, row), wrong);
  else if (args?.ok === true) hearWithOctets(machine, { verb, raw, row, args: args.value }, intake, row);
  else if (args !== undefined) fatal(machine, rowOnly(verb, raw, row), args.fault);
};

/** The mode that reads command lines. */
export class Commands implements Mode {
  readonly #machine: Machine;
  readonly #reader: LineReader;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#reader = new LineReader(machine.parts.table.line);
  }

  step(): boolean {
    const machine = this.#machine;
    const { input } = machine;
    const reader = this.#reader;
    while (input.more()) {
      input.at = reader.step(input.chunk, input.at, input.chunk.length);
      if (reader.fault !== undefined) {
        refuse(machine, NOBODY, reader.fault);
        return true;
      }
      if (reader.line !== undefined) {
        this.#hear(reader.line);
        return true;
      }
    }
    if (input.ended) machine.end();
    return input.ended;
  }

  #hear(line: Uint8Array): void {
    const machine = this.#machine;
    const { tally, limits } = machine.parts;
    const command = splitCommand(line);
    tally.heard(command.verb);
    if (tally.junk > limits.junk) {
      machine.conclude(
        { verb: command.verb, raw: command.raw, row: undefined, args: undefined },
        TOO_MANY_ERRORS,
        undefined,
      );
    } else if (command.verb === "") refuse(machine, NOBODY, command.fault ?? UNKNOWN);
    else hearVerb(machine, command, line.length);
  }
}
