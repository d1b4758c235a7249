// Bars, drawn as SVG by hand. Text and colours follow the reader's scheme, light or dark.

/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** As it is written behind the bar. */
  readonly text: string;
  /** Ours stand out. */
  readonly ours?: boolean;
  /** Where marks stand across it: what it has to reach. */
  readonly marks?: readonly number[];
}

/** Bars that belong together. */
export interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** A plot. */
export interface Plot {
  readonly title: string;
  /** What is drawn, and which way is better. */
  readonly note: string;
  readonly groups: readonly Group[];
  /** Each group has a scale of its own, or all have one, linear or by powers of ten. */
  readonly scale: "each" | "all" | "log";
}

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const room = 440;
/** Room behind the longest bar, for what is written there. */
const behind = 120;
/** What a letter is wide, at most of them. */
const letter = 6.8;
const step = 20;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 16px } .group { font-weight: 600 } .note { fill: #59636e }
  .bar { fill: #8c959f } .ours { fill: #0969da } .mark { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 } .bar { fill: #656c76 } .ours { fill: #4493f8 }
    .mark { stroke: #e6edf3 }
  }`;

const extent = (bars: readonly Bar[]): number =>
  Math.max(...bars.flatMap(({ value, marks = [] }) => [value, ...marks]));

function lengthBy(scale: Plot["scale"], all: readonly Bar[]): (value: number, group: readonly Bar[]) => number {
  if (scale === "each") return (value, group) => (value / extent(group)) * room;
  if (scale === "all") return (value) => (value / extent(all)) * room;
  const least = Math.min(...all.map(({ value }) => value)) / 2;
  const decades = Math.log10(extent(all) / least);
  return (value) => (Math.log10(value / least) / decades) * room;
}

/** Draws it. */
export function draw({ title, note, groups, scale }: Plot): string {
  const length = lengthBy(
    scale,
    groups.flatMap(({ bars }) => bars),
  );
  const labels = groups.flatMap(({ bars }) => bars.map(({ label }) => label.length));
  const left = Math.round(30 + letter * Math.max(...labels));
  const width = Math.max(left + room + behind, 640);
  const parts: string[] = [];
  let y = 28;
  const text = (x: number, what: string, kind = "", anchor = "start"): void => {
    parts.push(`<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escape(what)}</text>`);
  };
  text(16, title, "title");
  y += 22;
  text(16, note, "note");
  for (const group of groups) {
    y += 30;
    if (group.title !== "") text(16, group.title, "group");
    else y -= step;
    for (const { label, value, text: said, ours = false, marks = [] } of group.bars) {
      y += step;
      const long = Math.max(1, length(value, group.bars));
      text(left - 10, label, "", "end");
      parts.push(
        `<rect x="${left}" y="${y - 12}" width="${long.toFixed(1)}" height="14" rx="2" class="${ours ? "ours" : "bar"}"/>`,
      );
      const ends = marks.map((mark) => length(mark, group.bars));
      for (const at of ends) {
        const x = (left + at).toFixed(1);
        parts.push(`<line x1="${x}" x2="${x}" y1="${y - 15}" y2="${y + 5}" class="mark"/>`);
      }
      text(left + Math.max(long, ...ends) + 8, said);
    }
  }
  const height = y + 24;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`;
  return [head, `<title>${escape(title)}</title>`, `<style>${style}</style>`, ...parts, "</svg>", ""].join("\n");
}
