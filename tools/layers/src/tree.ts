// A source file as a syntax tree, and the walk over it. Comments are no nodes and strings are their own,
// so no rule here is fooled by what merely looks like code.
import { readFileSync } from "node:fs";
import { parseSync } from "oxc-parser";

/** A node of an ESTree, with what the rules look at; every other field is reached by the walk. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** A source file that was read. */
export interface Source {
  readonly file: string;
  readonly program: Node;
  /** The line that an offset is in, from 1. */
  lineOf(offset: number): number;
}

/** Whether a value is a node. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Parses a source text, TypeScript or JavaScript by the file's name. Throws an `Error` naming the file if it cannot. */
export function parse(file: string, text: string = readFileSync(file, "utf8")): Source {
  const { program, errors } = parseSync(file, text);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const tree: unknown = program;
  if (!isNode(tree)) throw new Error(`${file}: no program`);
  return { file, program: tree, lineOf: (offset) => text.slice(0, offset).split("\n").length };
}

/** What the walk tells of a node: the node above it, and the field of that one in which it stands. */
export type Visit = (node: Node, parent: Node | undefined, field: string) => void;

/** Visits every node, parents first. */
export function walk(node: Node, visit: Visit, parent?: Node, field = ""): void {
  visit(node, parent, field);
  for (const [name, value] of Object.entries(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) walk(item, visit, node, name);
    } else if (isNode(value)) walk(value, visit, node, name);
  }
}

/** The value of a string literal, or of a template without holes; `undefined` for anything else. */
export function stringOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node.type !== "TemplateLiteral") return undefined;
  const quasis = node["quasis"];
  if (!Array.isArray(quasis) || quasis.length !== 1 || !isNode(quasis[0])) return undefined;
  const value = quasis[0]["value"];
  if (typeof value !== "object" || value === null || !("cooked" in value)) return undefined;
  return typeof value.cooked === "string" ? value.cooked : undefined;
}

/** The name of an identifier, or `undefined` for any other node. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node) || node.type !== "Identifier") return undefined;
  return typeof node["name"] === "string" ? node["name"] : undefined;
}

/** A module that a file asks for. */
export interface Import {
  readonly specifier: string;
  readonly offset: number;
}

const importing = [
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
];

/** Every module that a file imports: by statement, re-export, `import()`, `require()` or as a type. */
export function importsOf(program: Node): Import[] {
  const found: Import[] = [];
  walk(program, (node) => {
    let specifier: string | undefined;
    if (importing.includes(node.type)) specifier = stringOf(node["source"] ?? node["argument"]);
    else if (node.type === "CallExpression" && nameOf(node["callee"]) === "require") {
      const list = node["arguments"];
      if (Array.isArray(list)) specifier = stringOf(list[0]);
    }
    if (specifier !== undefined) found.push({ specifier, offset: node.start });
  });
  return found;
}
