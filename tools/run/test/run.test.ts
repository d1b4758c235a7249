// The runner in a workspace of its own, with an `npx` that does what the test wants: whatever goes wrong, the last
// line is the count.
import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newEnough } from "../place.mjs";
import { countsOf } from "../tally.mjs";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "posthorn-run-"));
  cpSync(join(import.meta.dirname, ".."), join(root, "tools/run"), {
    recursive: true,
    filter: (file) => !file.endsWith("test"),
  });
  mkdirSync(join(root, "machine"));
  mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{ "type": "module", "packageManager": "pnpm@0.0.0" }');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function script(path: string, text: string): void {
  writeFileSync(join(root, path), `#!/bin/sh\n${text}\n`);
  chmodSync(join(root, path), 0o755);
}

/** Runs the runner's test command; `during` is called when `npx` has started something. */
function npmTest(during?: (kill: () => void) => void): Promise<{ code: number | null; lines: string[] }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, "tools/run/test.mjs")], {
      env: { PATH: join(root, "machine") },
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    if (during !== undefined) setTimeout(during, 700, () => child.kill("SIGINT"));
    child.on("close", (code) => done({ code, lines: output.trimEnd().split("\n") }));
  });
}

test("an installation that fails ends the run, with the count", async () => {
  script("machine/npx", "echo no network >&2; exit 1");
  const { code, lines } = await npmTest();
  expect(lines).toContain("no network");
  expect(lines.at(-1)).toBe("0 passed, 1 failed");
  expect(code).toBe(1);
});

test("a package manager that is not there is a failure like another", async () => {
  const { code, lines } = await npmTest();
  expect(lines.at(-1)).toBe("0 passed, 1 failed");
  expect(code).toBe(1);
});

test("a Node that is too old is said in one line before anything is built", async () => {
  script("machine/npx", 'case "$*" in *turbo*) echo built;; esac');
  script("machine/node", "echo v20.20.2");
  const { code, lines } = await npmTest();
  const said =
    "Node 22.18 or newer is needed: this machine has v20.20.2, and the workspace's own could not be installed.";
  expect(lines).toContain(said);
  expect(lines.join()).not.toContain("build");
  expect(lines.at(-1)).toBe("1 passed, 1 failed");
  expect(code).toBe(1);
});

test("a build that fails does not keep the checks and the tests from running", async () => {
  script("machine/npx", 'case "$*" in *turbo*) echo TS2322; exit 2;; esac');
  symlinkSync(process.execPath, join(root, "node_modules/.bin/node"));
  for (const name of ["tsc", "oxlint", "oxfmt", "knip"]) script(`node_modules/.bin/${name}`, "exit 0");
  const { code, lines } = await npmTest();
  expect(lines).toContain("TS2322");
  // install, types, lint, format, unused pass; build, layers, generated, packages fail, and vitest left no report.
  expect(lines.at(-1)).toBe("5 passed, 5 failed");
  expect(code).toBe(1);
});

test("an interrupted run ends with the count as well", async () => {
  script("machine/npx", "/bin/sleep 30");
  const { code, lines } = await npmTest((kill) => kill());
  expect(lines.at(-1)).toBe("0 passed, 1 failed");
  expect(code).toBe(130);
});

test("versions are compared as numbers", () => {
  expect(["v22.18.0", "v24.0.0", "v100.1.0"].map(newEnough)).toEqual([true, true, true]);
  expect(["v20.20.2", "v22.9.0", "v22.17.1", "none"].map(newEnough)).toEqual([false, false, false, false]);
});

test("a report of vitest is counted, files that could not be read and errors outside tests among the failures", () => {
  const results = (...states: string[]): { status: string }[] => states.map((status) => ({ status }));
  const good = { status: "passed", assertionResults: results("passed", "passed", "skipped") };
  const bad = { status: "failed", assertionResults: results("passed", "failed") };
  const broken = { status: "failed", assertionResults: [] };
  expect(countsOf({ testResults: [good] }, true)).toEqual({ passed: 2, failed: 0 });
  expect(countsOf({ testResults: [good, bad, broken] }, false)).toEqual({ passed: 3, failed: 2 });
  expect(countsOf({ testResults: [good] }, false)).toEqual({ passed: 2, failed: 1 });
  expect(countsOf(undefined, true)).toEqual({ passed: 0, failed: 1 });
});
