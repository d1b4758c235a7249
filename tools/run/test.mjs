// npm test: install, build, every check, every test. A step that fails does not keep the others from running.
// Whatever happens, the last line is `N passed, N failed`: each step counts as one, each test as one.
// With --long, only the tests run after the build, each property with fifty times its cases.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endAll, run } from "./command.mjs";
import { inside } from "./place.mjs";
import { prepare } from "./prepare.mjs";
import { allPassed, count, countsOf, lastLine, step } from "./tally.mjs";

const long = process.argv.includes("--long");
const scratch = mkdtempSync(join(tmpdir(), "posthorn-test-"));

const checks = [
  ["layers", "node", "tools/layers/src/main.ts"],
  ["generated", "node", "tools/generate/src/main.ts", "--check"],
  ["types", "tsc", "-p", "tsconfig.test.json"],
  ["lint", "oxlint", "--type-aware", "--deny-warnings"],
  ["format", "oxfmt", "--check", "."],
  ["unused", "knip", "--no-progress", "--no-config-hints"],
  ["packages", "node", "tools/packages/src/main.ts"],
];

function finish(code) {
  rmSync(scratch, { recursive: true, force: true });
  lastLine();
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    endAll("SIGKILL");
    step("interrupted", { ok: false, output: "", seconds: 0 });
    finish(130);
  });
}

/** Runs all checks, two at a time. */
async function check() {
  const waiting = [...checks];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, ...command] = next;
      step(name, await run(command, { env: { ...inside, TMPDIR: scratch }, seconds: 240 }));
    }
  };
  await Promise.all([worker(), worker()]);
}

/** Runs vitest, its output shown, and counts its tests from the report that it writes. */
async function test() {
  const file = join(scratch, "report.json");
  // Not by its shell wrapper, which prefers the Node beside it to the one that was chosen.
  const vitest = [
    "node",
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ];
  const env = { ...inside, ...(long ? { POSTHORN_RUNS: process.env.POSTHORN_RUNS ?? "50" } : {}) };
  const { ok, output } = await run(vitest, { env, seconds: long ? 4 * 3600 : 420, show: true });
  if (output !== "") console.log(output);
  const { passed, failed } = countsOf(read(file), ok);
  count(passed, failed);
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

try {
  if (await prepare(step, { evenUnbuilt: true })) {
    if (!long) await check();
    await test();
  }
} catch (error) {
  step("runner", { ok: false, output: String(error?.stack ?? error), seconds: 0 });
}
finish(allPassed() ? 0 : 1);
