/** A message as a caller says it, and as the session plans it: addresses read, content made ready. */
import type { Extensions, ForwardPath, Message, ParamsOf, Recipient, ReversePath } from "@posthorn/contract";
import { LocalProtocolError, UTF8 } from "@posthorn/contract";
import { forwardPath, formatMailbox, mailbox, POSTMASTER, reversePath } from "@posthorn/wire";
import { type Content, type ContentOptions, openContent, type Source } from "./content.ts";
import type { StandardExtensions } from "./options.ts";

/** A recipient with parameters of its own, such as NOTIFY (RFC 3461). */
export interface MailRecipient<X extends Extensions = StandardExtensions> {
  /** The forward-path: a mailbox, or `postmaster` alone. */
  readonly address: string;
  /** Parameters of its RCPT. */
  readonly params?: Partial<ParamsOf<X, "rcpt">> | undefined;
}

/** A message to send. */
export interface Mail<X extends Extensions = StandardExtensions> extends ContentOptions {
  /** The reverse-path: a mailbox, `local@domain`, or the empty string for the null reverse-path (RFC 5321 §4.5.5). */
  readonly from: string;
  /** The forward-paths: mailboxes, or `postmaster` alone (RFC 5321 §4.5.1). One string is one recipient. */
  readonly to: string | readonly (string | MailRecipient<X>)[];
  /** Header, empty line and body, as they are to arrive but for line endings; nothing is added. */
  readonly content: Content;
  /** Parameters of MAIL, such as RET (RFC 3461). */
  readonly params?: Partial<ParamsOf<X, "mail">> | undefined;
}

/** A message, ready to be planned. */
export interface Prepared<X extends Extensions> {
  readonly message: Message<ParamsOf<X, "mail">, ParamsOf<X, "rcpt">>;
  /** The recipients, as they are named in verdicts. */
  readonly names: readonly string[];
  readonly source: Source;
}

/** @throws LocalProtocolError `bad-path`, or a more specific code, where it is no reverse-path. */
export const readFrom = (text: string): ReversePath => {
  if (text === "") return null;
  const read = (text.startsWith("<") ? reversePath : mailbox).decode(text, UTF8);
  if (read.ok) return read.value;
  throw new LocalProtocolError(read.fault.code, `${JSON.stringify(text)} is no reverse-path`, "RFC 5321 §4.1.2");
};

/** @throws LocalProtocolError `bad-path`, or a more specific code, where it is no forward-path. */
export const readTo = (text: string): ForwardPath => {
  if (text.length === POSTMASTER.local.length && text.toLowerCase() === "postmaster") return POSTMASTER;
  const read = (text.startsWith("<") ? forwardPath : mailbox).decode(text, UTF8);
  if (read.ok) return read.value;
  throw new LocalProtocolError(read.fault.code, `${JSON.stringify(text)} is no forward-path`, "RFC 5321 §4.1.2");
};

/** A local part without quotes means what is written, so that the text is the name. */
const nameOf = (path: ForwardPath, text: string): string => {
  if (path.domain === "") return "postmaster";
  return text.startsWith("<") || text.startsWith('"') ? formatMailbox(path) : text;
};

const addressOf = <X extends Extensions>(to: string | MailRecipient<X>): string =>
  typeof to === "string" ? to : to.address;

const readRecipient = <X extends Extensions>(to: string | MailRecipient<X>): Recipient<ParamsOf<X, "rcpt">> => {
  const path = readTo(addressOf(to));
  return typeof to === "string" || to.params === undefined ? { path } : { path, params: to.params };
};

const prepared = <X extends Extensions>(
  from: ReversePath,
  to: readonly Recipient<ParamsOf<X, "rcpt">>[],
  params: Mail<X>["params"],
  names: readonly string[],
  source: Source,
): Prepared<X> => {
  const { facts, reopenable } = source;
  const message = params === undefined ? { from, to, facts, reopenable } : { from, to, facts, reopenable, params };
  return { message, names, source };
};

/**
 * Reads the addresses and makes the content ready. A promise only where the content has to be read.
 * @throws LocalProtocolError where an address is none, or nobody is to receive it; ClientError where the content cannot be read.
 */
export const prepareMail = <X extends Extensions>(mail: Mail<X>): Prepared<X> | Promise<Prepared<X>> => {
  const { from, to, params, content } = mail;
  const given = typeof to === "string" ? [to] : to;
  const recipients = given.map(readRecipient);
  const names = recipients.map(({ path }, at) => nameOf(path, addressOf(given[at] ?? "")));
  if (recipients.length === 0)
    throw new LocalProtocolError("no-recipient", "a message goes to one recipient at least", "RFC 5321 §3.3");
  const reverse = readFrom(from);
  const source = openContent(content, mail);
  if (source instanceof Promise) return source.then((opened) => prepared(reverse, recipients, params, names, opened));
  return prepared(reverse, recipients, params, names, source);
};
