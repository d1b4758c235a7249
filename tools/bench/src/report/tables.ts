// Tables in Markdown: of the figures, and of what everyone needed for each work.
import { type Figure, judge, shown, valueOf, type Verdict } from "../figures.ts";
import { median, pairedRatio, spread } from "../statistics.ts";
import type { Measured, Result, Sample } from "../work.ts";

/** A table; the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, n) => Math.max(3, title.length, ...rows.map((row) => (row[n] ?? "").length)));
  const pad = (cell: string, n: number): string =>
    n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0);
  const line = (cells: readonly string[]): string => `| ${cells.map(pad).join(" | ")} |`;
  const rule = widths.map((width, n) => (n === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

const words: Record<Verdict, string> = {
  aim: "aim reached",
  reached: "reached",
  missed: "**missed**",
  told: "",
  "not measured": "not measured",
};

/** The table of figures. */
export const figureTable = (figures: readonly Figure[], results: readonly Result[]): string =>
  table(
    ["figure", "measured", "at least", "aim", "verdict"],
    figures.map((figure) => {
      const value = valueOf(figure, results);
      const most = figure.atMost === true ? "≤ " : "";
      const limit = (of: number | undefined): string => (of === undefined ? "" : most + shown(figure, of));
      const cells = [figure.title, shown(figure, value), limit(figure.bound), limit(figure.aim)];
      return [...cells, words[judge(figure, value)]];
    }),
  );

const middle = (samples: readonly Sample[], key: keyof Sample): number =>
  median(samples.flatMap((sample) => sample[key] ?? []));

const number = (value: number, digits = 1): string =>
  Number.isNaN(value)
    ? ""
    : value >= 1000
      ? Math.round(value).toLocaleString("en").replaceAll(",", " ")
      : value.toFixed(digits);

interface Column {
  readonly title: string;
  readonly cell: (samples: readonly Sample[]) => string;
}

const columns = (unit: string): readonly Column[] => [
  { title: `CPU µs/${unit}`, cell: (s) => number(middle(s, "cpu")) },
  { title: "user", cell: (s) => number(middle(s, "cpu") - middle(s, "system")) },
  { title: "system", cell: (s) => number(middle(s, "system")) },
  { title: "spread", cell: (s) => `${number(spread(s.map(({ cpu, wall }) => cpu ?? wall ?? 0)) * 100, 0)} %` },
  { title: `${unit}/s`, cell: (s) => number(middle(s, "rate"), 0) },
  { title: "ms", cell: (s) => number(middle(s, "wall"), 0) },
  { title: "KiB each", cell: (s) => number(middle(s, "memory") / 1024, 2) },
  { title: "peak MiB", cell: (s) => number(middle(s, "peak") / 1_048_576, 0) },
  { title: "load µs", cell: (s) => number(middle(s, "load")) },
];

/** What everyone needed for a work; columns that are empty are left out. The ratio is that of CPU, by rounds. */
export function workTable({ unit, contenders }: Result): string {
  const used = columns(unit).filter(({ cell }) => contenders.some(({ samples }) => cell(samples) !== ""));
  const limit = contenders.find(({ name }) => name === "raw" || name === "memcpy");
  const cpu = ({ samples }: Measured): number[] => samples.map((sample) => sample.cpu ?? Number.NaN);
  const row = (one: Measured): string[] => {
    const ratio = limit === undefined ? [] : [number(pairedRatio(cpu(limit), cpu(one)), 3)];
    return [one.name, ...ratio, ...used.map(({ cell }) => cell(one.samples))];
  };
  const head = ["who", ...(limit === undefined ? [] : [`${limit.name} / it`]), ...used.map(({ title }) => title)];
  return table(head, contenders.map(row));
}
