// The table of packages in README.md, from their manifests, lowest layer first.
import { packagesOf } from "@posthorn/workspace";
import { between, type Generated, type Generator, table } from "./generator.ts";

/** Fills `<!-- packages -->` in README.md. */
export const packageTable: Generator = {
  name: "packages",
  run(root: string): Generated[] {
    const rank = (layer: number | string | undefined): number => (typeof layer === "number" ? layer : 99);
    const rows = packagesOf(root)
      .filter((of) => of.published)
      .sort((a, b) => rank(a.layer) - rank(b.layer) || (a.path < b.path ? -1 : 1))
      .map((of) => [String(of.layer ?? ""), `[\`${of.name}\`](${of.path})`, of.manifest.description ?? ""]);
    return between(root, "README.md", "packages", table(["Layer", "Package", "What it is"], rows));
  },
};
