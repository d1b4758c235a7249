/** Signals: the first SIGTERM or SIGINT lets what flows finish, a second one ends; SIGHUP reads files again. */

/** What signals do. */
export interface Handlers {
  /** Ends when what flows has finished. */
  readonly drain: () => Promise<void>;
  /** Ends now. */
  readonly end: () => Promise<void>;
  readonly reload: () => void;
}

/** Listens to signals until it resolves, which is when the first `drain`, or `end`, has ended. */
export const untilStopped = ({ drain, end, reload }: Handlers): Promise<void> =>
  new Promise((resolve, reject) => {
    let stopping = false;
    const stop = (): void => {
      const ending = stopping ? end() : drain();
      stopping = true;
      ending.then(resolve, reject);
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    process.on("SIGHUP", reload);
  });
