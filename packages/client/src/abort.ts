/** The caller's signal, as the failure that it is. */
import { ClientError, sentenceOf } from "./errors.ts";

/** The failure of a caller who has lost interest. */
export const abortedBy = (signal: AbortSignal): ClientError =>
  new ClientError("aborted", `aborted: ${sentenceOf(signal.reason)}`, { cause: signal.reason });

/** Waits for a promise, but no longer than the caller wants to. @throws ClientError `aborted`. */
export const unlessAborted = <T>(waited: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return waited;
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(abortedBy(signal));
    const done = (): void => signal.removeEventListener("abort", aborted);
    signal.addEventListener("abort", aborted, { once: true });
    waited.finally(done).then(resolve, reject);
  });
};
