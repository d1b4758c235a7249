/** A sink that is read: writing and reading meet piece by piece, so that the reader's pace is the peer's. */
import { type AbortReason, ContentAborted, type ContentSink, type MessageVerdict } from "./sink.ts";

type Step = IteratorResult<Uint8Array, undefined>;

interface Reader {
  readonly resolve: (step: Step) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: Step = { done: true, value: undefined };

/** Where a writer hands one piece at a time to a reader. */
class Meeting implements AsyncIterableIterator<Uint8Array, undefined> {
  #reader: Reader | undefined = undefined;
  /** A piece that came before the reader did. */
  #piece: Uint8Array | undefined = undefined;
  /** Tells the writer that its piece was used up, and whether more is wanted. */
  #used: ((wanted: boolean) => void) | undefined = undefined;
  #error: ContentAborted | undefined = undefined;
  #ended = false;
  #left = false;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    const piece = this.#piece;
    if (piece !== undefined) {
      this.#piece = undefined;
      return Promise.resolve({ done: false, value: piece });
    }
    this.#release(true); // the reader comes back: the piece before was used up
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended || this.#left) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** The reader leaves: what comes now is not wanted. */
  return(): Promise<Step> {
    this.#left = true;
    this.#piece = undefined;
    this.#release(false);
    return Promise.resolve(DONE);
  }

  write(piece: Uint8Array): Promise<boolean> | boolean {
    if (this.#left) return false;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) this.#piece = piece;
    else reader.resolve({ done: false, value: piece });
    return new Promise((resolve) => {
      this.#used = resolve;
    });
  }

  end(error: ContentAborted | undefined): void {
    this.#ended = true;
    this.#error = error;
    this.#release(false);
    const reader = this.#reader;
    this.#reader = undefined;
    if (error === undefined) reader?.resolve(DONE);
    else reader?.reject(error);
  }

  #release(wanted: boolean): void {
    const used = this.#used;
    this.#used = undefined;
    used?.(wanted);
  }
}

/**
 * A sink whose content is read by `consume`, which starts at once; what it returns is the message's verdict. Each piece
 * is good until the next one is asked for. A reader that ends early gets no more, and its verdict stands. Where content
 * ends before its end the reader is thrown a `ContentAborted`.
 *
 * @example
 * const hooks = {
 *   content: () =>
 *     contentStream(async (content) => {
 *       for await (const piece of content) await file.write(piece);
 *     }),
 * };
 */
export const contentStream = (
  consume: (content: AsyncIterable<Uint8Array>) => PromiseLike<MessageVerdict>,
): ContentSink => {
  const meeting = new Meeting();
  let verdict: Promise<MessageVerdict> | undefined;
  const start = (): Promise<MessageVerdict> => {
    verdict ??= (async () => {
      try {
        return await consume(meeting);
      } finally {
        await meeting.return();
      }
    })();
    verdict.catch(() => undefined); // it is told by `end`; who aborts does not ask
    return verdict;
  };
  return {
    write(octets) {
      void start();
      return meeting.write(octets);
    },
    end() {
      const ending = start();
      meeting.end(undefined);
      return ending;
    },
    abort(why: AbortReason) {
      if (verdict === undefined) return;
      meeting.end(new ContentAborted(why));
    },
  };
};
