/** A plan as data, and as lines for a person: the commands that will be sent, and what is left out and why. */
import type { Plan } from "@posthorn/session";
import type { ForwardPath, ReversePath } from "@posthorn/contract";
import { formatMailbox } from "@posthorn/wire";
import { count, octetsText, printable } from "./text.ts";

/** A plan as `--json` has it. */
export interface PlanReport {
  readonly from: string;
  /** Octets of the content; absent where they are not known. */
  readonly octets: number | undefined;
  /** `7bit`, `8bit` or `binary`. */
  readonly content: string | undefined;
  readonly transactions: readonly {
    readonly params: Readonly<Record<string, unknown>>;
    /** The verb that carries the content. */
    readonly transfer: string;
    readonly recipients: readonly { readonly recipient: string; readonly params: Readonly<Record<string, unknown>> }[];
  }[];
  readonly refused: readonly { readonly recipient: string; readonly reason: string }[];
  readonly notes: readonly { readonly kind: string; readonly text: string; readonly recipient: string | undefined }[];
}

const nameOf = (path: ReversePath | ForwardPath): string =>
  path !== null && path.domain === "" ? "postmaster" : formatMailbox(path);

/** A plan, of any composition. */
export const planReport = (plan: Plan): PlanReport => {
  const recipient = (index: number): string => {
    const one = plan.message.to[index];
    return one === undefined ? "" : nameOf(one.path);
  };
  const { facts } = plan.message;
  return {
    from: formatMailbox(plan.message.from),
    octets: facts.size,
    content: facts.octets,
    transactions: plan.transactions.map(({ mail, recipients, transfer }) => ({
      params: { ...mail.params },
      transfer,
      recipients: recipients.map(({ index, params }) => ({ recipient: recipient(index), params: { ...params } })),
    })),
    refused: plan.refused.map(({ index, reason }) => ({ recipient: recipient(index), reason })),
    notes: plan.notes.map(({ kind, text, recipient: index }) => ({
      kind,
      text,
      recipient: index === undefined ? undefined : recipient(index),
    })),
  };
};

const valueText = (value: unknown): string => {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map(valueText).join(",") : JSON.stringify(value);
};

const paramsText = (params: Readonly<Record<string, unknown>>): string =>
  Object.entries(params)
    .map(([name, value]) => (value === true || value === null ? ` ${name}` : ` ${name}=${valueText(value)}`))
    .join("");

/** What the plan leaves out, adds or changes, one line each. */
export const noteLines = ({ notes }: PlanReport): readonly string[] => {
  const lines = notes.map(({ kind, text, recipient }) =>
    printable(`${kind}: ${recipient === undefined ? "" : `${recipient}: `}${text}`),
  );
  return [...new Set(lines)];
};

/** The plan for a person. */
export const planLines = (plan: PlanReport): readonly string[] => {
  const size = plan.octets === undefined ? "content" : octetsText(plan.octets);
  const kind = plan.content === undefined ? "" : `, ${plan.content}`;
  const lines: string[] = [];
  for (const { params, transfer, recipients } of plan.transactions) {
    lines.push(`MAIL FROM:<${plan.from}>${paramsText(params)}`);
    for (const one of recipients) lines.push(`RCPT TO:<${one.recipient}>${paramsText(one.params)}`);
    lines.push(`${transfer}: ${size}${kind}, to ${count(recipients.length, "recipient")}`);
  }
  for (const { recipient, reason } of plan.refused) lines.push(`not to ${recipient}: ${reason}`);
  return [...lines.map(printable), ...noteLines(plan)];
};
