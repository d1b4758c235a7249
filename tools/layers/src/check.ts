// The whole check of a workspace: manifests first, then every source file of every package that is not a tool.
import { join } from "node:path";
import { filesUnder, packagesOf } from "@posthorn/workspace";
import type { Allowed } from "./allowed.ts";
import { except, type Finding } from "./finding.ts";
import { graphFindings } from "./graph.ts";
import { importFindings } from "./imports.ts";
import { encodingFindings, extensionNameFindings, purityFindings } from "./sources.ts";
import { parse } from "./tree.ts";

/** Every finding in the workspace at `root` that no exception covers. */
export function check(root: string, allowed: readonly Allowed[]): Finding[] {
  const all = new Map(packagesOf(root).map((of) => [of.name, of]));
  const findings = graphFindings(all);
  for (const of of all.values()) {
    for (const file of filesUnder(join(of.folder, "src"), [".ts", ".mts", ".js", ".mjs"])) {
      const source = parse(file);
      findings.push(
        ...importFindings(of, source, all),
        ...purityFindings(of, source),
        ...extensionNameFindings(of, source),
        ...encodingFindings(of, source),
      );
    }
  }
  return except(findings, allowed);
}
