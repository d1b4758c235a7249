// Each rule is shown a workspace that breaks it, and one that only looks as if it did.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { check } from "../src/check.ts";
import type { Allowed } from "../src/allowed.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

/** The findings of a workspace made of these files, each as `rule: what`. */
function findings(files: Record<string, string | object>, allowed: Allowed[] = []): string[] {
  const root = mkdtempSync(join(tmpdir(), "posthorn-layers-"));
  made.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
  }
  return check(root, allowed).map(({ rule, what }) => `${rule}: ${what}`);
}

const manifest = (name: string, layer: unknown, more: object = {}): object => ({
  name: `@posthorn/${name}`,
  version: "0.0.0",
  posthorn: { layer },
  ...more,
});
const on = (...names: string[]): object => ({
  dependencies: Object.fromEntries(names.map((name) => [`@posthorn/${name}`, "workspace:^"])),
});

/** One pure package with one file. */
const pure = (text: string, layer = 1): string[] =>
  findings({ "packages/wire/package.json": manifest("wire", layer), "packages/wire/src/index.ts": text });

describe("imports", () => {
  const lower = { "packages/contract/package.json": manifest("contract", 0) };

  test("a lower layer that is declared is fine", () => {
    const wire = { "packages/wire/package.json": manifest("wire", 1, on("contract")) };
    const source = { "packages/wire/src/index.ts": 'export * from "@posthorn/contract";' };
    expect(findings({ ...lower, ...wire, ...source })).toEqual([]);
  });

  test("one that is not declared is not", () => {
    const wire = { "packages/wire/package.json": manifest("wire", 1) };
    const source = { "packages/wire/src/a/b.ts": 'import type { Reply } from "@posthorn/contract";' };
    expect(findings({ ...lower, ...wire, ...source })).toEqual([
      "declared: imports @posthorn/contract, which its dependencies do not name",
    ]);
  });

  test.each([1, 2])("layer 1 may not import layer %i", (layer) => {
    const found = findings({
      "packages/wire/package.json": manifest("wire", 1, on("data")),
      "packages/wire/src/index.ts": 'type A = import("@posthorn/data").A;',
      "packages/data/package.json": manifest("data", layer),
    });
    expect(found).toEqual([`layer: layer 1 imports @posthorn/data of layer ${layer}; it may import lower layers only`]);
  });

  test("an extension imports neither the session nor a sibling, whatever their layers", () => {
    const found = findings({
      "packages/extensions/size/package.json": manifest("ext-size", 2, on("session", "ext-auth")),
      "packages/extensions/size/src/index.ts": 'import "@posthorn/session";\nimport("@posthorn/ext-auth");',
      "packages/session/package.json": manifest("session", 1),
      "packages/extensions/auth/package.json": manifest("ext-auth", 1),
    });
    expect(found.map((line) => line.slice(0, 40))).toEqual([
      "extension: imports @posthorn/session; an",
      "extension: imports @posthorn/ext-auth; a",
    ]);
  });

  test("the testkit is imported by no source and is a dev-dependency only", () => {
    const found = findings({
      "packages/wire/package.json": manifest("wire", 1, on("testkit")),
      "packages/wire/src/index.ts": 'import "@posthorn/testkit";',
      "packages/testkit/package.json": manifest("testkit", "test"),
    });
    expect(found).toEqual([
      "testkit: depends on @posthorn/testkit, which is a dev-dependency only",
      "testkit: imports @posthorn/testkit, which is for tests only",
    ]);
  });

  test("Node begins at layer 4", () => {
    expect(pure('import { join } from "node:path";\nimport "fs";', 3)).toEqual([
      "pure: layer 3 imports node:path; Node begins at layer 4",
      "pure: layer 3 imports fs; Node begins at layer 4",
    ]);
    expect(pure('import { join } from "node:path"; setTimeout(join, Date.now());', 4)).toEqual([]);
  });

  test("rxjs begins at @posthorn/rx", () => {
    const more = { dependencies: { rxjs: "^7.0.0" } };
    const library = {
      "node_modules/rxjs/package.json": { name: "rxjs", version: "7.0.0", main: "index.js" },
      "node_modules/rxjs/index.js": "exports.of = () => 1;",
    };
    const source = 'import { of } from "rxjs"; of();';
    const esmtp = { "packages/esmtp/package.json": manifest("esmtp", 3, more), "packages/esmtp/src/index.ts": source };
    const rx = { "packages/rx/package.json": manifest("rx", 3, more), "packages/rx/src/index.ts": source };
    expect(findings({ ...library, ...esmtp })).toEqual(["rxjs: imports rxjs, which begins at @posthorn/rx"]);
    expect(findings({ ...library, ...rx })).toEqual([]);
  });
});

