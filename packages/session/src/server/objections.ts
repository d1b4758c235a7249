/**
 * What can stand against a command that was understood: its place in the dialogue (502, 503), a parameter that was not
 * offered (555), and the vetoes of extensions, in the order of the tuple.
 */
import type { Fault, Reply } from "@posthorn/contract";
import { notOffered } from "../envelope.ts";
import { isLegal } from "../phases.ts";
import { BAD_SEQUENCE, LOCAL_FAULT, NOT_OFFERED } from "./base-replies.ts";
import type { Machine, Present } from "./machine.ts";
import type { ServerRow } from "./server-table.ts";

/** Why a verb cannot stand here: it was not offered, or the phase is wrong. */
export const misplaced = (machine: Machine, row: ServerRow): Fault | undefined => {
  const { dialogue, setting } = machine;
  const { owner, verb } = row;
  if (dialogue.phase === "refused" && !isLegal(verb, "refused")) return BAD_SEQUENCE;
  if (owner >= 0 && !dialogue.offers.has(owner)) {
    const { hello } = dialogue;
    if (hello === undefined || hello.verb === "HELO") return BAD_SEQUENCE;
    const ask = (): Reply | undefined =>
      setting.table.specs[owner]?.server?.withheld?.(verb.name, dialogue, dialogue.state(owner));
    const said = machine.guard(verb.name, ask, undefined);
    return said === undefined ? NOT_OFFERED : { ...NOT_OFFERED, reply: said };
  }
  return isLegal(verb, dialogue.phase) ? undefined : BAD_SEQUENCE;
};

/** The first veto, in the order of the tuple. */
export const vetoOf = (machine: Machine, present: Present, { vetoes }: ServerRow): Reply | undefined => {
  if (vetoes.length === 0) return undefined; // to iterate over nothing was a twentieth of a RCPT
  const { dialogue } = machine;
  for (const veto of vetoes) {
    let said: Reply | undefined;
    try {
      said = veto.admit(present.args, dialogue, dialogue.state(veto.owner));
    } catch (error) {
      machine.failed(present.verb, error);
      said = LOCAL_FAULT.reply;
    }
    if (said !== undefined) return said;
  }
  return undefined;
};

/** Parameters that are there but were not offered: 555 (RFC 5321 §4.1.1.11). */
export const unofferedIn = (machine: Machine, { verb, args }: Present): Fault | undefined => {
  const { offers } = machine.dialogue;
  if (offers.allParameters || (verb !== "MAIL" && verb !== "RCPT")) return undefined;
  if (typeof args !== "object" || args === null || !("params" in args)) return undefined;
  const { mail, rcpt } = machine.setting.composition;
  return notOffered(args.params ?? {}, verb === "MAIL" ? mail : rcpt, (owner) => offers.has(owner));
};
