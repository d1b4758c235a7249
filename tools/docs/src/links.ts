// What a Markdown text points to in this repository: the targets of its links, with the headings that they name, and
// the paths that stand in backticks. Nothing is fetched: links to elsewhere are left alone.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { root } from "@posthorn/workspace";

/** Something that a text points to, in a line from 1. */
export interface Pointer {
  readonly line: number;
  readonly target: string;
  /** `link` is relative to the file's folder, `path` to the root. */
  readonly kind: "link" | "path";
}

const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$/g;
const PATH = /`((?:packages|apps|tools|docs)\/[\w./@-]+)`/g;
const CODE = /`[^`]*`/g;

/** The lines of a text that are no code. */
function proseOf(text: string): readonly (readonly [number, string])[] {
  let fence: string | undefined;
  return text.split(/\r?\n/).flatMap((line, at): (readonly [number, string])[] => {
    const [, mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
    if (mark !== undefined && fence === undefined) fence = mark;
    else if (mark !== undefined && fence !== undefined && line.trim().startsWith(fence)) fence = undefined;
    else if (fence === undefined) return [[at + 1, line]];
    return [];
  });
}

/** What a Markdown text points to; not links with a scheme. */
export function pointersIn(text: string): Pointer[] {
  return proseOf(text).flatMap(([line, words]) => {
    const links = [...words.replaceAll(CODE, "`").matchAll(LINK)].map(([, inline, named]) => inline ?? named ?? "");
    const paths = [...words.matchAll(PATH)].map(([, path]) => path ?? "");
    return [
      ...links
        .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
        .map((target): Pointer => ({ line, target, kind: "link" })),
      ...paths.map((target): Pointer => ({ line, target, kind: "path" })),
    ];
  });
}

/** The anchors that GitHub makes of the headings of a text. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = proseOf(text).flatMap(([, line]) => {
    const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (heading === undefined) return [];
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(anchors);
}

const notOurs: ReadonlySet<string> = new Set(["node_modules", "dist", "coverage", ".git", ".turbo"]);

/** Every Markdown file of the repository, but for what is installed or built. */
export function markdownFiles(folder: string = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : markdownFiles(join(folder, entry.name));
    return entry.name.endsWith(".md") ? [join(folder, entry.name)] : [];
  });
}

/** What a file points to and nothing is there, a line each. */
export function deadPointers(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return pointersIn(text).flatMap(({ line, target, kind }) => {
    const [path = "", anchor] = target.split("#");
    const to = kind === "path" ? join(root, path) : path === "" ? file : resolve(dirname(file), decodeURI(path));
    const where = `${relative(root, file).replaceAll("\\", "/")}:${line}: ${target}`;
    if (!existsSync(to)) return [`${where} is not there`];
    if (anchor === undefined || !to.endsWith(".md")) return [];
    return anchorsOf(readFileSync(to, "utf8")).has(anchor) ? [] : [`${where} has no such heading`];
  });
}
