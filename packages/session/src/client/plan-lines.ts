/**
 * The lines of a planned transaction. They are written while the message is planned, because what cannot be written is
 * refused there; and sent as they were written, if they are sent under the same hello and in the same grammar.
 */
import { ASCII, type ForwardPath, type Grammar, LocalProtocolError, type ReversePath, UTF8 } from "@posthorn/contract";
import { mailText, notOffered, rcptText, widens } from "../envelope.ts";
import type { PlannedTransaction } from "./events.ts";
import { commandLine, envelopeLine, type Line } from "./line.ts";
import type { Link } from "./link.ts";
import type { Values } from "./plan-parameters.ts";

/** Why there is no line, for a person. */
export interface Refusal {
  readonly refuse: string;
}

/** @throws LocalProtocolError where MAIL cannot be written (security.md C1). */
const mailLine = ({ composition, mailLine: most }: Link, path: ReversePath, params: Values, grammar: Grammar): Line => {
  const argument = mailText(path, params, composition.mail, grammar);
  return grammar.utf8 ? commandLine("MAIL", argument, grammar, most) : envelopeLine("MAIL", argument, most);
};

/** @throws LocalProtocolError where RCPT cannot be written (security.md C1). */
const rcptLine = ({ composition, rcptLine: most }: Link, path: ForwardPath, params: Values, grammar: Grammar): Line => {
  const argument = rcptText(path, params, composition.rcpt, grammar);
  return grammar.utf8 ? commandLine("RCPT", argument, grammar, most) : envelopeLine("RCPT", argument, most);
};

/** Why a command could not be written. @throws what is no word about that. */
export const notWritten = (name: "MAIL" | "RCPT", error: unknown): string => {
  if (error instanceof LocalProtocolError) return `${name} cannot be written: ${error.message}`;
  throw error;
};

/** Arguments of MAIL or RCPT that have been written. */
export class WrittenArgs<P extends ReversePath> {
  readonly path: P;
  readonly params: object;
  readonly #line: Line;
  readonly #utf8: boolean;
  /** Under which hello: each makes new capabilities, so that they are known by which object they are. */
  readonly #capabilities: ReadonlyMap<number, unknown>;

  constructor(path: P, params: object, line: Line, { utf8 }: Grammar, { capabilities }: Link) {
    this.path = path;
    this.params = params;
    this.#line = line;
    this.#utf8 = utf8;
    this.#capabilities = capabilities;
  }

  /** Whether they were written in UTF-8, if they were written for this link as it is. */
  static utf8Of(args: object, link: Link): boolean | undefined {
    return #line in args && args.#capabilities === link.capabilities ? args.#utf8 : undefined;
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

  constructor(path: ForwardPath, params: object, line: Line, grammar: Grammar, link: Link, index: number) {
    super(path, params, line, grammar, link);
    this.index = index;
  }
}

/** Writes MAIL. @throws LocalProtocolError where it cannot be. */
export const writeMail = (link: Link, path: ReversePath, params: Values, grammar: Grammar): WrittenArgs<ReversePath> =>
  new WrittenArgs(path, params, mailLine(link, path, params, grammar), grammar, link);

/** Writes RCPT of the recipient at this place. @throws LocalProtocolError where it cannot be. */
export const writeRcpt = (
  link: Link,
  path: ForwardPath,
  params: Values,
  grammar: Grammar,
  index: number,
): WrittenRcpt => new WrittenRcpt(path, params, rcptLine(link, path, params, grammar), grammar, link, index);

/** The line of arguments that were not written here and now. */
const writeAnew = (
  link: Link,
  name: "MAIL" | "RCPT",
  args: { readonly path: ReversePath; readonly params: object },
  grammar: Grammar,
): Line => {
  const { composition, capabilities } = link;
  const table = name === "MAIL" ? composition.mail : composition.rcpt;
  const fault = notOffered(args.params, table, (owner) => capabilities.has(owner));
  if (fault !== undefined)
    throw new LocalProtocolError("not-offered", `${name}: ${fault.reply.lines.join(" ")}`, fault.rfc);
  try {
    return link.encode(link.row(name), args, grammar, name === "MAIL" ? link.mailLine : link.rcptLine);
  } catch (error) {
    throw new LocalProtocolError("unencodable", notWritten(name, error));
  }
};

/** The grammar of a transaction: of the one that was written here and now it is known. */
const grammarOf = (link: Link, { mail }: PlannedTransaction): Grammar => {
  const utf8 = WrittenArgs.utf8Of(mail, link) ?? widens(mail.params, link.composition.mail);
  return utf8 ? UTF8 : ASCII;
};

/** The lines of a planned transaction, and their grammar. @throws LocalProtocolError `unencodable`, `not-offered`: the plan was not made here, or not now. */
export const encodeEnvelope = (
  link: Link,
  planned: PlannedTransaction,
): { readonly utf8: boolean; readonly mail: Line; readonly rcpts: readonly Line[] } => {
  const { mail, recipients } = planned;
  const grammar = grammarOf(link, planned);
  return {
    utf8: grammar.utf8,
    mail: WrittenArgs.lineOf(mail, link, grammar) ?? writeAnew(link, "MAIL", mail, grammar),
    rcpts: recipients.map((to) => WrittenArgs.lineOf(to, link, grammar) ?? writeAnew(link, "RCPT", to, grammar)),
  };
};
