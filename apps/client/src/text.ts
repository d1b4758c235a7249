/** Text for a terminal: what others wrote is made printable, and colours are given only to a terminal that wants them. */
import { styleText } from "node:util";
import { escape } from "@posthorn/wire";

type Format = Parameters<typeof styleText>[0];

/** Paints text for one stream. */
export type Paint = (format: Format, text: string) => string;

/** One printable line of a sentence that may hold text of a peer: no control reaches the terminal (security.md A21). */
export const printable = (sentence: string): string => sentence.split("\\").map(escape).join("\\");

/** Colours for a stream, as NO_COLOR, FORCE_COLOR and the kind of the stream have it. */
export const paintFor =
  (stream: NodeJS.WritableStream): Paint =>
  (format, text) =>
    styleText(format, text, { stream });

/** One message of an error, whoever threw it. */
export const sentenceOf = (error: unknown): string =>
  printable((error instanceof Error ? error.message : String(error)).split(/\s*[\r\n]+\s*/).join(" "));

/** `1 recipient`, `2 recipients`. */
export const count = (many: number, one: string): string => `${many} ${one}${many === 1 ? "" : "s"}`;

/** Octets as a person reads them: `812 octets`, `20.0 MiB`. */
export const octetsText = (octets: number): string => {
  if (octets < 10_240) return count(octets, "octet");
  const [divisor, unit] = octets < 1_048_576 ? [1024, "KiB"] : [1_048_576, "MiB"];
  return `${(octets / divisor).toFixed(1)} ${unit}`;
};

/** Rows as columns, two spaces between them; the last column is as long as it is. */
export const columns = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
};
