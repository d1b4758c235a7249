/** The content of one message on its way into its sink, which gets either `end` or `abort`, once. */
import type { Extensions } from "@posthorn/contract";
import type { Envelope } from "./session.ts";
import type { AbortReason, Awaitable, ContentSink, MessageVerdict } from "./sink.ts";

/** Lets a sink go that will get no more. What it throws about that interests nobody; it may take its time. */
export const abandon = async (sink: ContentSink | undefined, why: AbortReason): Promise<void> => {
  try {
    await sink?.abort?.(why);
  } catch {
    // It was told; what it holds is its own.
  }
};

/** One transfer. */
export class Transfer<X extends Extensions> {
  readonly envelope: Envelope<X>;
  /** When the host was asked for a place, if anybody observed. */
  readonly since: number | undefined;
  octets = 0;
  /** Whether the sink failed, so that the message is 451. */
  failed = false;
  #sink: ContentSink | undefined;
  #wanted = true;

  constructor(envelope: Envelope<X>, since: number | undefined, sink: ContentSink | undefined) {
    this.envelope = envelope;
    this.since = since;
    this.#sink = sink;
  }

  /** Whether pieces are wanted. */
  get wanted(): boolean {
    return this.#wanted && this.#sink !== undefined;
  }

  /** Whether a piece is used up when `write` returns. */
  get transient(): boolean {
    return !this.wanted || this.#sink?.transient === true;
  }

  /** Hands a piece on. */
  write(octets: Uint8Array): Awaitable<boolean | void> {
    return this.#sink?.write(octets);
  }

  /** No more pieces are wanted. */
  enough(): void {
    this.#wanted = false;
  }

  /** The content is complete. */
  end(crlf: boolean): Awaitable<MessageVerdict> {
    const sink = this.#sink;
    this.#sink = undefined;
    return sink?.end?.({ octets: this.octets, crlf });
  }

  /** The content will not be completed. */
  abort(why: AbortReason): Promise<void> {
    const sink = this.#sink;
    this.#sink = undefined;
    return abandon(sink, why);
  }
}
