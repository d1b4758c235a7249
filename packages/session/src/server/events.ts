/**
 * What a server's session tells its host. An event that has `proposed` is a question: the session is `PAUSED` until
 * `accept()` or `reply(r)` answers it. All others are news.
 */
import type {
  Envelope,
  Extensions,
  Fault,
  ForwardPath,
  ParamsOf,
  Reply,
  ReversePath,
  VerbsOf,
} from "@posthorn/contract";
import type { HeloArgument } from "@posthorn/wire";

/** A client has connected: `accept()` greets it with 220; 554 refuses it, and then only QUIT is heard (RFC 5321 §3.1); 421 closes. */
export interface ConnectionEvent {
  readonly type: "connection";
  readonly proposed: Reply;
}

/** EHLO, HELO or LHLO. The session adds the keyword lines to an accepting reply itself. */
export interface HelloEvent {
  readonly type: "hello";
  readonly verb: "EHLO" | "HELO" | "LHLO";
  readonly domain: HeloArgument;
  readonly proposed: Reply;
}

/** MAIL: its reverse-path, and the parameters of the extensions that were offered. */
export interface MailEvent<X extends Extensions> {
  readonly type: "mail";
  readonly path: ReversePath;
  readonly params: ParamsOf<X, "mail">;
  readonly proposed: Reply;
}

/** RCPT: one forward-path with its parameters. */
export interface RecipientEvent<X extends Extensions> {
  readonly type: "recipient";
  readonly path: ForwardPath;
  readonly params: ParamsOf<X, "rcpt">;
  readonly proposed: Reply;
}

/** VRFY or EXPN (RFC 5321 §3.5). The proposal is 252 for VRFY and 502 for EXPN. */
export interface VerifyEvent {
  readonly type: "verify";
  readonly verb: "VRFY" | "EXPN";
  readonly argument: string;
  readonly proposed: Reply;
}

/**
 * Content is about to come, once a message, before its first octet: the host makes a place for it, or refuses. The
 * proposal is the 354 that will be sent, or `undefined` where octets are under way already (BDAT): then `accept()`
 * lets them through, and a refusal is sent when they have been consumed.
 */
export interface TransferEvent {
  readonly type: "transfer";
  readonly verb: string;
  readonly proposed: Reply | undefined;
}

/** A piece of content, decoded: of the chunk that was received where nothing had to change, so it may be kept as long as nobody writes to that chunk. */
export interface ContentEvent {
  readonly type: "content";
  readonly octets: Uint8Array;
  /** Whether nobody else holds that array or its buffer: a host that has used it may let go of its memory. */
  readonly given: boolean;
}

/** The content is complete. The host answers `wants` times, in order: once, or in LMTP once for each accepted recipient (RFC 2033 §4.2). */
export interface MessageEvent {
  readonly type: "message";
  readonly wants: number;
  /** Whether CR and LF are in it only as CRLF, as in all content of DATA. Not looked at where a framing does not (BDAT without `strictBdat`). */
  readonly crlf: boolean;
  readonly proposed: Reply;
}

/** Content that was begun will not be completed, or was refused by the session: throw away what is held. */
export interface DroppedEvent {
  readonly type: "dropped";
  readonly why: "reset" | "refused" | "closed";
  /** The reply that the peer gets for it, where it is refused. */
  readonly reply: Reply | undefined;
}

/** A conversation asks: perform `run`, then `resume` or `fail`. Both belong to this question; too late, they do nothing. */
export interface AskEvent {
  readonly type: "ask";
  /** The verb whose conversation asks, in upper case. */
  readonly verb: string;
  run(signal: AbortSignal): unknown;
  resume(value: unknown): void;
  fail(error: unknown): void;
  /** Aborted when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** A command was answered. Only with `observe`. */
export interface AnsweredEvent<X extends Extensions> {
  readonly type: "answered";
  /** The verb, in upper case; `""` for a line that had none, and for the greeting. */
  readonly verb: (keyof VerbsOf<X> & string) | (string & {});
  /** The argument as it stood on the wire; `undefined` where there was none, where the row is `secret`, and where no row has the verb. */
  readonly raw: string | undefined;
  readonly reply: Reply;
}

/** The peer made a mistake; the session has answered it already. */
export interface FaultEvent {
  readonly type: "fault";
  readonly fault: Fault;
  /** The verb of the command, where it had one. */
  readonly verb: string | undefined;
  /** What code of an extension threw, where that was the cause and not the peer. */
  readonly error?: unknown;
}

/** Send what `take()` gives, then secure the connection, then call `upgraded(tls)`. Octets received before that are discarded (RFC 3207 §4.2). */
export interface UpgradeEvent {
  readonly type: "upgrade";
}

/** Nothing more will come and nothing more may be said: send what `take()` gives, and close. */
export interface ClosedEvent {
  readonly type: "closed";
  /** Whether it ended by QUIT, or between transactions by the peer's end of input. */
  readonly clean: boolean;
}

/** Everything that a server's session tells. */
export type ServerEvent<X extends Extensions = Extensions> =
  | ConnectionEvent
  | HelloEvent
  | MailEvent<X>
  | RecipientEvent<X>
  | VerifyEvent
  | TransferEvent
  | ContentEvent
  | MessageEvent
  | DroppedEvent
  | AskEvent
  | AnsweredEvent<X>
  | FaultEvent
  | UpgradeEvent
  | ClosedEvent;

/** The transaction as a host sees it. */
export type Transaction<X extends Extensions> = Envelope<ParamsOf<X, "mail">>;
