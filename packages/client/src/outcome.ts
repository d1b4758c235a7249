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

const adviceOf = (
  verdict: Verdict,
): { readonly retry: boolean; readonly nextHost: boolean; readonly dropRecipient: boolean } => {
  switch (verdict.kind) {
    case "accepted":
      return { retry: false, nextHost: false, dropRecipient: false };
    case "refused":
      return verdict.reply.code < 500
        ? { retry: true, nextHost: true, dropRecipient: false }
        : { retry: false, nextHost: false, dropRecipient: true };
    case "planned-out":
      return { retry: false, nextHost: true, dropRecipient: false };
    case "unsent":
      return { retry: true, nextHost: true, dropRecipient: false };
    case "in-doubt":
      return { retry: true, nextHost: false, dropRecipient: false };
    default:
      return verdict satisfies never;
  }
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

/** Puts an outcome together. */
export const outcomeOf = <X extends Extensions>({ verdicts, names, ...rest }: Ended<X>): Outcome<X> => {
  const all = verdicts.map((verdict, at): RecipientVerdict => ({
    ...verdict,
    recipient: names[at] ?? "",
    ...adviceOf(verdict),
  }));
  const of = (...kinds: readonly Verdict["kind"][]): readonly string[] =>
    all.filter(({ kind }) => kinds.includes(kind)).map(({ recipient }) => recipient);
  return {
    verdicts: all,
    accepted: of("accepted"),
    refused: of("refused", "planned-out"),
    open: of("unsent", "in-doubt"),
    ...rest,
  };
};
