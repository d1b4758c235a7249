/**
 * What a task may ask of the session that runs it: to tell the host something, or to end the connection.
 */
import type { Extensions, ReceivedReply, Reply } from "@posthorn/contract";
import type { ClientLimits } from "../options.ts";
import type { Content } from "./content.ts";
import type { ClientEvent, CloseCode, ReadyEvent } from "./events.ts";
import type { Line } from "./line.ts";
import type { Link } from "./link.ts";

/** Events whose types do not depend on the composition. */
export type Telling = Exclude<ClientEvent, ReadyEvent<Extensions>>;

/** The session, as its tasks see it. */
export interface Office {
  readonly link: Link;
  readonly limits: ClientLimits;
  /** Octets of content in one chunk. */
  readonly chunk: number;
  /** Whether QUIT follows what is under way. */
  readonly quitting: boolean;
  /** Whether the connection is over. */
  readonly closed: boolean;
  /** The content that the host was asked for last; it stays when it is done with. */
  content: Content | undefined;
  /** Tells the host. */
  tell(event: Telling): void;
  /** Notes a command, for hosts that observe. */
  note(verb: string, line: Line, secret: boolean): void;
  /** The current task is done. */
  done(): void;
  /** The peer broke the protocol: nothing that it says counts from here. */
  protocol(reason: string, reply?: Reply): void;
  /** Ends the connection without another word. */
  close(code: CloseCode, reason: string, reply?: Reply): void;
  /** Says QUIT, and ends the connection when that is answered. */
  leave(code: CloseCode, reason: string, reply?: Reply): void;
}

/** How the opening of a session ended: messages may be sent, or why not. */
export type Opening =
  | "ready"
  | { readonly code: CloseCode; readonly reason: string; readonly reply?: ReceivedReply | Reply };
