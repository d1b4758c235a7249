// How far it is: one line that is written over on a terminal, one line a work elsewhere.
import process from "node:process";
import type { Work } from "./work.ts";

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds / 5) * 5} s` : `${Math.ceil(seconds / 60)} min`;

/** Tells of each round; what is left is guessed from what it took so far. */
export function progress(works: readonly Work[]): (work: Work, round: number, of: number) => void {
  const whole = works.reduce((sum, { weight }) => sum + weight, 0);
  const began = performance.now();
  return (work, round, of) => {
    const index = works.indexOf(work);
    const done =
      works.slice(0, index).reduce((sum, { weight }) => sum + weight, 0) + (work.weight * Math.max(0, round - 1)) / of;
    const elapsed = (performance.now() - began) / 1000;
    const left = done === 0 ? "" : `, about ${duration((elapsed / done) * (whole - done))} left`;
    const what = round === 0 ? "warming up" : `round ${round} of ${of}`;
    const line = `${index + 1}/${works.length} ${work.name}: ${what}${left}`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001B[K`);
    else if (round === of) process.stderr.write(`${line}\n`);
  };
}
