/**
 * Who answers the verbs that are there without any extension: the host, by an event, or the session itself. What an
 * accepting reply does beside the move of its row stands here: a hello offers the extensions (RFC 5321 §4.1.1.1), MAIL
 * begins a transaction (§3.3), RCPT adds to it.
 */
import { ASCII, type MailArgs, type RcptArgs, type Reply, reply } from "@posthorn/contract";
import { asciiUpper, encodeEhloLine, type HeloArgument } from "@posthorn/wire";
import { widens } from "../envelope.ts";
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
import type { ServerEvent } from "./events.ts";
import type { Machine, Present } from "./machine.ts";

/** The longest text of an EHLO line: 512 octets less code, separator and CRLF (RFC 5321 §4.5.3.1.5). */
const EHLO_TEXT = 506;

/** Asks the host about a command; `accepted` is what a 2yz reply does after the move. */
const ask = (
  machine: Machine,
  present: Present,
  event: ServerEvent & { readonly proposed: Reply },
  accepted: () => void,
): void => {
  machine.ask(event, {
    type: event.type,
    classes: "245",
    plain: false,
    answer(said = event.proposed) {
      const spoken = machine.answer(present, said, present.row?.verb.on);
      if (spoken.code < 300) accepted();
    },
  });
};

/** The keyword lines: each extension is asked in the order of the tuple, and from then on counts as offered. */
const offers = (machine: Machine, verb: string): readonly string[] => {
  const { dialogue, table } = machine.parts;
  const lines: string[] = [];
  const line = (owner: number): string | undefined => {
    const spec = table.specs[owner];
    const capability = spec?.server?.advertise(dialogue, dialogue.memory.states[owner]);
    if (spec === undefined || capability === undefined) return undefined;
    const text = encodeEhloLine(spec.keyword, spec.capability.encode(capability, ASCII));
    if (text.length > EHLO_TEXT) throw new RangeError(`the offer of ${spec.keyword} does not fit a reply line`);
    return text;
  };
  for (const [owner, { keyword }] of table.specs.entries()) {
    const text = machine.guard(verb, () => line(owner), undefined);
    if (text === undefined) continue;
    dialogue.offer(keyword);
    lines.push(text);
  }
  return lines;
};

const hello = (machine: Machine, present: Present, verb: "EHLO" | "HELO" | "LHLO", domain: HeloArgument): void => {
  const { dialogue, output, hostname } = machine.parts;
  const proposed: Reply = { code: 250, lines: [hostname] };
  machine.ask(
    { type: "hello", verb, domain, proposed },
    {
      type: "hello",
      classes: "245",
      plain: true,
      answer(said = proposed) {
        const on = present.row?.verb.on;
        if (said.code >= 300 || on?.[2] === undefined || "of" in on[2]) {
          machine.answer(present, said, on);
          return;
        }
        machine.move(on[2]);
        dialogue.hello = { verb, domain: domain.text };
        const text = said.lines[0] ?? hostname;
        const spoken = verb === "HELO" ? said : { code: said.code, lines: [text, ...offers(machine, verb)] };
        output.amendBy((owner) => dialogue.hasOffered(owner));
        machine.say(present, spoken, true);
      },
    },
  );
};

const mail = (machine: Machine, present: Present, { path, params }: MailArgs): void => {
  const { dialogue, output, composition } = machine.parts;
  ask(machine, present, { type: "mail", path, params, proposed: SENDER_OK }, () => {
    dialogue.mail = { path, params };
    dialogue.utf8 = widens(params, composition.mail);
    output.utf8 = dialogue.utf8;
    dialogue.transactions += 1;
  });
};

const recipient = (machine: Machine, present: Present, { path, params }: RcptArgs): void => {
  const { dialogue, limits } = machine.parts;
  if (dialogue.recipients >= limits.recipients) {
    dialogue.over += 1;
    const full = dialogue.over > limits.recipientsOver ? TOO_MANY_ERRORS : TOO_MANY_RECIPIENTS;
    machine.answer(present, full, present.row?.verb.on);
    return;
  }
  ask(machine, present, { type: "recipient", path, params, proposed: RECIPIENT_OK }, () => {
    dialogue.recipients += 1;
  });
};

/** HELP (RFC 5321 §4.1.1.8): the syntax of one verb, or of all that stand here. */
const help = (machine: Machine, topic: string | undefined): Reply => {
  const { composition, dialogue } = machine.parts;
  const rows = composition.rows.filter(({ owner }) => owner < 0 || dialogue.hasOffered(owner));
  if (topic === undefined) return reply(214, "2.0.0", "Commands:", ...rows.map(({ verb }) => verb.syntax));
  const row = rows.find(({ verb }) => verb.name === asciiUpper(topic));
  return row === undefined ? NO_HELP : reply(214, "2.0.0", row.verb.syntax);
};

/** Answers a command of the base verbs, whose arguments are those of its row. */
export const answerBase = (machine: Machine, present: Present): void => {
  const { verb, args, row } = present;
  const say = (said: Reply): Reply => machine.answer(present, said, row?.verb.on);
  /* oxlint-disable typescript/no-unsafe-type-assertion -- the row's codec has read the arguments: these are the types of base.ts */
  switch (verb) {
    case "EHLO":
    case "HELO":
    case "LHLO":
      hello(machine, present, verb, args as HeloArgument);
      break;
    case "MAIL":
      mail(machine, present, args as MailArgs);
      break;
    case "RCPT":
      recipient(machine, present, args as RcptArgs);
      break;
    case "VRFY":
    case "EXPN": {
      const proposed = verb === "VRFY" ? CANNOT_VERIFY : NO_EXPANSION;
      ask(machine, present, { type: "verify", verb, argument: args as string, proposed }, () => undefined);
      break;
    }
    case "HELP":
      say(help(machine, args as string | undefined));
      break;
    case "RSET":
      say(RESET);
      break;
    case "QUIT":
      say({ code: 221, status: "2.0.0", lines: [`${machine.parts.hostname} closing connection`] });
      break;
    default:
      say(OK);
  }
};
