// The examples as a reader's compiler sees them: strict, against the types of the packages' sources. Running an example
// only strips its types, so that one which no strict project would take runs all the same.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Example } from "./examples.ts";

/** What a reader may have said in a tsconfig.json of his own, at its strictest. */
const compilerOptions = {
  target: "es2024",
  lib: ["es2024", "dom", "dom.iterable", "esnext.iterator"],
  module: "nodenext",
  customConditions: ["@posthorn/source"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

/** What the compiler says of the examples, a line each, by their places in the documentation; nothing where all is well. */
export function compileExamples(examples: readonly Example[]): string[] {
  // Beside this package's own dependencies, from which the examples are resolved.
  const cache = join(import.meta.dirname, "../node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "examples-"));
  try {
    for (const [at, { code }] of examples.entries()) writeFileSync(join(folder, `${at}.ts`), `${code}export {};\n`);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
      encoding: "utf8",
      cwd: folder,
    });
    const place = /^(\d+)\.ts\((\d+),\d+\): /;
    return `${stdout}${stderr}`
      .split(/\r?\n/)
      .filter((line) => line !== "")
      .map((line) =>
        line.replace(place, (_, at: string, row: string) => {
          const [, file = "", fence = "0"] = /^(.*):(\d+)$/.exec(examples[Number(at)]?.where ?? "") ?? [];
          return `${file}:${Number(fence) + Number(row)}: `;
        }),
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