describe("a third party's package below a pure one", () => {
  const using = {
    "packages/sasl/package.json": manifest("sasl", 1, { dependencies: { prep: "^1.0.0" } }),
    "packages/sasl/src/index.ts": 'export { prep } from "prep";',
  };
  const entry = { node: "./node.js", browser: "./browser.js", default: "./node.js" };
  const prep = { name: "prep", version: "1.0.0", exports: { ".": entry } };

  test("is read by its browser entry", () => {
    const library = {
      "node_modules/prep/package.json": prep,
      "node_modules/prep/browser.js": 'exports.prep = require("./table");',
      "node_modules/prep/table.js": "module.exports = 1;",
      "node_modules/prep/node.js": 'require("zlib");',
    };
    expect(findings({ ...using, ...library })).toEqual([]);
  });

  test("may not bring modules of Node, through others either", () => {
    const library = {
      "node_modules/prep/package.json": prep,
      "node_modules/prep/browser.js": 'exports.prep = require("deep");',
      "node_modules/deep/package.json": { name: "deep", version: "1.0.0", main: "lib/main" },
      "node_modules/deep/lib/main.js": 'import fs from "node:fs"; export default fs;',
    };
    expect(findings({ ...using, ...library })).toEqual(["pure: prep brings node:fs (asked for by deep/lib/main.js)"]);
  });

  test("can be allowed by name, and an exception that nothing needs is a finding", () => {
    const library = { "node_modules/prep/package.json": prep, "node_modules/prep/browser.js": 'require("zlib");' };
    const entry = { package: "@posthorn/sasl", rule: "pure", what: "prep brings zlib", because: "a test" };
    expect(findings({ ...using, ...library }, [entry])).toEqual([]);
    expect(findings({}, [entry])).toEqual(['pure: nothing needs the exception for "prep brings zlib" any longer']);
  });
});

describe("what a pure package touches", () => {
  test.each([
    ["Buffer.from([])", "Buffer"],
    ["const a = { process };", "process"],
    ["(setTimeout as unknown)();", "setTimeout"],
    ["new Date();", "Date"],
    ["let when: Date;", "Date"],
    ["performance.now();", "performance"],
    ["void globalThis;", "globalThis"],
    ["const f = fetch;", "fetch"],
    ["`${crypto}`;", "crypto"],
    ["x[Date];", "Date"],
    ["const { [process]: y } = z;", "process"],
    ["Math.random();", "Math.random"],
  ])("%s is seen", (text, name) => {
    expect(pure(text)).toEqual([`pure: layer 1 uses ${name}`]);
  });

  test.each([
    "// process.exit(), new Date(), Buffer",
    '"Buffer"; `setTimeout`; /Date/;',
    "x.process; x?.Date; ({ Date: 1, fetch() {} });",
    "interface A { readonly process: string; Date(fetch: number): void }",
    "function f(process: number) { return process; }",
    "const { window: w } = x; export { w as self };",
    "type T = [Date: number]; Math.max(1, 2);",
  ])("%s is harmless", (text) => {
    expect(pure(text)).toEqual([]);
  });

  test.each([
    ["async function f() {}", "an async function"],
    ["const f = async () => 1;", "an async function"],
    ["await x;", "await"],
    ["Promise.resolve(1);", "Promise"],
    ["new Promise(f);", "Promise"],
    ["x instanceof Promise;", "Promise"],
  ])("%s waits, which only a host may", (text, name) => {
    expect(pure(text, 2)).toEqual([`promise: layer 2 uses ${name}; let the host be asked`]);
    expect(pure(text, 3)).toEqual([]);
  });

  test("a type may speak of promises", () => {
    expect(pure("export type Answer<T> = T | Promise<T>; declare const a: Answer<Promise<number>>;")).toEqual([]);
  });
});

describe("sources", () => {
  const session = (text: string): string[] =>
    findings({ "packages/session/package.json": manifest("session", 2), "packages/session/src/index.ts": text });

  test.each([
    ['const verb = "BDAT";', "BDAT"],
    ["const SMTPUTF8 = 1;", "SMTPUTF8"],
    ["x.AUTH;", "AUTH"],
    ["`no ${x} STARTTLS`;", "STARTTLS"],
    ["const MAX_SIZE = 1;", "SIZE"],
  ])("the session may not say %s", (text, name) => {
    expect(session(text)).toContain(`session: the session names ${name}`);
  });

  test("the session may explain itself in comments, and use other words", () => {
    expect(session('// BDAT and AUTH are rows\nconst size = "RESIZED AUTHOR"; const chunking = size;')).toEqual([]);
  });

  test.each([
    'Buffer.from(x, "latin1")',
    "socket.write(x, 'binary')",
    'socket.end(x, "ASCII")',
    "b.write(x, 0, `latin1`)",
  ])("%s loses octets", (text) => {
    const found = findings({ "apps/a/package.json": manifest("a", 6), "apps/a/src/main.ts": text });
    expect(found[0]).toMatch(/^encoding: writes text as /);
  });

  test.each(['x.toString("latin1")', 'Buffer.from("binary")', 'Buffer.from(x, "utf8")', 'new TextDecoder("latin1")'])(
    "%s is fine",
    (text) => {
      expect(findings({ "apps/a/package.json": manifest("a", 6), "apps/a/src/main.ts": text })).toEqual([]);
    },
  );
});

describe("the graph", () => {
  test("every package says its layer", () => {
    expect(pure("", 7)).toEqual(["layer: posthorn.layer is 7: say 0 to 6, test or tool"]);
  });

  test("has no cycle, dev-dependencies counted", () => {
    const found = findings({
      "packages/wire/package.json": manifest("wire", 1, on("contract")),
      "packages/contract/package.json": manifest("contract", 0, {
        devDependencies: { "@posthorn/wire": "workspace:^" },
      }),
    });
    expect(found).toEqual(["cycle: @posthorn/contract -> @posthorn/wire -> @posthorn/contract"]);
  });
});
