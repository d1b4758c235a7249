/**
 * The lines of a planned transaction. They are written while the message is planned, because what cannot be written is
 * refused there; and sent as they were written, if they are sent under the same hello and in the same grammar.
 */
import { ASCII, type ForwardPath, type Grammar, LocalProtocolError, type ReversePath, UTF8 } from "@posthorn/contract";
import { notOffered, widens } from "../envelope.ts";
import type { PlannedTransaction } from "./events.ts";
import type { Line } from "./line.ts";
import type { Link } from "./link.ts";

/** Why there is no line, for a person. */
export interface Refusal {
  readonly refuse: string;
}

/** Under what a line was written. A hello makes new capabilities, so that these are known by which object they are. */
interface Under {
  readonly line: Line;
  readonly utf8: boolean;
  readonly capabilities: ReadonlyMap<number, unknown>;
}

/** Arguments of MAIL or RCPT that have been written. */
export class WrittenArgs<P extends ReversePath> {
  readonly path: P;
  readonly params: object;
  readonly #under: Under;

  constructor(path: P, params: object, under: Under) {
    this.path = path;
    this.params = params;
    this.#under = under;
  }

  /** The line of these arguments, if it was written for this link as it is, in this grammar. */
  static lineOf(args: object, link: Link, grammar: Grammar): Line | undefined {
    if (!(#under in args)) return undefined;
    const { line, utf8, capabilities } = args.#under;
    return utf8 === grammar.utf8 && capabilities === link.capabilities ? line : undefined;
  }
}

/** Arguments of RCPT that have been written, and whose they are. */
export class WrittenRcpt extends WrittenArgs<ForwardPath> {
  readonly index: number;

  constructor(path: ForwardPath, params: object, under: Under, index: number) {
    super(path, params, under);
    this.index = index;
  }
}

/** The line of MAIL or RCPT, or why there is none (security.md C1). */
export const writeLine = (
  link: Link,
  name: "MAIL" | "RCPT",
  args: { readonly path: ReversePath; readonly params: object },
  grammar: Grammar,
): Under | Refusal => {
  const { composition, capabilities } = link;
  const row = composition.row(name)?.verb;
  if (row === undefined) return { refuse: `no row for ${name}` };
  try {
    const line = link.encode(row, args, grammar, name === "MAIL" ? link.mailLine : link.rcptLine);
    return { line, utf8: grammar.utf8, capabilities };
  } catch (error) {
    if (error instanceof LocalProtocolError) return { refuse: `${name} cannot be written: ${error.message}` };
    throw error;
  }
};

const lineOf = (
  link: Link,
  name: "MAIL" | "RCPT",
  args: { readonly path: ReversePath; readonly params: object },
  grammar: Grammar,
): Line => {
  const written = WrittenArgs.lineOf(args, link, grammar);
  if (written !== undefined) return written;
  const { composition, capabilities } = link;
  const table = name === "MAIL" ? composition.mail : composition.rcpt;
  const fault = notOffered(args.params, table, (owner) => capabilities.has(owner));
  if (fault !== undefined)
    throw new LocalProtocolError("not-offered", `${name}: ${fault.reply.lines.join(" ")}`, fault.rfc);
  const line = writeLine(link, name, args, grammar);
  if ("refuse" in line) throw new LocalProtocolError("unencodable", line.refuse);
  return line.line;
};

/** The lines of a planned transaction. @throws LocalProtocolError `unencodable`, `not-offered`: the plan was not made here, or not now. */
export const encodeEnvelope = (
  link: Link,
  { mail, recipients }: PlannedTransaction,
): { readonly mail: Line; readonly rcpts: readonly Line[] } => {
  const grammar = widens(mail.params, link.composition.mail) ? UTF8 : ASCII;
  return {
    mail: lineOf(link, "MAIL", mail, grammar),
    rcpts: recipients.map((recipient) => lineOf(link, "RCPT", recipient, grammar)),
  };
};
