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

type Name = "MAIL" | "RCPT";

/** @throws LocalProtocolError where these arguments cannot be written (security.md C1). */
const write = (
  link: Link,
  name: Name,
  args: { readonly path: ReversePath; readonly params: object },
  grammar: Grammar,
): Line => {
  const row = link.composition.row(name)?.verb;
  if (row === undefined) throw new LocalProtocolError("unknown-verb", `the composition has no verb ${name}`);
  return link.encode(row, args, grammar, name === "MAIL" ? link.mailLine : link.rcptLine);
};

/** Arguments of MAIL or RCPT that have been written. */
export class WrittenArgs<P extends ReversePath> {
  readonly path: P;
  readonly params: object;
  readonly #line: Line;
  readonly #utf8: boolean;
  /** Under which hello: each makes new capabilities, so that they are known by which object they are. */
  readonly #capabilities: ReadonlyMap<number, unknown>;

  /** @throws LocalProtocolError where they cannot be written. */
  constructor(link: Link, name: Name, path: P, params: object, grammar: Grammar) {
    this.path = path;
    this.params = params;
    this.#line = write(link, name, this, grammar);
    this.#utf8 = grammar.utf8;
    this.#capabilities = link.capabilities;
  }

  /** The line of these arguments, if it was written for this link as it is, in this grammar. */
  static lineOf(args: object, link: Link, grammar: Grammar): Line | undefined {
    if (!(#line in args)) return undefined;
    return args.#utf8 === grammar.utf8 && args.#capabilities === link.capabilities ? args.#line : undefined;
  }
}

/** Arguments of RCPT that have been written, and whose they are. */
export class WrittenRcpt extends WrittenArgs<ForwardPath> {
  readonly index: number;

  /** @throws LocalProtocolError where they cannot be written. */
  constructor(link: Link, path: ForwardPath, params: object, grammar: Grammar, index: number) {
    super(link, "RCPT", path, params, grammar);
    this.index = index;
  }
}

/** Why a command could not be written. @throws what is no word about that. */
export const notWritten = (name: Name, error: unknown): string => {
  if (error instanceof LocalProtocolError) return `${name} cannot be written: ${error.message}`;
  throw error;
};

const lineOf = (
  link: Link,
  name: Name,
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
  try {
    return write(link, name, args, grammar);
  } catch (error) {
    throw new LocalProtocolError("unencodable", notWritten(name, error));
  }
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
