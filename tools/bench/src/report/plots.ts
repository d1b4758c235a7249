// The plots of the page: figures against their bounds, CPU of small messages, throughput of large ones, the engine.
import { type Figure, figures, shown, valueOf } from "../figures.ts";
import { median } from "../statistics.ts";
import type { Result, Sample } from "../work.ts";
import type { Bar, Group, Plot } from "./plot.ts";

const isOurs = (name: string): boolean => /^(ours|posthorn|against)/.test(name);

const bars = (result: Result, key: "cpu" | "rate", unit: string): readonly Bar[] =>
  result.contenders.flatMap(({ name, samples }) => {
    const value = median(samples.map((sample: Sample) => sample[key] ?? Number.NaN));
    const text = `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
    return Number.isFinite(value) ? [{ label: name, value, text, ours: isOurs(name) }] : [];
  });

const groups = (results: readonly Result[], works: readonly string[], key: "cpu" | "rate", unit: string): Group[] =>
  works.flatMap((work) => {
    const result = results.find((one) => one.work === work);
    return result === undefined ? [] : [{ title: result.title.replaceAll("`", ""), bars: bars(result, key, unit) }];
  });

/** How much of its bound a figure is: 1 is just enough. Bounds from above are turned round. */
const share = (figure: Figure, value: number, limit: number): number =>
  figure.atMost === true ? limit / Math.max(value, limit / 8) : value / limit;

const reached = (results: readonly Result[]): readonly Bar[] =>
  figures.flatMap((figure) => {
    const value = valueOf(figure, results);
    const { bound, aim } = figure;
    if (value === undefined || bound === undefined || aim === undefined) return [];
    const label = figure.title.replaceAll("`", "");
    const at = share(figure, value, bound);
    return [
      {
        label,
        value: Math.min(at, 3),
        text: shown(figure, value),
        ours: at >= 1,
        marks: [1, Math.min(figure.atMost === true ? bound / aim : aim / bound, 3)],
      },
    ];
  });

/** All plots by the names of their files; those without a bar are left out. */
export const plots = (results: readonly Result[]): ReadonlyMap<string, Plot> => {
  const small = ["lockstep", "pipelined", "glued", "bdat", "recipients", "oneshot", "tls"];
  const all: readonly (readonly [string, Plot])[] = [
    [
      "figures",
      {
        title: "Figures against their bounds",
        note: "The first mark is what has to be reached, the second the aim. Grey: missed. Cut at three times the bound.",
        groups: [{ title: "", bars: reached(results) }],
        scale: "all",
      },
    ],
    [
      "small-messages",
      {
        title: "Server CPU for one message of 4 KiB",
        note: "µs, shorter is better; raw answers unread.",
        groups: groups(results, small, "cpu", "µs"),
        scale: "each",
      },
    ],
    [
      "large-messages",
      {
        title: "20 MiB messages",
        note: "MiB a second, longer is better.",
        groups: groups(results, ["big", "dotted", "bigbdat", "strictbdat"], "rate", "MiB/s"),
        scale: "each",
      },
    ],
    [
      "engine",
      {
        title: "The dot engine on ordinary and hostile content",
        note: "MiB a second of one core, by powers of ten, longer is better.",
        groups: groups(results, ["engine"], "rate", "MiB/s").map(({ bars: all }) => ({
          title: "",
          bars: all.map((bar) => ({ ...bar, ours: bar.label !== "memcpy" && bar.label !== "indexOf" })),
        })),
        scale: "log",
      },
    ],
    [
      "clients",
      {
        title: "Client CPU for one message of 4 KiB, ten connections",
        note: "µs, shorter is better; raw writes canned commands and counts replies.",
        groups: groups(results, ["client"], "cpu", "µs").map((group) => ({ ...group, title: "" })),
        scale: "all",
      },
    ],
  ];
  return new Map(all.filter(([, plot]) => plot.groups.some((group) => group.bars.length > 0)));
};
