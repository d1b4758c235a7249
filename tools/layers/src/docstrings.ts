// Docstrings: whatever a source file exports says what it is, right above it. A re-export says it where it is declared.
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { filesUnder, type Package } from "@posthorn/workspace";
import { type Finding, inSource } from "./finding.ts";
import { isNode, nameOf, type Node, parse, type Source } from "./tree.ts";

const nodesIn = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

/** The names that a declaration declares. */
const namesOf = (declaration: Node): (string | undefined)[] =>
  declaration.type === "VariableDeclaration"
    ? nodesIn(declaration["declarations"]).map((one) => nameOf(one["id"]))
    : [nameOf(declaration["id"])];

/** Whether a docstring ends right above an offset; a remark for the linter may stand between. */
export function isDocumented(text: string, offset: number): boolean {
  let above = text.slice(0, offset).trimEnd();
  for (;;) {
    const line = above.slice(above.lastIndexOf("\n") + 1).trimStart();
    if (!line.startsWith("//")) break;
    above = above.slice(0, above.length - line.length).trimEnd();
  }
  if (!above.endsWith("*/")) return false;
  const opens = above.lastIndexOf("/*");
  return opens > 0 && above.startsWith("/**", opens); // the comment that opens a file is about the file
}

/** What a file exports without a docstring. Of overloads the first has it. */
export function undocumented({ program }: Source, text: string): { readonly name: string; readonly offset: number }[] {
  const body = nodesIn(program["body"]);
  const found: { name: string; offset: number }[] = [];
  const listed = new Set<string>();
  for (const node of body) {
    if (node.type !== "ExportNamedDeclaration" || node["source"] !== null) continue;
    for (const one of nodesIn(node["specifiers"])) listed.add(nameOf(one["local"]) ?? "");
  }
  const documented = new Set<string>();
  for (const node of body) {
    const exported = node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration";
    const declaration = exported ? node["declaration"] : node;
    if (!isNode(declaration)) continue;
    for (const name of namesOf(declaration)) {
      if (name === undefined || (!exported && !listed.has(name))) continue;
      if (isDocumented(text, node.start)) documented.add(name);
      else if (!documented.has(name)) found.push({ name, offset: node.start });
    }
  }
  return found;
}

/** Findings in the sources of a package. */
export function docstringFindings(of: Package): Finding[] {
  return filesUnder(join(of.folder, "src"), [".ts"]).flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const source = parse(file, text);
    return undocumented(source, text).map(({ name, offset }) =>
      inSource(of, source, offset, "docstring", `${name} is exported and says nothing of itself`),
    );
  });
}
