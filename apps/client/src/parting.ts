/** The end of a connection: QUIT and its reply, or at once where a person wants no more. */
import type { Connection } from "@posthorn/client";

/** Says goodbye, and waits for the answer; not longer than `signal` lets it. */
export const part = async (connection: Connection, signal: AbortSignal): Promise<void> => {
  const leave = (): void => connection.destroy();
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  await connection.quit();
  signal.removeEventListener("abort", leave);
};
