/**
 * EHLO, HELO, LHLO (RFC 5321 §4.1.1.1, RFC 2033 §4.1): an accepting reply moves first, so that everything before is
 * forgotten, and then offers the extensions in its lines.
 */
import { ASCII, type Reply } from "@posthorn/contract";
import { encodeEhloLine, type HeloArgument } from "@posthorn/wire";
import type { Dialogue } from "./dialogue.ts";
import type { Machine, Present, Question } from "./machine.ts";
import type { Offer } from "./server-table.ts";

/** The longest text of an EHLO line: 512 octets less code, separator and CRLF (RFC 5321 §4.5.3.1.5). */
const EHLO_TEXT = 506;

/** What cannot change while it is the same: the line of such a capability is kept. */
const isPrimitive = (capability: unknown): boolean =>
  capability === null || (typeof capability !== "object" && typeof capability !== "function");

/** The line of an extension in the EHLO reply, if it offers anything now. */
const lineOf = (dialogue: Dialogue, offer: Offer): string | undefined => {
  const { server, advertise, spec } = offer;
  const capability: unknown = advertise.call(server, dialogue, dialogue.state(offer.owner));
  if (capability === undefined) return undefined;
  if (offer.line !== undefined && offer.capability === capability) return offer.line;
  const text = encodeEhloLine(spec.keyword, spec.capability.encode(capability, ASCII));
  if (text.length > EHLO_TEXT) throw new RangeError(`the offer of ${spec.keyword} does not fit a reply line`);
  offer.capability = capability;
  offer.line = isPrimitive(capability) ? text : undefined;
  return text;
};

/**
 * The reply with its keyword lines: each extension is asked, every time, in the order of the tuple, and from then on
 * counts as offered. Where all say what they said last, to whomever, it is that reply, whose text is there already.
 */
const offering = (machine: Machine, verb: string, code: number, first: string): Reply => {
  const { dialogue, setting } = machine;
  const before = setting.last.reply;
  let lines: string[] | undefined = before.code === code && before.lines[0] === first ? undefined : [first];
  let count = 1;
  for (const offer of setting.table.offers) {
    let text: string | undefined;
    try {
      text = lineOf(dialogue, offer);
    } catch (error) {
      machine.failed(verb, error);
    }
    if (text === undefined) continue;
    dialogue.offers = dialogue.offers.with(offer.owner);
    if (lines === undefined && before.lines[count] !== text) lines = before.lines.slice(0, count);
    lines?.push(text);
    count += 1;
  }
  if (lines === undefined && before.lines.length === count) return before;
  const said: Reply = { code, lines: lines ?? before.lines.slice(0, count) };
  setting.last.reply = said;
  return said;
};

const HELLO: Question = {
  type: "hello",
  classes: [2, 4, 5],
  plain: true,
  answer(machine, present, said = machine.setting.hello) {
    const { dialogue, setting } = machine;
    const on = present.row?.verb.on;
    if (said.code >= 300 || on?.[2] === undefined || on[2].of !== undefined) {
      machine.answer(present, said, on);
      return;
    }
    const { verb } = present;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the codec of a hello's row has read it
    const { text } = present.args as HeloArgument;
    machine.move(on[2]);
    dialogue.hello = { verb, domain: text };
    if (verb === "HELO") machine.say(present, said, true);
    else machine.say(present, offering(machine, verb, said.code, said.lines[0] ?? setting.hostname), true);
  },
};

/** Asks the host about a hello. */
export const hello = (machine: Machine, present: Present, verb: "EHLO" | "HELO" | "LHLO", domain: HeloArgument): void =>
  machine.ask({ type: "hello", verb, domain, proposed: machine.setting.hello }, HELLO, present);
