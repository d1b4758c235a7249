/**
 * The two ways in which content travels: behind a 3yz (DATA, `content-after.ts`), or with the command itself (BDAT,
 * `content-with.ts`). Both are opened when at least one recipient was accepted and every reply before them has come.
 */
import type { AnyVerb } from "@posthorn/contract";
import type { Answer, Sent } from "./flight.ts";

/** Content under way. */
export interface Content {
  /** Takes the next octets; `false` asks to wait until `writable`. @throws LocalProtocolError what the framing refuses. */
  write(octets: Uint8Array): boolean;
  /** Whether more octets are wanted now. */
  readonly writable: boolean;
  /** All octets were written. */
  end(): void;
  /** The rest will not come. */
  abandon(reason: string): void;
  /** Whether the host may still write: it has not ended it, and it is still wanted. */
  readonly open: boolean;
  /** Whether it was refused or abandoned, so that what the host still writes is to be ignored. */
  readonly unwanted: boolean;
  /** Whether all octets, the end of them included, were handed out to be sent. */
  readonly sent: boolean;
  /** Sends what the window allows. */
  proceed(): void;
  /** A reply to what it sent. */
  replied(sent: Sent, answer: Answer): void;
  /** Whether nothing more is to be sent or answered. */
  readonly over: boolean;
}

/** Where the verdicts of content go. */
export interface Receivers {
  /** The verb that carries the content. */
  readonly row: AnyVerb;
  /** What a final reply says: of the recipient at this place among the accepted, or of all. */
  finish(answer: Answer): void;
  /** The content is refused, for all that were accepted. */
  refuse(answer: Answer): void;
  /** The content did not leave whole. */
  fail(reason: string): void;
}
