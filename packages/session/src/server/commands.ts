/**
 * Command lines, and the order in which they are judged: the line (500), the verb (500), its length, what framing
 * needs, whether it was offered (502), whether it is legal now (503), its arguments (501, 555), the vetoes of extensions
 * in the order of the tuple, and then whoever answers it. Octets that were announced are always consumed, and then
 * answered once (RFC 3030 §2; security: S6).
 */
import { ASCII, type Fault, type Intake as Octets, type Result, UTF8 } from "@posthorn/contract";
import { LineReader, plainLineEnd, splitCommand } from "@posthorn/wire";
import { BAD_SEQUENCE, HTTP, LINE_TOO_LONG, LOCAL_FAULT, NOT_SMTP, TOO_MANY_ERRORS, UNKNOWN } from "./base-replies.ts";
import { answerBase } from "./base-verbs.ts";
import { askContent, refuseContent, takeContent } from "./content.ts";
import { handle } from "./conversation.ts";
import { type Taker, drain, kept, open } from "./intake.ts";
import { type Machine, type Mode, NOTHING, type Present } from "./machine.ts";
import { misplaced, unofferedIn, vetoOf } from "./objections.ts";
import { isJunk, type ServerRow } from "./server-table.ts";

const SPACE = 32;
/** Octets of CRLF. */
const CRLF = 2;

type AnyIntake = Octets<unknown, unknown>;

/** A command whose arguments were not read, or are wrong. */
const withoutArguments = (verb: string, raw: string | undefined, row: ServerRow | undefined): Present => ({
  verb,
  raw,
  row,
  args: undefined,
});

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

/** The arguments of MAIL or RCPT, where they are plain: its line is read then. What throws is found by `argumentsOf` too, which tells it. */
const plainArguments = ({ input, dialogue }: Machine, row: ServerRow): unknown => {
  try {
    return row.plain?.(input, dialogue.utf8 ? UTF8 : ASCII);
  } catch {
    return undefined;
  }
};

const argumentsOf = (machine: Machine, row: ServerRow, raw: string | undefined): Result<unknown> => {
  try {
    return row.verb.args.decode(raw, machine.dialogue.utf8 ? UTF8 : ASCII);
  } catch (error) {
    machine.failed(row.verb.name, error);
    return { ok: false, fault: LOCAL_FAULT };
  }
};

