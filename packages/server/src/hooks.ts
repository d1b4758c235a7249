/**
 * Hooks: where a host decides. Each may answer at once or by a promise, with a reply or with nothing, which accepts.
 * What one throws, rejects with, or does not answer in time (`limits.hook`) is 451 4.3.0, and observed as an `error`.
 */
import type { Extensions, Reply } from "@posthorn/contract";
import type { HeloArgument } from "@posthorn/wire";
import type { Mail, Message, Envelope, Recipient, Session } from "./session.ts";
import type { Awaitable, ContentSink, MessageVerdict } from "./sink.ts";

/** A reply, or nothing, which accepts. */
export type Answer = Awaitable<Reply | void>;

/** EHLO, HELO or LHLO, with what the client calls itself. */
export interface Hello {
  readonly verb: "EHLO" | "HELO" | "LHLO";
  readonly domain: HeloArgument;
}

/** VRFY or EXPN (RFC 5321 §3.5). */
export interface Query {
  readonly verb: "VRFY" | "EXPN";
  readonly argument: string;
}

/**
 * The decisions of a host, all optional: a server without hooks accepts everything and keeps nothing. `X` is the tuple
 * of extensions, from which parameters and states have their types.
 */
export interface Hooks<X extends Extensions = Extensions> {
  /** A client has connected. 554 refuses it, 421 closes (RFC 5321 §3.1); a 220 is greeted with as it is. */
  connection?(session: Session<X>): Answer;
  /** A client says hello. Of the reply only the first line is said, before the keywords. */
  hello?(hello: Hello, session: Session<X>): Answer;
  /** A transaction begins. */
  mail?(mail: Mail<X>, session: Session<X>): Answer;
  /** One recipient; `session.recipients` are those before. */
  recipient?(recipient: Recipient<X>, session: Session<X>): Answer;
  /** VRFY, 252 without an answer, or EXPN, 502. */
  verify?(query: Query, session: Session<X>): Answer;
  /** Content is about to come: a sink for it, a refusal, or nothing, and then nobody gets it. */
  content?(envelope: Envelope<X>, session: Session<X>): Awaitable<ContentSink | Reply | void>;
  /** The content is complete and its sink had no verdict: the last word. Nothing is 250 with the message's id. */
  message?(message: Message<X>, session: Session<X>): Awaitable<MessageVerdict>;
  /** The connection is gone. The server is closed when this is done. */
  closed?(session: Session<X>): Awaitable<void>;
}
