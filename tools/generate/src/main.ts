// npm run generate: writes what is made from the sources. With --check it writes nothing and fails if a file is stale.
import { root } from "@posthorn/workspace";
import { apiReports } from "./api.ts";
import { dialogue, phases } from "./dialogue.ts";
import { type Generator, stale, write } from "./generator.ts";
import { packageTable } from "./packages.ts";
import { simdModule } from "./simd.ts";

const generators: readonly Generator[] = [packageTable, apiReports, dialogue, phases, simdModule];

const checking = process.argv.includes("--check");
for (const generator of generators) {
  const { name } = generator;
  try {
    const files = await generator.run(root);
    if (!checking) for (const path of write(root, files)) console.log(`${name}: wrote ${path}`);
    else for (const path of stale(root, files)) fail(`${name}: ${path} is stale: run \`npm run generate\``);
  } catch (error) {
    fail(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
