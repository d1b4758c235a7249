// What the check reports, and how exceptions are taken out of it.
import { relative } from "node:path";
import type { Allowed } from "./allowed.ts";
import type { Package } from "@posthorn/workspace";
import type { Source } from "./tree.ts";

/** One thing that is not as it must be. */
export interface Finding {
  readonly package: string;
  /** The name of the rule. */
  readonly rule: string;
  /** Where: a file with a line, or a manifest. */
  readonly where: string;
  /** What is wrong, in words. */
  readonly what: string;
}

/** A finding in a source file. */
export function inSource(of: Package, source: Source, offset: number, rule: string, what: string): Finding {
  const where = `${of.path}/${relative(of.folder, source.file)}:${source.lineOf(offset)}`;
  return { package: of.name, rule, where, what };
}

/** A finding in a package's manifest. */
export function inManifest(of: Package, rule: string, what: string): Finding {
  return { package: of.name, rule, where: `${of.path}/package.json`, what };
}

/** The findings that no exception covers, and a finding for every exception that covers none. */
export function except(findings: readonly Finding[], allowed: readonly Allowed[]): Finding[] {
  const covers = (entry: Allowed, finding: Finding): boolean =>
    entry.package === finding.package && entry.rule === finding.rule && finding.what.includes(entry.what);
  const left = findings.filter((finding) => !allowed.some((entry) => covers(entry, finding)));
  for (const entry of allowed) {
    if (findings.some((finding) => covers(entry, finding))) continue;
    const what = `nothing needs the exception for "${entry.what}" any longer`;
    left.push({ package: entry.package, rule: entry.rule, where: "tools/layers/src/allowed.ts", what });
  }
  return left;
}
