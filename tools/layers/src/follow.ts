// What a third party's package brings along: its entry is found as a browser's bundler finds it (conditions
// `browser`, `import`, `default`; the field `browser`), and every file that it asks for is read. A pure package
// may depend on it only if no module of Node is met on the way.
import { existsSync, realpathSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join } from "node:path";
import { readManifest } from "@posthorn/workspace";
import { importsOf, parse } from "./tree.ts";

const conditions = ["browser", "import", "module", "require", "default"];

function pick(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  if (Array.isArray(target)) return target.map(pick).find((path) => path !== undefined);
  if (typeof target !== "object" || target === null) return undefined;
  for (const [condition, value] of Object.entries(target)) {
    if (!conditions.includes(condition)) continue;
    const path = pick(value);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** The folder of a package as seen from a file, by the rule of node_modules. */
function folderOf(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return realpathSync(folder);
    if (dirname(at) === at) return undefined;
  }
}

function asFile(path: string): string | undefined {
  const tries = ["", ".js", ".cjs", ".mjs", ".json", "/index.js"].map((ending) => path + ending);
  return tries.find((file) => existsSync(file) && statSync(file).isFile());
}

/** The name of the package in a specifier: `@a/b` of `@a/b/c`. */
export function packageNameOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function entryOf(specifier: string, from: string): string | undefined {
  const name = packageNameOf(specifier);
  const folder = folderOf(name, from);
  if (folder === undefined) return undefined;
  const manifest: object = readManifest(join(folder, "package.json"));
  const field = (key: string): unknown => Object.entries(manifest).find(([own]) => own === key)?.[1];
  const below = `.${specifier.slice(name.length)}`;
  const exported = field("exports");
  if (exported !== undefined) {
    const bySubpath = typeof exported === "object" && exported !== null && Object.keys(exported)[0]?.startsWith(".");
    const target = bySubpath ? Object.entries(exported).find(([key]) => key === below)?.[1] : exported;
    const path = pick(target);
    return path === undefined ? undefined : asFile(join(folder, path));
  }
  if (below !== ".") return asFile(join(folder, below));
  const main = [field("browser"), field("module"), field("main")].find((value) => typeof value === "string");
  return asFile(join(folder, typeof main === "string" ? main : "index"));
}

/**
 * The modules of Node that a third party's package asks for, directly or through others, each with the file that
 * asks. An entry that cannot be found is reported in the same way.
 */
export function builtinsBehind(specifier: string, folder: string): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || ![".js", ".mjs", ".cjs"].includes(extname(file))) return;
    seen.add(file);
    for (const { specifier: wanted } of importsOf(parse(file).program)) {
      const from = dirname(file);
      if (wanted.startsWith(".")) {
        const next = asFile(join(from, wanted));
        if (next !== undefined) visit(realpathSync(next));
        continue;
      }
      const entry = entryOf(wanted, from);
      if (entry !== undefined) visit(realpathSync(entry));
      else if (isBuiltin(wanted)) found.add(`${wanted} (asked for by ${short(file)})`);
    }
  };
  const entry = entryOf(specifier, folder);
  if (entry === undefined) return [`an entry that was not found (${specifier})`];
  visit(realpathSync(entry));
  return [...found].sort();
}

/** A file without what is before its package. */
function short(file: string): string {
  return file.slice(file.lastIndexOf("node_modules/") + "node_modules/".length);
}
