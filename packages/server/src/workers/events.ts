/** What can be seen of a server with workers in the first process; what sessions do is observed in the workers. */
import type { Observation } from "../observation.ts";
import type { End } from "./hand.ts";

/** Everything that can be observed in the first process. */
export type WorkersEvent =
  | Extract<Observation, { readonly type: "refused" | "accept-error" }>
  /** A worker is ready, also one that takes the place of another. */
  | { readonly type: "worker-started"; readonly worker: number; readonly pid: number }
  /** A worker ended although nobody had told it to. */
  | ({
      readonly type: "worker-ended";
      readonly worker: number;
      readonly pid: number;
      /** Those that ended with it. */
      readonly connections: number;
      /** After how many milliseconds another is started. */
      readonly again: number;
    } & End);

/** Workers end as soon as they are started: it was given up, and nobody is served. */
export class WorkersError extends Error {
  /** Always `worker-start`. */
  readonly code: string;
  /** What the last one's process ended by, if not by a signal. */
  readonly exit: number | null;

  constructor({ code, signal }: End, tries: number) {
    const how = code === null ? `by ${signal ?? "no known reason"}` : `with exit code ${code}`;
    super(`a worker ended ${tries} times before it was ready, at last ${how}`);
    this.name = "WorkersError";
    this.code = "worker-start";
    this.exit = code;
  }
}
