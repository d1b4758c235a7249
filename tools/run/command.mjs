// One command at a time as a promise of how it ended: its output kept or shown, its time bounded, and its whole
// process group ended with us. Nothing that was started outlives the run.
import { spawn } from "node:child_process";
import { root } from "./place.mjs";

const running = new Set();

/** Ends every command that still runs, with what it started. */
export function endAll(signal = "SIGTERM") {
  for (const child of running) endGroup(child, signal);
}

function endGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

/**
 * Runs a command in the root folder, at most `seconds`.
 * `show` passes its output on as it comes; otherwise the output is kept. Never rejects: a command that cannot be
 * started has failed, and its output says why.
 */
export function run([file, ...args], { env, seconds, show = false }) {
  return new Promise((done) => {
    const started = performance.now();
    const child = spawn(file, args, { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    let output = "";
    const take = (stream) => (text) => {
      if (show) stream.write(text);
      else output += text;
    };
    child.stdout.setEncoding("utf8").on("data", take(process.stdout));
    child.stderr.setEncoding("utf8").on("data", take(process.stderr));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child, "SIGKILL");
    }, seconds * 1000);
    const end = (ok, why = "") => {
      clearTimeout(timer);
      running.delete(child);
      done({ ok, output: output + why, seconds: (performance.now() - started) / 1000 });
    };
    child.on("error", (error) => end(false, `${file}: ${error.message}\n`));
    child.on("close", (code, signal) => {
      if (late) end(false, `ended after ${seconds} s, the most that it may take\n`);
      else end(code === 0, signal === null ? "" : `ended by ${signal}\n`);
    });
  });
}
