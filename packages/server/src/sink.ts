/**
 * Where content goes. A sink is asked at once for each piece and holds the peer back by a promise; `contentStream`
 * makes an `AsyncIterable` of it for who would rather read than be written to.
 */
import type { Reply } from "@posthorn/contract";

/** One value, now or later. */
export type Awaitable<T> = T | PromiseLike<T>;

/** What a message was answered with: one reply, or in LMTP one for each accepted recipient; nothing is 250. */
export type MessageVerdict = Reply | readonly Reply[] | void;

/** What is known of content once it is complete. */
export interface Complete {
  /** Octets of content: CRLF counted, terminator not. */
  readonly octets: number;
  /** Whether CR and LF are in it only as CRLF: always by DATA, by BDAT only where `strictBdat` looked; else it is not known. */
  readonly crlf: boolean;
}

/** Why content ends before its end: RSET and its like, refused by the session (its reply was sent), the connection is gone, or the sink itself failed. */
export type AbortReason = "reset" | "refused" | "closed" | "failed";

/**
 * Takes the content of one message, decoded: lines end in CRLF (in BDAT: octets as they are), dots are not doubled, the
 * terminator is not part of it. Every sink gets either `end` or `abort`, once.
 */
export interface ContentSink {
  /**
   * Whether `write` is done with the octets of a piece when it returns, even if it returns a promise: it counts, hashes
   * or copies them. Their memory is then used anew or let go at once (the array may be empty from then on), which saves
   * a third of the work for large messages and half where dots had to go. False if not given.
   */
  readonly transient?: boolean;
  /**
   * Takes a piece. A promise holds the peer back until it settles; the octets may not change and are only good until
   * then, if the extension that framed them says no better. `false`: no more is wanted, the rest is thrown away. What
   * it throws is 451 4.3.0 at the end of the content.
   */
  write(octets: Uint8Array): Awaitable<boolean | void>;
  /** The content is complete. A verdict that it returns is the message's; without one the hook `message` is asked. */
  end?(complete: Complete): Awaitable<MessageVerdict>;
  /** The content will not be completed: throw away what is held. */
  abort?(why: AbortReason): Awaitable<void>;
}

/** The error that a reader of `contentStream` gets where content ends before its end. */
export class ContentAborted extends Error {
  /** Why. */
  readonly code: AbortReason;

  constructor(code: AbortReason) {
    super(`the content was not completed: ${code}`);
    this.name = "ContentAborted";
    this.code = code;
  }
}
