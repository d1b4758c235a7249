// Findings in the manifests: layers that are missing, testkit as more than a dev-dependency, and cycles, which
// turbo would refuse to build, dev-dependencies counted.
import type { Package } from "@posthorn/workspace";
import { type Finding, inManifest } from "./finding.ts";

/** The names of our packages that a package depends on in any way. */
function edgesOf(of: Package, all: ReadonlyMap<string, Package>): string[] {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = of.manifest;
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies, ...devDependencies }).filter(
    (name) => all.has(name),
  );
}

/** Findings about the manifests of all packages. */
export function graphFindings(all: ReadonlyMap<string, Package>): Finding[] {
  const findings: Finding[] = [];
  for (const of of all.values()) {
    const { layer, manifest } = of;
    const known = layer === "test" || layer === "tool" || (typeof layer === "number" && layer >= 0 && layer <= 6);
    if (!known)
      findings.push(inManifest(of, "layer", `posthorn.layer is ${JSON.stringify(layer)}: say 0 to 6, test or tool`));
    const { dependencies, peerDependencies, optionalDependencies } = manifest;
    const shipped = { ...dependencies, ...peerDependencies, ...optionalDependencies };
    if (layer !== "tool" && shipped["@posthorn/testkit"] !== undefined) {
      findings.push(inManifest(of, "testkit", "depends on @posthorn/testkit, which is a dev-dependency only"));
    }
  }
  return [...findings, ...cycles(all)];
}

/** One finding for each cycle, by a walk in depth that keeps the way it came. */
function cycles(all: ReadonlyMap<string, Package>): Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  const visit = (of: Package, way: readonly string[]): void => {
    const seen = way.indexOf(of.name);
    if (seen >= 0) findings.push(inManifest(of, "cycle", [...way.slice(seen), of.name].join(" -> ")));
    if (seen >= 0 || done.has(of.name)) return;
    for (const name of edgesOf(of, all)) {
      const next = all.get(name);
      if (next !== undefined) visit(next, [...way, of.name]);
    }
    done.add(of.name);
  };
  for (const of of all.values()) visit(of, []);
  return findings;
}
