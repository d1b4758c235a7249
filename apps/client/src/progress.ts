/**
 * A bar on a terminal while large content leaves. It writes to standard error only, and reads nothing: libraries that
 * draw bars take over standard input, from which the content may come, and Ctrl-C, which is ours.
 */
import type { Terminal } from "./terminal.ts";
import { octetsText, paintFor } from "./text.ts";

/** Content smaller than this has left before a bar could be read. */
export const LARGE_OCTETS = 1_048_576;

const BAR = 30;
/** Milliseconds between two drawings. */
const PACE = 80;

/** A bar: told of octets, and ended. */
export interface ProgressBar {
  readonly update: (octets: number) => void;
  readonly end: () => void;
}

/** One line: `██████░░░░  40 %  8.0 MiB of 20.0 MiB  3.1 MiB/s`. */
export const barText = (octets: number, total: number, ms: number): string => {
  const share = total === 0 ? 1 : Math.min(1, octets / total);
  const full = Math.round(share * BAR);
  const bar = "█".repeat(full) + "░".repeat(BAR - full);
  const rate = ms <= 0 ? "" : `  ${octetsText(Math.round((octets / ms) * 1000))}/s`;
  return `${bar}  ${String(Math.floor(share * 100)).padStart(3)} %  ${octetsText(octets)} of ${octetsText(Math.max(octets, total))}${rate}`;
};

/** A bar for content of `total` octets; `undefined` where none should be drawn. */
export const progressBar = (total: number, quiet: boolean, { stderr }: Terminal): ProgressBar | undefined => {
  if (quiet || stderr.isTTY !== true || total < LARGE_OCTETS) return undefined;
  const paint = paintFor(stderr);
  const began = performance.now();
  let drawn = -Infinity;
  /** A terminal may say that it is 0 wide, and mean that it does not know. */
  const width = (): number => (stderr.columns === undefined || stderr.columns === 0 ? 80 : stderr.columns);
  const draw = (octets: number, now: number): void => {
    drawn = now;
    const text = barText(octets, total, now - began).slice(0, width() - 1);
    stderr.write(`\r\u001B[K${paint("cyan", text)}`);
  };
  return {
    update: (octets) => {
      const now = performance.now();
      if (now - drawn >= PACE || octets >= total) draw(octets, now);
    },
    end: () => {
      if (drawn !== -Infinity) stderr.write("\r\u001B[K");
    },
  };
};
