/**
 * Reads a configuration file, which is a module: Node takes the types out of TypeScript by itself. What the file imports
 * is looked for in its own folder first, then beside posthornd, so that a site's extension and ours are imported alike,
 * also from a folder that has no node_modules.
 */
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { EXIT, reasonOf, Stop, systemCode } from "./exit.ts";

const BARE = /^(?![./]|[a-z][a-z0-9+.-]*:)/i;

const isMissing = (error: unknown): boolean => systemCode(error) === "ERR_MODULE_NOT_FOUND";

/**
 * Where packages are looked for that a module does not find: where ours are found, among which are all that an extension
 * may import, and where the packages find theirs that ours are made of.
 */
const besideUs = (): readonly string[] => [
  import.meta.url,
  import.meta.resolve("@posthorn/data"),
  import.meta.resolve("@posthorn/esmtp"),
  import.meta.resolve("@posthorn/server"),
];

/** Lets packages that a module does not find be found beside posthornd. */
const resolveBesideUs = (): void => {
  const parents = besideUs();
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!isMissing(error) || !BARE.test(specifier)) throw error;
        for (const parentURL of parents) {
          try {
            return next(specifier, { ...context, parentURL });
          } catch {
            // the next place, or the first error
          }
        }
        throw error;
      }
    },
  });
};

/**
 * The default export of a configuration file, whatever it is.
 * @throws Stop 78 where there is none, and where the file throws
 */
export const loadConfig = async (file: string): Promise<unknown> => {
  if (!existsSync(file)) throw new Stop(EXIT.config, `config: ${file}: there is no such file`);
  resolveBesideUs();
  let module: unknown;
  try {
    module = await import(pathToFileURL(path.resolve(file)).href);
  } catch (error) {
    throw new Stop(EXIT.config, `config: ${file}: ${reasonOf(error)}`);
  }
  if (typeof module === "object" && module !== null && "default" in module) return module.default;
  throw new Stop(EXIT.config, `config: ${file}: it must have "export default defineConfig({ … })"`);
};
