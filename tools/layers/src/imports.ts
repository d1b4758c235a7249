// Who may import whom. A package imports strictly lower layers and only what it declares; an extension only what a
// stranger's could; rxjs and Node have their floors; the testkit is for tests.
import { isBuiltin } from "node:module";
import type { Package } from "@posthorn/workspace";
import { type Finding, inSource } from "./finding.ts";
import { builtinsBehind, packageNameOf } from "./follow.ts";
import { importsOf, type Source } from "./tree.ts";

/** The highest layer that is pure: no I/O, no clock, no timer, nothing of Node. */
export const highestPure = 3;

/** What an extension may import of ours: no machine, no sibling, no private door. */
const forExtensions = ["contract", "wire", "data", "sasl"].map((name) => `@posthorn/${name}`);

/** Whether a package is one of the extensions. */
export function isExtension(of: Package): boolean {
  return of.path.startsWith("packages/extensions/");
}

/** Whether a package must be pure. */
export function isPure(of: Package): boolean {
  return typeof of.layer === "number" && of.layer <= highestPure;
}

/** Findings about the imports of one source file of `of`. */
export function importFindings(of: Package, source: Source, all: ReadonlyMap<string, Package>): Finding[] {
  const findings: Finding[] = [];
  for (const { specifier, offset } of importsOf(source.program)) {
    if (specifier.startsWith(".")) continue;
    const report = (rule: string, what: string): number => findings.push(inSource(of, source, offset, rule, what));
    if (specifier.startsWith("node:") || isBuiltin(specifier)) {
      if (isPure(of)) report("pure", `layer ${of.layer} imports ${specifier}; Node begins at layer ${highestPure + 1}`);
      continue;
    }
    const name = packageNameOf(specifier);
    const { dependencies, peerDependencies, optionalDependencies, devDependencies } = of.manifest;
    const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies };
    const also = of.layer === "tool" ? devDependencies : {};
    if (name !== of.name && declared[name] === undefined && also?.[name] === undefined) {
      report("declared", `imports ${name}, which its dependencies do not name`);
    }
    const other = all.get(name);
    if (other === undefined) thirdParty(of, specifier, report);
    else ours(of, other, report);
  }
  return findings;
}

function thirdParty(of: Package, specifier: string, report: (rule: string, what: string) => void): void {
  if (
    packageNameOf(specifier) === "rxjs" &&
    of.name !== "@posthorn/rx" &&
    typeof of.layer === "number" &&
    of.layer < 4
  ) {
    report("rxjs", "imports rxjs, which begins at @posthorn/rx");
  }
  if (!isPure(of)) return;
  for (const builtin of builtinsBehind(specifier, of.folder)) report("pure", `${specifier} brings ${builtin}`);
}

function ours(of: Package, other: Package, report: (rule: string, what: string) => void): void {
  if (other.name === "@posthorn/testkit" && of.layer !== "tool") {
    report("testkit", "imports @posthorn/testkit, which is for tests only");
    return;
  }
  if (isExtension(of) && !forExtensions.includes(other.name)) {
    report("extension", `imports ${other.name}; an extension may import ${forExtensions.join(", ")} of ours`);
    return;
  }
  if (of.layer === "test" && isExtension(other))
    report("extension", `imports ${other.name}; the testkit names no extension`);
  if (typeof of.layer !== "number") return;
  if (typeof other.layer !== "number" || other.layer >= of.layer) {
    report("layer", `layer ${of.layer} imports ${other.name} of layer ${other.layer}; it may import lower layers only`);
  }
}
