/**
 * One server on several cores: the first process listens, decides who may come in, and hands each connection to one of
 * its workers, which are the same program started again. What a worker has is its own: sessions of the others go on
 * when it dies.
 */
import { LocalProtocolError } from "@posthorn/contract";
import { WORKER_VARIABLE } from "./messages.ts";
import type { Workers, WorkersOptions } from "./options.ts";

/** The number of this worker, from 1; `undefined` in the first process, and where there are no workers. */
export const workerNumber = (): number | undefined => {
  const number = Number(process.env[WORKER_VARIABLE]);
  return process.send !== undefined && Number.isSafeInteger(number) && number > 0 ? number : undefined;
};

/**
 * Serves by several processes, which have one set of limits, counters, listeners and certificates. In the first process
 * it resolves when all workers are ready; in a worker it never does, so that what stands behind it is the first
 * process's alone.
 *
 * @throws ListenError where an address cannot be had
 * @throws WorkersError where workers end as soon as they are started
 * @throws LocalProtocolError `unknown-limit`, `bad-limit`, `no-certificate`, `bad-certificate`, `bad-workers`, `no-program`
 * @example
 * const workers = await serveWorkers({
 *   workers: 2,
 *   listeners: [{ role: "exchanger", tls: "none", port: 2525 }],
 *   server: (part) => createServer({ ...part, hostname: "mx.example.org", extensions: standardServer() }),
 * });
 * process.once("SIGTERM", () => void workers.close());
 */
export const serveWorkers = async <S = undefined>(options: WorkersOptions<S>): Promise<Workers> => {
  const number = workerNumber();
  if (number !== undefined) return (await import("./worker.ts")).work(options, number);
  const { workers } = options;
  if (workers !== undefined && !(Number.isSafeInteger(workers) && workers > 0))
    throw new LocalProtocolError("bad-workers", "workers is a number, 1 or more");
  return (await import("./first.ts")).serveFirst(options);
};
