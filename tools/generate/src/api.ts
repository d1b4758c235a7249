// docs/api/<package>.md: the public declarations of every published package, so that a change of them is read in review.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, packagesOf } from "@posthorn/workspace";
import { declarationsOf } from "./declarations.ts";
import type { Generated, Generator } from "./generator.ts";

/** The types of each entry of a package, as its `exports` name them. */
function entriesOf(exported: unknown): [subpath: string, types: string][] {
  if (typeof exported !== "object" || exported === null) return [];
  return Object.entries(exported).flatMap(([subpath, target]: [string, unknown]): [string, string][] => {
    if (typeof target !== "object" || target === null || !("types" in target)) return [];
    return typeof target.types === "string" ? [[subpath, target.types]] : [];
  });
}

/** One page for each published package; pages of packages that are gone are removed. */
export const apiReports: Generator = {
  name: "api",
  run(root: string): Generated[] {
    const pages = packagesOf(root).flatMap(({ name, folder, published, manifest }): Generated[] => {
      if (!published) return [];
      const parts = entriesOf(manifest.exports).map(([subpath, types]) => {
        const file = join(folder, types);
        if (!existsSync(file)) throw new Error(`${name} is not built: ${types} is missing`);
        return `## \`${subpath.replace(".", name)}\`\n\n\`\`\`ts\n${declarationsOf(file)}\n\`\`\`\n`;
      });
      const head = `# The public surface of \`${name}\`\n\nMade by \`npm run generate\`; do not edit.\n`;
      return [{ path: `docs/api/${name.split("/").at(-1)}.md`, content: [head, ...parts].join("\n") }];
    });
    const known = new Set(pages.map(({ path }) => path));
    const gone = filesUnder(join(root, "docs/api"), [".md"])
      .map((file) => `docs/api/${file.slice(join(root, "docs/api").length + 1)}`)
      .filter((path) => !known.has(path));
    return [...pages, ...gone.map((path) => ({ path, content: undefined }))];
  },
};
