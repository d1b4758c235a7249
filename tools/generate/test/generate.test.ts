// Files are written where they differ and nowhere else; what --check calls stale is what a write mends.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apiReports } from "../src/api.ts";
import { declarationsOf } from "../src/declarations.ts";
import { between, stale, table, write } from "../src/generator.ts";
import { packageTable } from "../src/packages.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "posthorn-generate-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

test("a stale file is named, written, and then fresh", () => {
  put({ "a.md": "old\n", "b.md": "same\n", "gone.md": "old\n" });
  const files = [
    { path: "a.md", content: "new\n" },
    { path: "b.md", content: "same\n" },
    { path: "docs/c.md", content: "new\n" },
    { path: "gone.md", content: undefined },
  ];
  expect(stale(root, files)).toEqual(["a.md", "docs/c.md", "gone.md"]);
  expect(write(root, files)).toEqual(["a.md", "docs/c.md", "gone.md"]);
  expect(stale(root, files)).toEqual([]);
  expect(readFileSync(join(root, "docs/c.md"), "utf8")).toBe("new\n");
  expect(existsSync(join(root, "gone.md"))).toBe(false);
});

test("only what is between the markers is replaced", () => {
  put({ "README.md": "# A\n<!-- x -->\nold\n<!-- /x -->\nend\n", "bare.md": "no markers\n" });
  expect(between(root, "README.md", "x", "new")).toEqual([
    { path: "README.md", content: "# A\n<!-- x -->\n\nnew\n\n<!-- /x -->\nend\n" },
  ]);
  expect(between(root, "bare.md", "x", "new")).toEqual([]);
  expect(between(root, "none.md", "x", "new")).toEqual([]);
});

test("tables are padded", () => {
  const rows = [["long", "1"]];
  expect(table(["a", "b"], rows)).toBe("| a    | b   |\n| ---- | --- |\n| long | 1   |");
});

const manifest = (name: string, more: object): string => JSON.stringify({ name, version: "0.0.0", ...more });

test("the table of packages has the published ones, lowest layer first", async () => {
  put({
    "README.md": "<!-- packages -->\n<!-- /packages -->\n",
    "packages/b/package.json": manifest("@x/b", { posthorn: { layer: 0 }, description: "the base" }),
    "packages/a/package.json": manifest("@x/a", { posthorn: { layer: 1 }, description: "the next" }),
    "tools/t/package.json": manifest("@x/t", { private: true }),
  });
  const [file] = await packageTable.run(root);
  expect(file?.content?.match(/@x\/\w/g)).toEqual(["@x/b", "@x/a"]);
  expect(file?.content).toContain("the base");
});

test("declarations follow re-exports and leave comments and imports out", () => {
  put({
    "index.d.ts":
      'export * from "./a.js";\nexport { two, type Three as Four } from "./b.ts";\nexport type { Far } from "far";\n//# sourceMappingURL=x\n',
    "a.d.ts":
      'import type { Far } from "far";\n/** Docs. */\nexport interface One {\n    /** A "/* string". */\n    readonly far: Far; // here\n    readonly text: "// no comment";\n}\nexport {};\n',
    "b.d.ts": "export declare const two: 2;\nexport type Three = 3;\nexport declare function hidden(): void;\n",
  });
  expect(declarationsOf(join(root, "index.d.ts")).split("\n")).toEqual([
    'export { two, type Three as Four } from "./b.ts";',
    'export type { Far } from "far";',
    "export interface One {",
    "    readonly far: Far;",
    '    readonly text: "// no comment";',
    "}",
    "export declare const two: 2;",
    "export type Three = 3;",
  ]);
});

test("each published package has a page, and a page without a package goes", async () => {
  const entry = { ".": { types: "./dist/index.d.ts" }, "./package.json": "./package.json" };
  put({
    "packages/a/package.json": manifest("@x/a", { exports: entry }),
    "packages/a/dist/index.d.ts": "export declare const a: 1;\n",
    "docs/api/old.md": "old\n",
  });
  const files = await apiReports.run(root);
  expect(files.map(({ path }) => path)).toEqual(["docs/api/a.md", "docs/api/old.md"]);
  expect(files[0]?.content).toContain("export declare const a: 1;");
  expect(files[1]?.content).toBeUndefined();
});
