/**
 * EHLO, HELO, LHLO (RFC 5321 §4.1.1.1, RFC 2033 §4.1): an accepting reply moves first, so that everything before is
 * forgotten, and then offers the extensions in its lines.
 */
import { ASCII, type Reply } from "@posthorn/contract";
import { encodeEhloLine, type HeloArgument } from "@posthorn/wire";
import type { Machine, Present, Question } from "./machine.ts";
import type { Setting } from "./setting.ts";

/** The longest text of an EHLO line: 512 octets less code, separator and CRLF (RFC 5321 §4.5.3.1.5). */
const EHLO_TEXT = 506;

/** What cannot change while it is the same: the text of such a capability is kept. */
const isPrimitive = (capability: unknown): boolean =>
  capability === null || (typeof capability !== "object" && typeof capability !== "function");

/** The line of an extension in the EHLO reply, if it offers anything now. */
const lineOf = (machine: Machine, owner: number): string | undefined => {
  const { dialogue, setting } = machine;
  const spec = setting.table.specs[owner];
  const capability = spec?.server?.advertise(dialogue, dialogue.state(owner));
  if (spec === undefined || capability === undefined) return undefined;
  const before = setting.table.lines[owner];
  if (before?.capability === capability) return before.text;
  const text = encodeEhloLine(spec.keyword, spec.capability.encode(capability, ASCII));
  if (text.length > EHLO_TEXT) throw new RangeError(`the offer of ${spec.keyword} does not fit a reply line`);
  if (isPrimitive(capability)) setting.table.lines[owner] = { capability, text };
  return text;
};

/** The keyword lines: each extension is asked in the order of the tuple, and from then on counts as offered. */
const offers = (machine: Machine, verb: string, first: string): readonly string[] => {
  const { dialogue, setting } = machine;
  const lines = [first];
  for (let owner = 0; owner < setting.table.specs.length; owner++) {
    const text = machine.guard(verb, () => lineOf(machine, owner), undefined);
    if (text === undefined) continue;
    dialogue.offers = dialogue.offers.with(owner);
    lines.push(text);
  }
  return lines;
};

const SAID = new WeakMap<Setting, Reply>();

/** The reply before this one, where it said the same, so that its octets are there already. */
const shared = (setting: Setting, said: Reply): Reply => {
  const last = SAID.get(setting);
  if (last?.code === said.code && last.lines.length === said.lines.length) {
    if (said.lines.every((line, at) => line === last.lines[at])) return last;
  }
  SAID.set(setting, said);
  return said;
};

const HELLO: Question = {
  type: "hello",
  classes: [2, 4, 5],
  plain: true,
  answer(machine, present, said = machine.setting.hello) {
    const { dialogue, setting } = machine;
    const on = present.row?.verb.on;
    if (said.code >= 300 || on?.[2] === undefined || "of" in on[2]) {
      machine.answer(present, said, on);
      return;
    }
    const { verb } = present;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the codec of a hello's row has read it
    const { text } = present.args as HeloArgument;
    machine.move(on[2]);
    dialogue.hello = { verb, domain: text };
    if (verb === "HELO") machine.say(present, said, true);
    else {
      const lines = offers(machine, verb, said.lines[0] ?? setting.hostname);
      machine.say(present, shared(setting, { code: said.code, lines }), true);
    }
  },
};

/** Asks the host about a hello. */
export const hello = (machine: Machine, present: Present, verb: "EHLO" | "HELO" | "LHLO", domain: HeloArgument): void =>
  machine.ask({ type: "hello", verb, domain, proposed: machine.setting.hello }, HELLO, present);
