// posthornd as a process: from its sources where the bench runs from its sources, else as it was built.
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { root } from "@posthorn/workspace";
import { launch } from "../processes.ts";
import { type External, greets, guarded } from "./external.ts";

const fromSources = process.execArgv.some((flag) => flag.includes("@posthorn/source"));
const program = join(root, "apps/server", fromSources ? "src/main.ts" : "dist/main.js");

/** Starts it with these options beside a listener. @throws Error where it does not come up */
export async function startPosthornd(options: readonly string[]): Promise<External> {
  const flags = ["--listen", "127.0.0.1:0", "--hostname", "bench.example", "--log", "off", "--without", "STARTTLS"];
  const [file, ...args] = guarded(process.execPath, [...process.execArgv, program, ...flags, ...options]);
  const child = launch(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  const gone = once(child, "exit");
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-1000)));
  if (child.stdout === null) throw new Error("no output");
  const lines = createInterface(child.stdout);
  const first = once(lines, "line", { signal: AbortSignal.timeout(20_000) });
  const [line] = await Promise.race([
    first,
    gone.then(() => {
      throw new Error(`posthornd: ${said.trim()}`);
    }),
  ]);
  const { port } = JSON.parse(String(line));
  await greets(Number(port));
  return {
    pid: child.pid ?? 0,
    port: Number(port),
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(late);
    },
  };
}
