/** Where a verb is legal, and where a move leads: the two questions that either side asks of a row. */
import { type AnyVerb, type From, type Move, type Moves, type Phase, type Reply, replyClass } from "@posthorn/contract";

const BASE: ReadonlySet<string> = new Set(["connected", "ready", "mail", "rcpt", "refused", "closing"]);

/** Whether one entry of `from` admits a phase: a phase itself, `*` (all but `refused` and `closing`), `*:*` (any of an extension's). */
const admits = (from: From, phase: Phase): boolean => {
  if (from === phase) return true;
  if (from === "*") return phase !== "refused" && phase !== "closing";
  return from === "*:*" && !BASE.has(phase);
};

/** Whether a verb is legal in a phase (RFC 5321 §4.1.4). */
export const isLegal = (row: AnyVerb, phase: Phase): boolean => {
  for (const from of row.from) if (admits(from, phase)) return true;
  return false;
};

/** The move of a reply by its class, with these arguments; `undefined` where the row names none. */
export const moveOf = (moves: Moves<unknown>, given: Reply, args: unknown): Move | undefined => {
  const cls = replyClass(given);
  const move = cls === 3 ? undefined : moves[cls];
  if (move === undefined) return undefined;
  return move.of === undefined ? move : move.of[move.which(args)];
};

/** The phase in which a move ends; `hello` says whether a hello is in force, for `idle`. An upgrade ends `connected`. */
export const phaseAfter = (move: Move, phase: Phase, hello: boolean): Phase => {
  if (move.upgrade !== undefined) return "connected";
  if (move.to === "same") return phase;
  if (move.to === "idle") return hello ? "ready" : "connected";
  return move.to;
};
