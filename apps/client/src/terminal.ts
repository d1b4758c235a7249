/** What the program stands between: the streams, the environment, and the wish to stop. `main` gives the process's own. */
import type { ReadStream, WriteStream } from "node:tty";

/** The streams and the environment of a run. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<ReadStream, "isTTY">>;
  readonly stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, "isTTY" | "columns">>;
  readonly stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, "isTTY" | "columns">>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when a person wants no more. Its reason is a `Stop`. */
  readonly signal: AbortSignal;
}

/** Writes lines to a stream. */
export const say = (stream: NodeJS.WritableStream, ...lines: readonly string[]): void => {
  for (const line of lines) stream.write(`${line}\n`);
};
