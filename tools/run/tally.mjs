// The count of what passed and failed, one line a step, and the line that every run ends with.

const counts = { passed: 0, failed: 0 };

/** Counts one step, prints its line, and what it printed itself if it failed. */
export function step(name, { ok, output, seconds }) {
  count(ok ? 1 : 0, ok ? 0 : 1);
  if (!ok && output.trim() !== "") console.log(`\n${output.trimEnd()}\n`);
  console.log(`${ok ? "ok    " : "FAILED"}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
}

/** Adds to the count without a line. */
export function count(passed, failed) {
  counts.passed += passed;
  counts.failed += failed;
}

/** Whether all that was counted had passed. */
export function allPassed() {
  return counts.failed === 0;
}

/** Prints the last line. Nothing may be printed after it. */
export function lastLine() {
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
}

/**
 * What a report of vitest (`--reporter=json`) adds to the count.
 * A file that failed although none of its tests did could not be read: it counts as one failure. So does a run
 * that ended badly although no test failed (an error outside every test), and a report that is not there.
 */
export function countsOf(report, ok) {
  if (report === undefined) return { passed: 0, failed: 1 };
  let [passed, failed] = [0, 0];
  for (const file of report.testResults) {
    const states = file.assertionResults.map((result) => result.status);
    passed += states.filter((state) => state === "passed").length;
    const bad = states.filter((state) => state === "failed").length;
    failed += bad === 0 && file.status === "failed" ? 1 : bad;
  }
  if (failed === 0 && !ok) failed = 1;
  return { passed, failed };
}
