// The figures to reach: which of them is made of whose samples, what it has to be at least, and what it aims at.
import { median, pairedRatio } from "./statistics.ts";
import type { Measured, Result, Sample } from "./work.ts";

/** What a sample is looked at for. */
export type Measure = "cpu" | "rate" | "wall" | "memory";

/** A figure. */
export interface Figure {
  readonly work: string;
  readonly title: string;
  readonly by: Measure;
  /** Whose measure it is. */
  readonly of: string;
  /** Over or above whose, by `how`. Without it the measure stands for itself. */
  readonly over?: string;
  /** `ratio` if not given; `worst`: the least ratio over all others of the work that are hostile. */
  readonly how?: "ratio" | "above" | "worst";
  readonly unit?: "KiB" | "ms";
  /** Bounds; `atMost` turns them round. Without them it is told and not judged. */
  readonly bound?: number;
  readonly aim?: number;
  readonly atMost?: boolean;
}

const toRaw = (work: string, title: string, bound: number, aim: number): Figure => ({
  work,
  title,
  by: "cpu",
  of: "raw",
  over: "ours",
  bound,
  aim,
});

const theirs = (work: string, title: string, bound: number, aim: number): Figure => ({
  work,
  title: `smtp-server's CPU over ours: ${title}`,
  by: "cpu",
  of: "smtp-server",
  over: "ours",
  bound,
  aim,
});

/** Told beside the others, and not judged. */
const told = (work: string, title: string, over: string): Figure => ({ work, title, by: "cpu", of: "raw", over });

/** All figures, in the order in which they are shown. */
export const figures: readonly Figure[] = [
  toRaw("lockstep", "4 KiB lockstep, 20 sessions", 0.88, 0.93),
  toRaw("pipelined", "4 KiB pipelined", 0.78, 0.87),
  toRaw("glued", "glued", 0.72, 0.8),
  toRaw("bdat", "BDAT with four messages in flight", 0.72, 0.8),
  toRaw("recipients", "50 recipients, pipelined", 0.9, 0.95),
  told("recipients", "50 recipients: a raw server that cuts addresses out and keeps them, unchecked", "raw, addresses"),
  toRaw("oneshot", "one message a connection", 0.8, 0.9),
  toRaw("hooks", "two async hooks, pipelined", 0.7, 0.8),
  toRaw("big", "20 MiB base64, strict", 0.8, 0.88),
  toRaw("dotted", "20 MiB, half the lines dotted", 0.5, 0.6),
  toRaw("bigbdat", "20 MiB by BDAT, line endings unchecked and marked so", 0.95, 1),
  toRaw("strictbdat", "20 MiB by BDAT, checked (`strictBdat`)", 0.8, 0.88),
  told("big", "20 MiB base64, sink that keeps what it is given", "ours, kept"),
  told("big", "20 MiB base64, one read buffer (`sharedReadBuffer`)", "ours, one buffer"),
  told("bigbdat", "20 MiB by BDAT, one read buffer (`sharedReadBuffer`)", "ours, one buffer"),
  {
    work: "engine",
    title: "dot engine, strict, base64 lines, against warm memcpy",
    by: "cpu",
    of: "memcpy",
    over: "base64",
    bound: 0.25,
    aim: 0.35,
  },
  {
    work: "engine",
    title: "dot engine, worst input, against its own base64 figure",
    by: "cpu",
    of: "base64",
    how: "worst",
    bound: 1 / 60,
    aim: 1 / 30,
  },
  {
    work: "idle",
    title: "idle session above a raw socket, RSS",
    by: "memory",
    of: "ours",
    over: "raw",
    how: "above",
    unit: "KiB",
    bound: 1,
    aim: 0.5,
    atMost: true,
  },
  {
    work: "client",
    title: "client, 4 KiB, 10 connections: nodemailer's CPU per message over ours",
    by: "cpu",
    of: "nodemailer",
    over: "ours, pool",
    bound: 5,
    aim: 8,
  },
  {
    work: "client",
    title: "client, pipelined, against a node:net client that writes canned commands",
    by: "cpu",
    of: "raw",
    over: "ours, DATA",
    bound: 0.7,
    aim: 0.85,
  },
  theirs("lockstep", "lockstep", 1.6, 1.9),
  theirs("pipelined", "pipelined", 2.6, 3.2),
  theirs("recipients", "50 recipients", 10, 14),
  theirs("oneshot", "one message a connection", 2, 2.4),
  {
    work: "big",
    title: "our MB/s over smtp-server's: 20 MiB base64",
    by: "rate",
    of: "ours",
    over: "smtp-server",
    bound: 3.5,
    aim: 4,
  },
  {
    work: "dotted",
    title: "our MB/s over smtp-server's: 20 MiB dotted",
    by: "rate",
    of: "ours",
    over: "smtp-server",
    bound: 20,
    aim: 30,
  },
  toRaw("tls", "4 KiB over TLS, pipelined, against the raw server over TLS", 0.7, 0.85),
  {
    work: "durable",
    title: "`posthornd` into its Maildir with fsync, 20 sessions, messages/s against Postfix's smtpd",
    by: "rate",
    of: "posthornd",
    over: "Postfix",
    bound: 1.2,
    aim: 2,
  },
  {
    work: "starttls",
    title: "STARTTLS handshakes a CPU second against smtp-server, full",
    by: "cpu",
    of: "smtp-server",
    over: "ours",
    bound: 1,
    aim: 1.1,
  },
  {
    work: "resumed",
    title: "STARTTLS handshakes a CPU second against smtp-server, resumed",
    by: "cpu",
    of: "smtp-server",
    over: "ours",
    bound: 1.2,
    aim: 1.5,
  },
  {
    work: "workers",
    title: "`posthornd`, messages/s of 2 workers over 1",
    by: "rate",
    of: "posthornd, 2 workers",
    over: "posthornd",
  },
  {
    work: "start",
    title: "`posthorn --version`",
    by: "wall",
    of: "posthorn --version",
    unit: "ms",
    bound: 80,
    aim: 80,
    atMost: true,
  },
  {
    work: "start",
    title: "`posthorn send` of one small message",
    by: "wall",
    of: "posthorn send",
    unit: "ms",
    bound: 250,
    aim: 250,
    atMost: true,
  },
];

