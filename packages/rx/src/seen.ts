/**
 * What is known of events from outside. A server names its sessions, a client its connections; both tell commands,
 * recipients, transfers and an end. Nothing is imported from either: an event is what it looks like, and what looks
 * like none of these is passed over. So anything may be observed that speaks in these words, a test's double too.
 */
import type { Phase, Reply } from "@posthorn/contract";
import type { Verdict } from "@posthorn/session";
import { isObservable, type Observable } from "rxjs";
import { fromObserved, type Observed } from "./observed.ts";

/** Any event. */
export interface Seen {
  readonly type: string;
}

/** Where events come from: what can be observed, or its events already. */
export type Source<E extends Seen> = Observed<E> | Observable<E>;

/** The events of a source. */
export const eventsOf = <E extends Seen>(source: Source<E>): Observable<E> =>
  isObservable(source) ? source : fromObserved(source);

/** The session that an event is about: a server's session, a client's connection; `undefined` where it is about none. */
export const sessionOf = (event: Seen): string | undefined => {
  if ("session" in event && typeof event.session === "string") return event.session;
  if ("connection" in event && typeof event.connection === "string") return event.connection;
  return undefined;
};

/** A server has answered a command. */
export interface ServerCommand extends Seen {
  readonly verb: string;
  readonly argument?: string;
  readonly reply: Reply;
  readonly phase: Phase;
}

/** A client has sent a command. */
export interface ClientCommand extends Seen {
  readonly verb: string;
  readonly raw: string | undefined;
}

/** A client has a reply. */
export interface ClientReply extends Seen {
  readonly verb: string;
  readonly reply: Reply;
}

/** A server has answered RCPT. */
export interface ServerRecipient extends Seen {
  readonly to: string;
  readonly reply: Reply;
}

/** A client knows what became of one recipient. */
export interface ClientVerdict extends Seen {
  readonly recipient: string;
  readonly verdict: Verdict;
}

/** Content begins to come, or to leave. A client does not say by which verb. */
export interface TransferBegun extends Seen {
  readonly message?: string;
  readonly verb?: string;
}

/** A server has all content of a message, and answered it. */
export interface ServerMessage extends Seen {
  readonly message: string;
  readonly octets: number;
  readonly recipients: number;
  readonly replies: readonly Reply[];
}

/** A server will not have the rest of a message. */
export interface ServerDropped extends Seen {
  readonly message: string;
  readonly octets: number;
  readonly why: string;
  readonly reply?: Reply;
}

/** A client has sent all content of a message. */
export interface ClientTransferred extends Seen {
  readonly octets: number;
}

const is =
  <E extends Seen>(type: string, ...fields: readonly (keyof E & string)[]) =>
  (event: Seen): event is E =>
    event.type === type && fields.every((field) => field in event);

/** Whether a server has answered a command. */
export const isServerCommand: (event: Seen) => event is ServerCommand = is<ServerCommand>("command", "reply", "phase");
/** Whether a client has sent one. */
export const isClientCommand: (event: Seen) => event is ClientCommand = is<ClientCommand>("command", "raw");
/** Whether a client has a reply. */
export const isClientReply: (event: Seen) => event is ClientReply = is<ClientReply>("reply", "verb", "reply");
/** Whether a server has answered RCPT. */
export const isServerRecipient: (event: Seen) => event is ServerRecipient = is<ServerRecipient>(
  "recipient",
  "to",
  "reply",
);
/** Whether a client knows what became of one recipient. */
export const isClientVerdict: (event: Seen) => event is ClientVerdict = is<ClientVerdict>(
  "verdict",
  "recipient",
  "verdict",
);
/** Whether content begins to come, or to leave. */
export const isTransferBegun: (event: Seen) => event is TransferBegun = is<TransferBegun>("transfer");
/** Whether a server has a message and has answered it. */
export const isServerMessage: (event: Seen) => event is ServerMessage = is<ServerMessage>("message", "replies");
/** Whether a server will not have the rest of a message. */
export const isServerDropped: (event: Seen) => event is ServerDropped = is<ServerDropped>("dropped", "why");
/** Whether a client has sent all content of a message. */
export const isClientTransferred: (event: Seen) => event is ClientTransferred = is<ClientTransferred>(
  "transferred",
  "octets",
);

/** Whether it is the last event of its session. */
export const isLast = (event: Seen): boolean => event.type === "closed";
