// What a pure package may not touch. The compiler already refuses hosts' globals there (`types: []`, types/pure.d.ts);
// this refuses also what ECMAScript itself has and a pure function may not use, and whatever a cast has hidden.
//
// A name counts when it is used, as a value or a type, and nothing in the file declares it: the check knows no
// scopes, and a pure package has no reason to call something of its own `process`.
import { isNode, nameOf, type Node, walk } from "./tree.ts";

/** Names that layers 0 to 3 may not use: I/O, clocks, timers, randomness, hosts, and doors to all of them. */
export const hosts: ReadonlySet<string> = new Set([
  ..."Buffer process global globalThis window self navigator location document console".split(" "),
  ..."setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask".split(" "),
  ..."Date performance Temporal Intl crypto fetch XMLHttpRequest WebSocket EventSource Worker".split(" "),
  ..."require module exports __dirname __filename Deno Bun eval Function".split(" "),
  ..."URL URLSearchParams atob btoa Blob structuredClone localStorage sessionStorage".split(" "),
]);

/** Members of permitted names that they may not use either. */
export const members: ReadonlySet<string> = new Set(["Math.random", "Atomics.wait", "Atomics.waitAsync"]);

/** A use of something forbidden. */
export interface Use {
  readonly name: string;
  readonly offset: number;
}

/** Fields in which an identifier is a name of something else's part, not a use. */
const labels: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ["property"],
  Property: ["key"],
  PropertyDefinition: ["key"],
  MethodDefinition: ["key"],
  AccessorProperty: ["key"],
  TSPropertySignature: ["key"],
  TSMethodSignature: ["key"],
  TSQualifiedName: ["right"],
  ImportSpecifier: ["imported", "local"],
  ImportDefaultSpecifier: ["local"],
  ImportNamespaceSpecifier: ["local"],
  ExportSpecifier: ["exported"],
  ExportAllDeclaration: ["exported"],
  LabeledStatement: ["label"],
  BreakStatement: ["label"],
  ContinueStatement: ["label"],
  MetaProperty: ["meta", "property"],
  TSNamedTupleMember: ["label"],
  TSIndexSignature: ["parameters"],
};

/** Fields in which an identifier, or a pattern of them, is declared. */
const declaring: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ["id"],
  FunctionDeclaration: ["id", "params"],
  FunctionExpression: ["id", "params"],
  ArrowFunctionExpression: ["params"],
  TSDeclareFunction: ["id", "params"],
  TSEmptyBodyFunctionExpression: ["params"],
  TSFunctionType: ["params"],
  TSConstructorType: ["params"],
  TSMethodSignature: ["params"],
  TSCallSignatureDeclaration: ["params"],
  ClassDeclaration: ["id"],
  ClassExpression: ["id"],
  TSInterfaceDeclaration: ["id"],
  TSTypeAliasDeclaration: ["id"],
  TSTypeParameter: ["name"],
  CatchClause: ["param"],
  ImportSpecifier: ["local"],
  ImportDefaultSpecifier: ["local"],
  ImportNamespaceSpecifier: ["local"],
};

function namesIn(pattern: unknown, into: Set<string>): void {
  if (Array.isArray(pattern)) for (const item of pattern) namesIn(item, into);
  if (!isNode(pattern)) return;
  const name = nameOf(pattern);
  if (name !== undefined) into.add(name);
  for (const field of ["elements", "properties", "value", "argument", "left", "parameter"])
    namesIn(pattern[field], into);
}

function declaredIn(program: Node): Set<string> {
  const names = new Set<string>();
  walk(program, (node) => {
    for (const field of declaring[node.type] ?? []) namesIn(node[field], names);
  });
  return names;
}

/** Every use of a name in `forbidden` and of a member in `members`. */
export function usesOf(program: Node, forbidden: ReadonlySet<string> = hosts): Use[] {
  const uses: Use[] = [];
  const declared = declaredIn(program);
  walk(program, (node, parent, field) => {
    if (node.type === "MemberExpression") {
      const [object, property] = [nameOf(node["object"]), nameOf(node["property"])];
      const name = `${object}.${property}`;
      if (node["computed"] !== true && members.has(name)) uses.push({ name, offset: node.start });
    }
    const name = nameOf(node);
    if (name === undefined || !forbidden.has(name) || declared.has(name)) return;
    const label = parent !== undefined && parent["computed"] !== true && (labels[parent.type] ?? []).includes(field);
    // `{ process }` is a label and a use at once: the walk meets it a second time as the value.
    if (!label) uses.push({ name, offset: node.start });
  });
  return uses;
}

/** Every `async` function, `await`, and use of `Promise` as a value: below layer 3 only a host has promises. */
export function promisesOf(program: Node): Use[] {
  const uses: Use[] = [];
  walk(program, (node, parent, field) => {
    if (node["async"] === true) uses.push({ name: "an async function", offset: node.start });
    if (node.type === "AwaitExpression") uses.push({ name: "await", offset: node.start });
    if (node.type === "ForOfStatement" && node["await"] === true) uses.push({ name: "for await", offset: node.start });
    if (nameOf(node) !== "Promise" || parent === undefined) return;
    const value = ["MemberExpression", "NewExpression", "CallExpression", "BinaryExpression"].includes(parent.type);
    if (value && field !== "property" && field !== "typeArguments") uses.push({ name: "Promise", offset: node.start });
  });
  return uses;
}