/** What is no hostile input among the contenders of the engine. */
const GENTLE: ReadonlySet<string> = new Set(["memcpy", "indexOf", "base64", "prose", "dotted"]);

const values = (measured: Measured | undefined, by: Measure): readonly number[] =>
  (measured?.samples ?? []).map((sample: Sample) => sample[by] ?? Number.NaN);

/** The figure, and who made it the worst; `undefined` where somebody whom it needs was not measured. */
export function valueOf(figure: Figure, results: readonly Result[]): number | undefined {
  const result = results.find(({ work }) => work === figure.work);
  const samples = (name: string | undefined): readonly number[] =>
    values(
      result?.contenders.find((contender) => contender.name === name),
      figure.by,
    );
  const scale = figure.unit === "KiB" ? 1024 : 1;
  let value: number;
  if (figure.how === "worst") {
    const others = (result?.contenders ?? []).filter(({ name }) => !GENTLE.has(name) && !name.startsWith("against"));
    value = Math.min(...others.map(({ name }) => pairedRatio(samples(figure.of), samples(name))));
  } else if (figure.over === undefined) value = median(samples(figure.of)) / scale;
  else if (figure.how === "above") value = (median(samples(figure.of)) - median(samples(figure.over))) / scale;
  else value = pairedRatio(samples(figure.of), samples(figure.over));
  return Number.isFinite(value) ? value : undefined;
}

/** How a figure is judged. */
export type Verdict = "aim" | "reached" | "missed" | "told" | "not measured";

/** Judges a value. */
export function judge({ bound, aim, atMost = false }: Figure, value: number | undefined): Verdict {
  if (value === undefined) return "not measured";
  if (bound === undefined || aim === undefined) return "told";
  const good = (limit: number): boolean => (atMost ? value <= limit : value >= limit);
  return good(aim) ? "aim" : good(bound) ? "reached" : "missed";
}

/** A number of a figure, as it is shown. */
export const shown = ({ unit, how }: Figure, value: number | undefined): string => {
  if (value === undefined) return "–";
  if (unit === "ms") return `${value.toFixed(0)} ms`;
  if (unit === "KiB") return `${value.toFixed(2)} KiB`;
  if (how === "worst") return `1/${(1 / value).toFixed(0)}`;
  return value >= 5 ? value.toFixed(1) : value.toFixed(2);
};

/** What was missed, a line each: the figure, what it is and what it had to be. */
export const missed = (asked: readonly Figure[], results: readonly Result[]): readonly string[] =>
  asked
    .map((figure) => ({ figure, value: valueOf(figure, results) }))
    .filter(({ figure, value }) => judge(figure, value) === "missed")
    .map(({ figure, value }) => {
      const least = figure.atMost === true ? "at most" : "at least";
      return `${figure.title}: ${shown(figure, value)}, ${least} ${shown(figure, figure.bound)}`;
    });
