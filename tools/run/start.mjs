// npm run build, generate, demo, interop: install, build, then the program that is named, if one is, with its own
// output and exit code. What follows the program's path is handed to it.
import { spawn } from "node:child_process";
import { endAll } from "./command.mjs";
import { inside, root } from "./place.mjs";
import { prepare } from "./prepare.mjs";

const [program, ...args] = process.argv.slice(2);

let child;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    endAll("SIGKILL");
    // On a terminal the program has had the signal itself: it ends in its own time.
    if (child === undefined) process.exit(130);
    else if (signal !== "SIGINT") child.kill(signal);
  });
}

const ready = await prepare((name, { ok, output, seconds }) => {
  if (ok) console.error(`${name}: ${seconds.toFixed(1)} s`);
  else console.error(`${output.trimEnd()}\n${name}: failed`);
});
if (!ready) process.exit(1);
if (program === undefined) process.exit(0);

child = spawn("node", [program, ...args], { cwd: root, env: inside, stdio: "inherit" });
child.on("error", (error) => {
  console.error(`node: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code) => process.exit(code ?? 1));
