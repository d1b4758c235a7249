/**
 * `--transcript`: the dialogue on standard error, in colour on a terminal. What it shows was masked and made printable
 * by `@posthorn/client`: secrets never were in it (security.md A8).
 */
import { type Listener, transcript } from "@posthorn/client";
import { say, type Terminal } from "./terminal.ts";
import { type Paint, paintFor } from "./text.ts";

const painted = (line: string, paint: Paint): string => {
  if (line.startsWith("C:")) return paint("cyan", line);
  if (line.startsWith("S: 4")) return paint("yellow", line);
  if (line.startsWith("S: 5")) return paint("red", line);
  return line.startsWith("S:") ? paint("green", line) : paint("dim", line);
};

/** A listener that shows the dialogue. */
export const showDialogue = ({ stderr }: Terminal): Listener => {
  const paint = paintFor(stderr);
  return transcript((line) => say(stderr, painted(line, paint)));
};
