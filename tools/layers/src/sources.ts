// Findings in what a source file does, whoever it imports: forbidden globals, promises where only hosts have them,
// names of extensions in the session, and encodings that lose octets.
import type { Package } from "@posthorn/workspace";
import { type Finding, inSource } from "./finding.ts";
import { promisesOf, usesOf } from "./globals.ts";
import { highestPure, isPure } from "./imports.ts";
import { isNode, nameOf, type Node, type Source, stringOf, walk } from "./tree.ts";

/** Below this layer promises appear nowhere: what must be awaited is asked of the host. */
const promisesFrom = highestPure;

/** Globals and promises in a pure package. */
export function purityFindings(of: Package, source: Source): Finding[] {
  if (!isPure(of)) return [];
  const findings = usesOf(source.program).map((use) =>
    inSource(of, source, use.offset, "pure", `layer ${of.layer} uses ${use.name}`),
  );
  if (typeof of.layer !== "number" || of.layer >= promisesFrom) return findings;
  for (const use of promisesOf(source.program)) {
    findings.push(
      inSource(of, source, use.offset, "promise", `layer ${of.layer} uses ${use.name}; let the host be asked`),
    );
  }
  return findings;
}

const keywords =
  "SIZE 8BITMIME PIPELINING AUTH STARTTLS ENHANCEDSTATUSCODES DSN SMTPUTF8 CHUNKING BINARYMIME BDAT".split(" ");
const named = new RegExp(`(?<![A-Z0-9])(?:${keywords.join("|")})(?![A-Z0-9])`);

/** Keywords, verbs and packages of extensions that the session names in code. In comments it may explain itself. */
export function extensionNameFindings(of: Package, source: Source): Finding[] {
  if (of.name !== "@posthorn/session") return [];
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    const text = nameOf(node) ?? textOf(node);
    if (text === undefined) return;
    const name = named.exec(text)?.[0] ?? /@posthorn\/ext-[\w-]+/.exec(text)?.[0];
    if (name !== undefined) findings.push(inSource(of, source, node.start, "session", `the session names ${name}`));
  });
  return findings;
}

function textOf(node: Node): string | undefined {
  if (node.type !== "TemplateElement") return stringOf(node.type === "Literal" ? node : undefined);
  const value = node["value"];
  return typeof value === "object" && value !== null && "raw" in value ? String(value.raw) : undefined;
}

const lossy = new Set(["latin1", "binary", "ascii"]);
const writers = new Set(["from", "alloc", "fill", "write", "end", "setDefaultEncoding", "byteLength"]);

/**
 * Text made into octets as `latin1`, `binary` or `ascii`: those drop the high bits of every character above 255,
 * so that a harmless character becomes CR, LF or NUL. Reading octets so (`toString("latin1")`) is harmless.
 */
export function encodingFindings(of: Package, source: Source): Finding[] {
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    if (node.type !== "CallExpression" || !isNode(node["callee"]) || !Array.isArray(node["arguments"])) return;
    const method = nameOf(node["callee"]["property"]);
    if (method === undefined || !writers.has(method)) return;
    const encoding = node["arguments"].slice(method === "setDefaultEncoding" ? 0 : 1).map(stringOf);
    const bad = encoding.find((name) => name !== undefined && lossy.has(name.toLowerCase()));
    if (bad !== undefined) findings.push(inSource(of, source, node.start, "encoding", `writes text as ${bad}`));
  });
  return findings;
}
