// docs/performance.md: what stands between the two markers is made by the bench, the rest is written by hand and stays.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { figures } from "../figures.ts";
import type { Machine } from "../machine.ts";
import type { Result } from "../work.ts";
import { draw } from "./plot.ts";
import { plots } from "./plots.ts";
import { figureTable, workTable } from "./tables.ts";

const begin = "<!-- npm run bench writes from here -->";
const end = "<!-- to here -->";

const fresh = `# Performance

${begin}
${end}
`;

/** What was measured. */
export interface Report {
  readonly machine: Machine;
  readonly results: readonly Result[];
  readonly lacks: readonly string[];
  readonly rounds: number;
}

const about = ({ machine, rounds }: Report): string => {
  const { date, commit, cpu, cores, memory, system, versions, load, generator } = machine;
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const loads = load.map((value) => value.toFixed(1)).join(", ");
  return [
    `Measured ${date} UTC at ${commit}: ${cpu}, ${cores} cores, ${Math.round(memory / 2 ** 30)} GiB, ${system}.`,
    `${list.join(", ")}. Load by a generator ${generator === "C" ? "in C" : "**on Node**, for want of a compiler"};`,
    `${rounds} rounds; load average at the end ${loads}, of which the bench itself is two.`,
  ].join("\n");
};

/** The part between the markers. */
export function generated(report: Report, folder: string): string {
  const { results, lacks } = report;
  const pictures = [...plots(results)].map(([name, { title }]) => `![${title}](${folder}/${name}.svg)`);
  const works = results.map((result) => `### ${result.title}\n\n\`--only ${result.work}\`\n\n${workTable(result)}`);
  const out = lacks.length === 0 ? "Nothing." : lacks.map((lack) => `- ${lack}`).join("\n");
  return [
    "## Figures",
    about(report),
    figureTable(figures, results),
    ...pictures,
    "## Left out",
    out,
    "## Everyone, work by work",
    ...works,
  ].join("\n\n");
}

/** Writes the page and its plots into a folder of documents. Returns the page's path. */
export function writePage(report: Report, docs: string): string {
  const file = join(docs, "performance.md");
  const page = existsSync(file) ? readFileSync(file, "utf8") : fresh;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${file}: the markers of the bench are not there`);
  mkdirSync(join(docs, "performance"), { recursive: true });
  for (const [name, plot] of plots(report.results)) {
    writeFileSync(join(docs, "performance", `${name}.svg`), draw(plot));
  }
  const made = `${begin}\n\n${generated(report, "performance")}\n\n${end}`;
  writeFileSync(file, page.slice(0, from) + made + page.slice(to + end.length));
  return file;
}
