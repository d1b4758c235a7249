/** What became of a message: a verdict for each recipient, and what follows from it, as data. */
import type { Extensions } from "@posthorn/contract";
import type { Plan, Verdict } from "@posthorn/session";
import type { ClientError } from "./errors.ts";
import type { StandardExtensions } from "./options.ts";

/** The verdict of one recipient, and the answers to what a caller asks next. */
export type RecipientVerdict = Verdict & {
  /** The recipient, as a mailbox. */
  readonly recipient: string;
  /** Whether the same may succeed later. After `in-doubt` it may arrive twice (RFC 1047). */
  readonly retry: boolean;
  /** Whether another host for this recipient may do better. */
  readonly nextHost: boolean;
  /** Whether this recipient is refused for good. */
  readonly dropRecipient: boolean;
};

/** What became of a message. */
export interface Outcome<X extends Extensions = StandardExtensions> {
  /** One for each recipient, in the order of `to`. */
  readonly verdicts: readonly RecipientVerdict[];
  /** Recipients whose mail the server has. */
  readonly accepted: readonly string[];
  /** Recipients that were refused, by the server or by the plan. */
  readonly refused: readonly string[];
  /** Recipients of whom neither is known: not sent, or in doubt. */
  readonly open: readonly string[];
  /** What was to be sent: what was left out or added, and why. */
  readonly plan: Plan<X>;
  /** Octets of content that were written, over all transactions. */
  readonly octets: number;
  /** Milliseconds from the call to the last verdict. */
  readonly ms: number;
  /** Why the connection, or the content, came to its end before the message did. */
  readonly failure: ClientError | undefined;
}

type Advice = Pick<RecipientVerdict, "retry" | "nextHost" | "dropRecipient">;

const DONE: Advice = { retry: false, nextHost: false, dropRecipient: false };
const LATER: Advice = { retry: true, nextHost: true, dropRecipient: false };
const NEVER: Advice = { retry: false, nextHost: false, dropRecipient: true };
const ELSEWHERE: Advice = { retry: false, nextHost: true, dropRecipient: false };
const HERE_ONLY: Advice = { retry: true, nextHost: false, dropRecipient: false };

const adviceOf = (verdict: Verdict): Advice => {
  switch (verdict.kind) {
    case "accepted":
      return DONE;
    case "refused":
      return verdict.reply.code < 500 ? LATER : NEVER;
    case "planned-out":
      return ELSEWHERE;
    case "unsent":
      return LATER;
    case "in-doubt":
      return HERE_ONLY;
    default:
      return verdict satisfies never;
  }
};

/** Among which names a recipient is told. */
const HEAP: Readonly<Record<Verdict["kind"], "accepted" | "refused" | "open">> = {
  accepted: "accepted",
  refused: "refused",
  "planned-out": "refused",
  unsent: "open",
  "in-doubt": "open",
};

/** What is known when a message is done with. */
export interface Ended<X extends Extensions> {
  readonly verdicts: readonly Verdict[];
  readonly names: readonly string[];
  readonly plan: Plan<X>;
  readonly octets: number;
  readonly ms: number;
  readonly failure: ClientError | undefined;
}

const told = (verdict: Verdict, recipient: string): RecipientVerdict => {
  const { retry, nextHost, dropRecipient } = adviceOf(verdict);
  return verdict.kind === "accepted" // nearly all: named one by one, which is faster than spread
    ? { kind: verdict.kind, reply: verdict.reply, recipient, retry, nextHost, dropRecipient }
    : { ...verdict, recipient, retry, nextHost, dropRecipient };
};

const isAccepted = ({ kind }: Verdict): boolean => kind === "accepted";

/** Puts an outcome together. */
export const outcomeOf = <X extends Extensions>(ended: Ended<X>): Outcome<X> => {
  const { names, plan, octets, ms, failure } = ended;
  const verdicts = ended.verdicts.map((verdict, at) => told(verdict, names[at] ?? ""));
  if (ended.verdicts.every(isAccepted))
    return { verdicts, accepted: names, refused: [], open: [], plan, octets, ms, failure };
  const named: Readonly<Record<"accepted" | "refused" | "open", string[]>> = { accepted: [], refused: [], open: [] };
  for (const { kind, recipient } of verdicts) named[HEAP[kind]].push(recipient);
  const { accepted, refused, open } = named;
  return { verdicts, accepted, refused, open, plan, octets, ms, failure };
};