/** A verb whose octets are under way: they are consumed, whatever is answered. */
const hearWithOctets = (machine: Machine, present: Present, octets: AnyIntake, row: ServerRow): void => {
  const fault = misplaced(machine, row);
  if (fault !== undefined) machine.tell({ type: "fault", fault, verb: present.verb });
  const refusal = fault?.reply ?? vetoOf(machine, present, row);
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
const itemOf = (machine: Machine, present: Present, octets: AnyIntake): Taker => {
  let value: unknown;
  let fault: Fault | undefined;
  return {
    take(out) {
      value = kept(out);
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

/** Answers a command that cannot stand here; whether it is one. */
const isMisplaced = (machine: Machine, row: ServerRow, raw: string | undefined): boolean => {
  const { verb } = row;
  const wrong = misplaced(machine, row);
  if (wrong === undefined) return false;
  machine.tell({ type: "fault", fault: wrong, verb: verb.name });
  machine.answer(withoutArguments(verb.name, raw, row), wrong.reply, undefined);
  return true;
};

/** A verb that nothing follows, or only after a reply. */
const hearAlone = (machine: Machine, row: ServerRow, raw: string | undefined): void => {
  if (isMisplaced(machine, row, raw)) return;
  const args = argumentsOf(machine, row, raw);
  const { name } = row.verb;
  if (args.ok) hearArguments(machine, { verb: name, raw, row, args: args.value }, row);
  else refuse(machine, withoutArguments(name, raw, row), args.fault);
};

/** A verb with its arguments, which were read. */
const hearArguments = (machine: Machine, present: Present, row: ServerRow): void => {
  const { verb, owner } = row;
  const unoffered = unofferedIn(machine, present);
  const veto = unoffered === undefined ? vetoOf(machine, present, row) : undefined;
  if (unoffered !== undefined) refuse(machine, present, unoffered);
  else if (veto !== undefined) machine.answer(present, veto, verb.on);
  else if (verb.intake?.opens === "on-3yz" && verb.intake.carries === "content") askContent(machine, present);
  else if (owner >= 0) handle(machine, present, undefined, verb.on);
  else answerBase(machine, present);
};

/** A verb whose octets follow at once. How many is not known without its arguments (security: S6 b). */
const hearAnnounced = (machine: Machine, row: ServerRow, raw: string | undefined, octets: AnyIntake): void => {
  const verb = row.verb.name;
  const args = argumentsOf(machine, row, raw);
  if (args.ok) hearWithOctets(machine, { verb, raw, row, args: args.value }, octets, row);
  else fatal(machine, withoutArguments(verb, raw, row), args.fault);
};

const unknownVerb = (machine: Machine, verb: string, raw: string | undefined): void => {
  const present = withoutArguments(verb, raw, undefined);
  if (HTTP.has(verb)) fatal(machine, present, NOT_SMTP);
  else refuse(machine, present, machine.dialogue.phase === "refused" ? BAD_SEQUENCE : UNKNOWN);
};

/** A verb of the table; `wrong` is what its line has against it. */
const hearVerb = (machine: Machine, row: ServerRow, raw: string | undefined, wrong: Fault | undefined): void => {
  const { intake, name } = row.verb;
  const announced = intake?.opens === "with-command";
  if (wrong !== undefined) (announced ? fatal : refuse)(machine, withoutArguments(name, raw, row), wrong);
  else if (announced) hearAnnounced(machine, row, raw, intake);
  else hearAlone(machine, row, raw);
};

/** Counts a command that gets nothing done; whether it is one too many, which closes (security: A10). */
const isTooMuch = (machine: Machine, verb: string): boolean => {
  machine.tally.junk += 1;
  if (machine.tally.junk <= machine.setting.limits.junk) return false;
  machine.conclude(withoutArguments(verb, undefined, undefined), TOO_MANY_ERRORS, undefined);
  return true;
};

/** A line of any kind. */
const hearLine = (machine: Machine, line: Uint8Array): void => {
  const { verb, raw, fault } = splitCommand(line);
  if (verb === "") {
    refuse(machine, NOTHING, fault ?? UNKNOWN);
    return;
  }
  if (isJunk(verb) && isTooMuch(machine, verb)) return;
  const row = machine.setting.table.row(verb);
  if (row === undefined) unknownVerb(machine, verb, raw);
  else hearVerb(machine, row, raw, line.length > row.longest ? LINE_TOO_LONG : fault);
};

/**
 * A line of printable US-ASCII, which is in `chunk` from `from` to `to`: its verb is looked up where it stands, and
 * only what follows becomes text. What `splitCommand` would say of it is said here at a fifth of the cost.
 */
const hearPlain = (machine: Machine, chunk: Uint8Array, from: number, to: number): void => {
  let end = to;
  while (end > from && chunk[end - 1] === SPACE) end -= 1;
  let space = from;
  while (space < end && chunk[space] !== SPACE) space += 1;
  const { table } = machine.setting;
  const row = table.rows[table.verbs.find(chunk, from, space)];
  if (row === undefined) {
    hearLine(machine, chunk.subarray(from, to));
    return;
  }
  if (row.junk && isTooMuch(machine, row.verb.name)) return;
  const wrong = to - from > row.longest ? LINE_TOO_LONG : undefined;
  hearVerb(machine, row, space === end ? undefined : textOf(machine, space + 1, end), wrong);
};

/** Octets of the chunk as text, which are known to be US-ASCII. */
const textOf = ({ input }: Machine, from: number, to: number): string => {
  const spelled = input.text(from, to);
  return spelled.text.slice(from - spelled.from, to - spelled.from);
};

/** MAIL or RCPT whose arguments are plain, if the line that begins in the chunk is one and is whole; whether it was. */
const hearEnvelope = (machine: Machine): boolean => {
  const { input, setting } = machine;
  const { at } = input;
  const row = setting.table.envelope(input.chunk[at]);
  if (row === undefined) return false;
  const args = plainArguments(machine, row);
  if (args === undefined) return false;
  const verb = row.verb.name;
  const raw = setting.observe ? textOf(machine, at + verb.length + 1, input.at - CRLF) : undefined;
  if (!isMisplaced(machine, row, raw)) hearArguments(machine, { verb, raw, row, args }, row);
  return true;
};

/** The mode that reads command lines. */
export const COMMANDS: Mode = {
  step(machine) {
    const { input } = machine;
    const { line } = machine.setting.table;
    while (input.more()) {
      if (input.reader === undefined && hearEnvelope(machine)) return true;
      const { chunk, at } = input;
      const end = input.reader === undefined ? plainLineEnd(chunk, at, line) : -1;
      if (end >= 0) {
        input.at = end + 2;
        hearPlain(machine, chunk, at, end);
        return true;
      }
      const reader = (input.reader ??= new LineReader(line));
      input.at = reader.step(chunk, at, chunk.length);
      if (reader.done) input.reader = undefined;
      if (reader.fault !== undefined) {
        refuse(machine, NOTHING, reader.fault);
        return true;
      }
      if (reader.line !== undefined) {
        hearLine(machine, reader.line);
        return true;
      }
    }
    if (input.ended) machine.end();
    return input.ended;
  },
};
