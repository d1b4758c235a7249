// The public declarations of a built package: its .d.ts files from the entry on, in the order in which they are
// re-exported, without their comments and imports. A change of the public surface is then a change of one page.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";

interface Piece {
  readonly names: readonly string[];
  readonly text: string;
}

interface Module {
  /** Its own declarations, in order. */
  readonly pieces: readonly Piece[];
  /** What it re-exports from files of its own package; `names` is `undefined` for all. */
  readonly from: readonly { file: string; names: readonly string[] | undefined }[];
  /** Its re-exports from other packages, as they stand. */
  readonly foreign: readonly string[];
}

/** The text of a file with every comment blanked out and no line left empty. */
function withoutComments(text: string, comments: readonly { start: number; end: number }[]): string {
  let bare = text;
  for (const { start, end } of comments) {
    bare = bare.slice(0, start) + bare.slice(start, end).replace(/[^\n]/g, " ") + bare.slice(end);
  }
  return bare;
}

function tidy(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}

function readModule(file: string): Module {
  const raw = readFileSync(file, "utf8");
  const { program, comments, errors } = parseSync(file, raw);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const text = withoutComments(raw, comments);
  const pieces: Piece[] = [];
  const from: { file: string; names: readonly string[] | undefined }[] = [];
  const foreign: string[] = [];
  for (const node of program.body) {
    const own = tidy(text.slice(node.start, node.end));
    if (node.type === "ImportDeclaration") continue;
    const source = "source" in node && node.source !== null ? node.source.value : undefined;
    if (source === undefined) {
      if (own !== "export {};") pieces.push({ names: namesOf(own), text: own });
    } else if (!source.startsWith(".")) foreign.push(own);
    else {
      const target = join(dirname(file), source.replace(/\.[jt]s$/, ".d.ts"));
      const all = node.type === "ExportAllDeclaration";
      from.push({ file: target, names: all ? undefined : specifiers(own) });
      if (!all || node.exported !== null) foreign.push(own);
    }
  }
  return { pieces, from, foreign };
}

const heads =
  /^(?:export )?(?:declare )?(?:default )?(?:abstract )?(?:type|interface|class|function\*?|const|let|var)\s+([\w$]+)/;

function namesOf(text: string): string[] {
  const name = heads.exec(text)?.[1];
  return name === undefined ? [] : [name];
}

/** The names on the left of `as` in `export { a, type b as c } from`. */
function specifiers(text: string): string[] {
  const list = /\{([^}]*)\}/s.exec(text)?.[1] ?? "";
  return list.split(",").flatMap((item) => /^\s*(?:type\s+)?([\w$]+)/.exec(item)?.[1] ?? []);
}

/** The public declarations that a .d.ts file and all it re-exports make. Throws if a file of them is missing. */
export function declarationsOf(entry: string): string {
  const lines: string[] = [];
  const seen = new Set<string>();
  const visit = (file: string, names: readonly string[] | undefined): void => {
    const module = readModule(file);
    for (const { names: own, text } of module.pieces) {
      const wanted = names === undefined || own.some((name) => names.includes(name));
      if (wanted && !seen.has(file + text)) lines.push(text);
      if (wanted) seen.add(file + text);
    }
    if (names === undefined) lines.push(...module.foreign);
    for (const next of module.from) {
      const through = names === undefined ? next.names : (next.names?.filter((name) => names.includes(name)) ?? names);
      const key = `${next.file} ${through?.join() ?? "*"}`;
      if (through?.length !== 0 && !seen.has(key)) visit(next.file, through);
      seen.add(key);
    }
  };
  visit(entry, undefined);
  return lines.join("\n");
}
