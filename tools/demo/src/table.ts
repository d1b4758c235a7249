// A table that reads well on a terminal and in a log: columns of a fixed width, colour only where it will be seen.
import process from "node:process";

const coloured = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;

const paint =
  (code: number) =>
  (text: string): string =>
    coloured ? `\u001B[${code}m${text}\u001B[0m` : text;

/** Colours by what they mean. */
export const style = {
  good: paint(32),
  bad: paint(31),
  faint: paint(2),
  strong: paint(1),
  client: paint(36),
  server: paint(33),
};

/** One column. */
export interface Column {
  readonly title: string;
  readonly width: number;
  /** Numbers stand to the right. */
  readonly right?: boolean;
}

/** One row of a table, cut to nothing: what is too long pushes the rest. */
export const row = (columns: readonly Column[], cells: readonly string[]): string =>
  columns
    .map(({ width, right }, at) =>
      right === true ? (cells[at] ?? "").padStart(width) : (cells[at] ?? "").padEnd(width),
    )
    .join("  ")
    .trimEnd();

/** The head of a table: its titles, and a line below them. */
export const header = (columns: readonly Column[]): string =>
  [
    style.strong(
      row(
        columns,
        columns.map(({ title }) => title),
      ),
    ),
    style.faint(columns.map(({ width }) => "─".repeat(width)).join("  ")),
  ].join("\n");

/** A number with its thousands apart: `20 971 520`. */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, " ");

/** A time for a person: `35 ms`, `1.2 s`. */
export const duration = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
