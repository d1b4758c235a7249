// What packages the workspace has, read from their manifests: the one place where the tools learn it.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The part of a package.json that the tools look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly posthorn?: { readonly layer?: number | string };
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** One package of the workspace. */
export interface Package {
  /** Its name, such as `@posthorn/wire`. */
  readonly name: string;
  /** Its folder, absolute. */
  readonly folder: string;
  /** Its folder from the root, with slashes, such as `packages/wire`. */
  readonly path: string;
  /** What its `posthorn.layer` says, or `undefined` if it says nothing. */
  readonly layer: number | string | undefined;
  /** Whether it is published. */
  readonly published: boolean;
  readonly manifest: Manifest;
}

/** The root folder of this workspace. */
export const root: string = resolve(import.meta.dirname, "../../..");

/** The folders that hold packages, as in pnpm-workspace.yaml. */
const shelves = ["packages", "packages/extensions", "apps", "tools"];

/** Reads a manifest. Throws as `JSON.parse` does. */
export function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Every package of the workspace at `from`, sorted by path. */
export function packagesOf(from: string = root): Package[] {
  const found: Package[] = [];
  for (const shelf of shelves) {
    if (!existsSync(join(from, shelf))) continue;
    for (const entry of readdirSync(join(from, shelf), { withFileTypes: true })) {
      const file = join(from, shelf, entry.name, "package.json");
      if (!entry.isDirectory() || !existsSync(file)) continue;
      const manifest = readManifest(file);
      const { name, posthorn } = manifest;
      const folder = dirname(file);
      const path = relative(from, folder).replaceAll("\\", "/");
      found.push({ name, folder, path, layer: posthorn?.layer, published: manifest.private !== true, manifest });
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every file under a folder whose name ends in one of `endings`, sorted; none if there is no such folder. What is installed is passed by. */
export function filesUnder(folder: string, endings: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesUnder(path, endings);
      return entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
    })
    .sort();
}
