/**
 * Who answers the verbs that are there without any extension: the host, by an event, or the session itself. What an
 * accepting reply does beside the move of its row stands here: a hello offers the extensions (RFC 5321 §4.1.1.1), MAIL
 * begins a transaction (§3.3), RCPT adds to it.
 */
import { type MailArgs, type RcptArgs, type Reply, type ReplyClass, reply } from "@posthorn/contract";
import { asciiUpper, type HeloArgument } from "@posthorn/wire";
import { hasAny } from "../envelope.ts";
import {
  CANNOT_VERIFY,
  NO_EXPANSION,
  NO_HELP,
  OK,
  RECIPIENT_OK,
  RESET,
  SENDER_OK,
  TOO_MANY_ERRORS,
  TOO_MANY_RECIPIENTS,
} from "./base-replies.ts";
import { hello } from "./hello.ts";
import type { Machine, Present, Question } from "./machine.ts";

/** Success or refusal: what answers a question about a whole command. */
const FINAL: readonly ReplyClass[] = [2, 4, 5];

/** Answers a command by its row. */
const say = (machine: Machine, present: Present, said: Reply): Reply =>
  machine.answer(present, said, present.row?.verb.on);

/* oxlint-disable typescript/no-unsafe-type-assertion -- the row's codec has read the arguments: these are the types of base.ts */

const MAIL: Question = {
  type: "mail",
  classes: FINAL,
  plain: false,
  answer(machine, present, said = SENDER_OK) {
    if (say(machine, present, said).code >= 300) return;
    const { dialogue, setting } = machine;
    const args = present.args as MailArgs;
    dialogue.mail = args;
    dialogue.utf8 = hasAny(args.params, setting.table.widening);
    dialogue.transactions += 1;
  },
};

const mail = (machine: Machine, present: Present): void => {
  const { path, params } = present.args as MailArgs;
  machine.ask({ type: "mail", path, params, proposed: SENDER_OK }, MAIL, present);
};

const RECIPIENT: Question = {
  type: "recipient",
  classes: FINAL,
  plain: false,
  answer(machine, present, said = RECIPIENT_OK) {
    if (say(machine, present, said).code < 300) machine.dialogue.recipients += 1;
  },
};

const recipient = (machine: Machine, present: Present): void => {
  const { dialogue } = machine;
  const { limits } = machine.setting;
  if (dialogue.recipients >= limits.recipients) {
    dialogue.over += 1;
    say(machine, present, dialogue.over > limits.recipientsOver ? TOO_MANY_ERRORS : TOO_MANY_RECIPIENTS);
    return;
  }
  const { path, params } = present.args as RcptArgs;
  machine.ask({ type: "recipient", path, params, proposed: RECIPIENT_OK }, RECIPIENT, present);
};

const proposal = (verb: string): Reply => (verb === "VRFY" ? CANNOT_VERIFY : NO_EXPANSION);

const VERIFY: Question = {
  type: "verify",
  classes: FINAL,
  plain: false,
  answer: (machine, present, said) => void say(machine, present, said ?? proposal(present.verb)),
};

const verify = (machine: Machine, present: Present, verb: "VRFY" | "EXPN"): void =>
  machine.ask({ type: "verify", verb, argument: present.args as string, proposed: proposal(verb) }, VERIFY, present);

/** HELP (RFC 5321 §4.1.1.8): the syntax of one verb, or of all that stand here. */
const help = (machine: Machine, topic: string | undefined): Reply => {
  const { dialogue, setting } = machine;
  const rows = setting.table.rows.filter(({ owner }) => owner < 0 || dialogue.offers.has(owner));
  if (topic === undefined) return reply(214, "2.0.0", "Commands:", ...rows.map(({ verb }) => verb.syntax));
  const row = rows.find(({ verb }) => verb.name === asciiUpper(topic));
  return row === undefined ? NO_HELP : reply(214, "2.0.0", row.verb.syntax);
};

/** Answers a command of the base verbs, whose arguments are those of its row. */
export const answerBase = (machine: Machine, present: Present): void => {
  const { verb, args } = present;
  switch (verb) {
    case "MAIL":
      mail(machine, present);
      break;
    case "RCPT":
      recipient(machine, present);
      break;
    case "EHLO":
    case "HELO":
    case "LHLO":
      hello(machine, present, verb, args as HeloArgument);
      break;
    case "VRFY":
    case "EXPN":
      verify(machine, present, verb);
      break;
    case "HELP":
      say(machine, present, help(machine, args as string | undefined));
      break;
    case "RSET":
      say(machine, present, RESET);
      break;
    case "QUIT":
      say(machine, present, machine.setting.farewell);
      break;
    default:
      say(machine, present, OK);
  }
};
