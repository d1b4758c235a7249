// What a generator is, and how its files are written or compared. To add one: a module here that exports a
// `Generator`, and a line in main.ts.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file that is made from the sources. */
export interface Generated {
  /** Its path from the root. */
  readonly path: string;
  /** The whole file, or `undefined` if there must be none. */
  readonly content: string | undefined;
}

/** Makes files out of what stands elsewhere in the workspace. It must give the same for the same sources. */
export interface Generator {
  readonly name: string;
  run(root: string): Generated[] | Promise<Generated[]>;
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** The paths of the files that are not as their generator makes them. */
export function stale(root: string, files: readonly Generated[]): string[] {
  return files.filter(({ path, content }) => read(join(root, path)) !== content).map(({ path }) => path);
}

/** Writes the files that differ, and returns their paths. */
export function write(root: string, files: readonly Generated[]): string[] {
  const paths = stale(root, files);
  for (const { path, content } of files.filter((file) => paths.includes(file.path))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (content === undefined) rmSync(join(root, path));
    else writeFileSync(join(root, path), content);
  }
  return paths;
}

/**
 * The file at `path` with the text between `<!-- name -->` and `<!-- /name -->` replaced, as a list of one;
 * an empty list if there is no such file or it has no such markers.
 */
export function between(root: string, path: string, name: string, text: string): Generated[] {
  const old = read(join(root, path));
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [old?.indexOf(open) ?? -1, old?.indexOf(close) ?? -1];
  if (old === undefined || start < 0 || end < start) return [];
  const content = `${old.slice(0, start + open.length)}\n\n${text.trim()}\n\n${old.slice(end)}`;
  return [{ path, content }];
}

/** A Markdown table, its columns padded as the formatter wants them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, ...[head, ...rows].map((row) => width(row[column] ?? title))));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((size, column) => pad(cells[column] ?? "", size)).join(" | ")} |`;
  return [line(head), `| ${widths.map((size) => "-".repeat(size)).join(" | ")} |`, ...rows.map(line)].join("\n");
}

function width(text: string): number {
  return Array.from(text).length;
}

function pad(text: string, size: number): string {
  return text + " ".repeat(size - width(text));
}
