/**
 * What a client's session tells its host, and what becomes of a message.
 */
import type { CapabilitiesOf, Extensions, MailArgs, Message, ParamsOf, RcptArgs, Reply } from "@posthorn/contract";

/** The hello was accepted and all is negotiated: messages may be sent. Told once a session. */
export interface ReadyEvent<X extends Extensions> {
  readonly type: "ready";
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- a composition of no extensions has no capabilities
  readonly capabilities: CapabilitiesOf<X>;
}

/** A command leaves. Only with `observe`. */
export interface CommandEvent {
  readonly type: "command";
  readonly verb: string;
  /** The argument as it will stand on the wire; `undefined` where there is none, and where the row is `secret`. */
  readonly raw: string | undefined;
}

/** A reply came. Only with `observe`. */
export interface ReplyEvent {
  readonly type: "reply";
  /** The verb that it answers; `""` for the greeting, and where no command had asked for it. */
  readonly verb: string;
  /** The reply; without its lines where it is a 3yz of a `secret` row. */
  readonly reply: Reply;
}

/** A conversation asks: perform `run`, then `resume` or `fail`. Both belong to this question; too late, they do nothing. */
export interface ClientAskEvent {
  readonly type: "ask";
  run(signal: AbortSignal): unknown;
  resume(value: unknown): void;
  fail(error: unknown): void;
  readonly signal: AbortSignal;
}

/** Send what `take()` gives, then secure the connection, then call `upgraded(tls)`, or `abort` where the handshake failed. */
export interface ClientUpgradeEvent {
  readonly type: "upgrade";
}

/** The server wants the content now: open it, `write` its octets, then `end()`. Told once for each transaction of the plan. */
export interface WantEvent {
  readonly type: "content";
  /** The transaction in the plan, from 0. */
  readonly transaction: number;
}

/** Content is no longer wanted: the server has refused it while it was under way. Stop writing; the outcome follows. */
export interface UnwantedEvent {
  readonly type: "unwanted";
  readonly reply: Reply;
}

/** What became of the message for one recipient. */
export type Verdict =
  /** A final 2yz: the server has it. */
  | { readonly kind: "accepted"; readonly reply: Reply }
  /** A 4yz or 5yz, and the verb that it answered. */
  | { readonly kind: "refused"; readonly reply: Reply; readonly verb: string }
  /** All octets were sent and no reply came: the server may have it. */
  | { readonly kind: "in-doubt"; readonly reason: string }
  /** The content did not leave whole: the server cannot have it, and it may be sent again. */
  | { readonly kind: "unsent"; readonly reason: string }
  /** It was not tried: the server lacks what it needs. */
  | { readonly kind: "planned-out"; readonly reason: string };

/** A message is done with. */
export interface OutcomeEvent {
  readonly type: "outcome";
  /** One for each recipient of the message, in its order. */
  readonly verdicts: readonly Verdict[];
  /** Whether another message may be sent on this connection. */
  readonly usable: boolean;
}

/** A conversation given to `run` has ended. */
export interface DoneEvent {
  readonly type: "done";
  readonly value: unknown;
  /** What it threw, if it did. */
  readonly error: unknown;
}

/** Why a connection is over, in a word: `quit`, `refused` (greeting, hello), `service` (421), `protocol`, `eof`, `negotiation`, `aborted`. */
export type CloseCode = "quit" | "refused" | "service" | "protocol" | "eof" | "negotiation" | "aborted";

/** Nothing more will come and nothing more may be said: send what `take()` gives, and close. */
export interface ClientClosedEvent {
  readonly type: "closed";
  readonly code: CloseCode;
  /** One sentence for a person. */
  readonly reason: string;
  /** The reply that ended it, where one did. */
  readonly reply: Reply | undefined;
}

/** Everything that a client's session tells. */
export type ClientEvent<X extends Extensions = Extensions> =
  | ReadyEvent<X>
  | CommandEvent
  | ReplyEvent
  | ClientAskEvent
  | ClientUpgradeEvent
  | WantEvent
  | UnwantedEvent
  | OutcomeEvent
  | DoneEvent
  | ClientClosedEvent;

/** One transaction of a plan. */
export interface PlannedTransaction<X extends Extensions = Extensions> {
  readonly mail: MailArgs<ParamsOf<X, "mail">>;
  readonly recipients: readonly (RcptArgs<ParamsOf<X, "rcpt">> & {
    /** Its place in `message.to`. */
    readonly index: number;
  })[];
  /** The verb that carries the content: `DATA`, or an extension's. */
  readonly transfer: string;
}

/** Something that the plan leaves out or adds, for a person. */
export interface PlanNote {
  /** `omitted`: a parameter that the server does not offer. `added`: a parameter by an extension. `note`: a remark. `changed`: content that will differ. */
  readonly kind: "omitted" | "added" | "note" | "changed";
  readonly text: string;
  /** The place in `message.to`, where it is about one recipient. */
  readonly recipient?: number;
}

/** What will be sent, changed or refused, and why, before anything is sent. */
export interface Plan<X extends Extensions = Extensions> {
  readonly message: Message<ParamsOf<X, "mail">, ParamsOf<X, "rcpt">>;
  readonly transactions: readonly PlannedTransaction<X>[];
  /** Recipients that will not be tried, and why; all of them, where the message itself cannot be sent. */
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
  readonly notes: readonly PlanNote[];
}

/** What a client waits for, so that its host can set the deadline of RFC 5321 §4.5.3.2. */
export interface Awaiting {
  /** The verb whose reply is next; `""` for the greeting. */
  readonly verb: string;
  /** Whether the reply is to octets that were sent (the final dot), not to the command line. */
  readonly octets: boolean;
}
