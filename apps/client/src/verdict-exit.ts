/**
 * The exit code of a message, from what became of it for each recipient. The order of the questions is the promise:
 * 75 is left for messages that nobody has and that nobody has refused for good, so that sending them again sends
 * nothing twice.
 */
import type { Outcome } from "@posthorn/client";
import { EXIT, type ExitCode } from "./exit.ts";
import { exitOf } from "./failure.ts";

/** The part of an outcome that matters. */
export type Verdicts = Pick<Outcome, "verdicts" | "failure">;

/** What nobody was accepted or refused for good in; `stopped` is how a person ended it, if one did. */
const openExit = ({ verdicts, failure }: Verdicts, stopped: ExitCode | undefined): ExitCode => {
  if (stopped !== undefined) return stopped;
  const cause = failure === undefined ? EXIT.temporary : exitOf(failure);
  // What closed the connection says more than the verdicts where it was no mishap of the network.
  if (cause === EXIT.protocol || cause === EXIT.data || cause === EXIT.io) return cause;
  return verdicts.some(({ kind }) => kind === "in-doubt") ? EXIT.io : EXIT.temporary;
};

/** The exit code. */
export const verdictExit = (outcome: Verdicts, stopped?: ExitCode): ExitCode => {
  const { verdicts } = outcome;
  if (verdicts.every(({ kind }) => kind === "accepted")) return EXIT.ok;
  if (verdicts.every(({ kind }) => kind === "planned-out")) return EXIT.data;
  const forGood = verdicts.some(({ kind, dropRecipient }) => dropRecipient || kind === "planned-out");
  const some = verdicts.some(({ kind }) => kind === "accepted");
  return forGood || some ? EXIT.unavailable : openExit(outcome, stopped);
};
