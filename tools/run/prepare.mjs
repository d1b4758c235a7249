// What every root command does first: install exactly what the lockfile says, look at Node, build.
import { run } from "./command.mjs";
import { complaintAboutNode, outside, pnpm } from "./place.mjs";

/**
 * Installs, checks and builds, telling `report` of each step. Returns whether work can go on;
 * a build that failed does not stop the checks of a test run, which `evenUnbuilt` says.
 */
export async function prepare(report, { evenUnbuilt = false } = {}) {
  const installed = await run(pnpm("install", "--frozen-lockfile"), { env: outside, seconds: 300 });
  report("install", installed);
  if (!installed.ok) return false;
  const complaint = complaintAboutNode();
  if (complaint !== undefined) {
    report("node", { ok: false, output: complaint, seconds: 0 });
    return false;
  }
  // turbo looks for pnpm on the PATH, hence by way of it; `exec` puts the workspace's commands in front.
  const build = pnpm(
    "exec",
    "turbo",
    "run",
    "build",
    "--output-logs=errors-only",
    "--continue",
    "--no-update-notifier",
  );
  const built = await run(build, { env: outside, seconds: 300 });
  report("build", built);
  return built.ok || evenUnbuilt;
}
