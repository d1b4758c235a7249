// A peer that runs as a daemon: started in the foreground, ready when it greets, ended by its own process.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import process from "node:process";
import { existsSync, readFileSync } from "node:fs";
import type { Child } from "@posthorn/demo";
import type { World } from "./world.ts";

/** A daemon to start. */
export interface DaemonOrder {
  readonly file: string;
  readonly args: readonly string[];
  /** The port on 127.0.0.1 where it will greet with 220. */
  readonly port: number;
  /** Where it logs, for when it does not come up. */
  readonly log: string;
  /** Where it writes its process id, if the daemon is another process than the one that is started. */
  readonly pidFile?: string;
}

async function greets(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    const [greeting] = await once(socket, "data", { signal: AbortSignal.timeout(2000) });
    // A peer that is left at once may refuse the next for a while: say QUIT.
    socket.end("QUIT\r\n");
    return String(greeting).startsWith("220");
  } catch {
    return false;
  } finally {
    socket.destroySoon();
  }
}

const lastLines = (log: string): string =>
  existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").slice(-3).join(" / ") : "it wrote no log";

/** Ends it: it has 10 seconds. Its own process id counts on the machine only; in a world of its own, all end with that. */
async function stop(world: World, child: Child, pidFile: string | undefined): Promise<void> {
  if (world.how === "installed" && pidFile !== undefined && existsSync(pidFile)) {
    const pid = Number(readFileSync(pidFile, "utf8").trim());
    if (pid > 1) process.kill(pid);
  }
  child.stop();
  const late = setTimeout(() => child.stop("SIGKILL"), 10_000);
  await child.ended;
  clearTimeout(late);
}

/**
 * Starts a daemon and waits for its greeting, at most 15 seconds. Returns how to end it.
 * @throws Error with what it said or logged, where it does not come up
 */
export async function startDaemon(world: World, order: DaemonOrder): Promise<() => Promise<void>> {
  const { file, args, port, log, pidFile } = order;
  const child = world.start(file, args);
  const late = performance.now() + 15_000;
  let over = false;
  do {
    // oxlint-disable-next-line no-await-in-loop -- looking again after a while is the point
    if (await greets(port)) return () => stop(world, child, pidFile);
    // oxlint-disable-next-line no-await-in-loop
    over = await Promise.race([child.ended.then(() => true), wait(100, false)]);
  } while (!over && performance.now() < late);
  child.stop("SIGKILL");
  const { stdout, stderr } = await child.ended;
  const said = (stdout + stderr).trim().split("\n").at(-1) ?? "";
  throw new Error(`${file} does not come up: ${said} ${lastLines(log)}`.replaceAll(/\s+/g, " "));
}
