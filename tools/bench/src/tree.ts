// `--against`: a process that is started with this module takes every `@posthorn/…` from another checkout's sources,
// which needs nothing installed: the packages depend on each other only.
import { registerHooks } from "node:module";
import process from "node:process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packagesOf } from "@posthorn/workspace";

const tree = process.env["POSTHORN_BENCH_TREE"] ?? "";
const folders = new Map(packagesOf(tree).map(({ name, folder }) => [name, folder]));

registerHooks({
  resolve(specifier, context, next) {
    const folder = specifier.startsWith("@posthorn/") ? folders.get(specifier) : undefined;
    return folder === undefined
      ? next(specifier, context)
      : { url: pathToFileURL(join(folder, "src/index.ts")).href, shortCircuit: true };
  },
});
