// Programs that are not ours and not on Node: started if they are there, watched by /proc, ended by their id. Their CPU is
// that of the process and of all below it, in hundredths of a second, as the kernel counts it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { type Generator, play } from "../load/generator.ts";
import type { Task } from "../contenders.ts";
import type { Contender } from "../work.ts";

const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** The path of an installed program, or `undefined`. */
export const installed = (program: string): string | undefined =>
  folders.map((folder) => join(folder, program)).find((path) => existsSync(path));

/**
 * The command that runs a program which ends with us, however we end, where the machine has the means; as another user,
 * if one is named, which it must not become by itself then: the kernel would forget that it ends with us.
 */
export const guarded = (file: string, args: readonly string[], user?: string): [string, ...string[]] => {
  const guard = installed("setpriv");
  if (guard === undefined) return [file, ...(user === undefined ? [] : ["-u", user]), ...args];
  const other = user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  return [guard, ...other, "--pdeathsig", "KILL", file, ...args];
};

/** A port on 127.0.0.1 that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Waits until something greets there. @throws Error after so many seconds */
export async function greets(port: number, seconds = 15): Promise<void> {
  const late = performance.now() + seconds * 1000;
  for (;;) {
    const socket = connect({ host: "127.0.0.1", port });
    try {
      // oxlint-disable-next-line no-await-in-loop -- looking again after a while is the point
      const [greeting] = await once(socket, "data", { signal: AbortSignal.timeout(2000) });
      socket.end("QUIT\r\n");
      if (String(greeting).startsWith("220")) return;
    } catch {
      // Not yet.
    } finally {
      socket.destroySoon();
    }
    if (performance.now() > late) throw new Error("it does not come up");
    // oxlint-disable-next-line no-await-in-loop
    await wait(100);
  }
}

interface Used {
  readonly cpu: number;
  readonly system: number;
  readonly peak: number;
}

const TICK = 10_000;

const fieldsOf = (pid: number): readonly string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
};

/** A process and all below it that are there, and those of them that have ended and were waited for; µs and octets. */
export function usedBy(root: number): Used {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    try {
      parents.set(pid, Number(fieldsOf(pid)[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (pid: number): boolean => {
    for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (at === root) return true;
    return false;
  };
  let [user, system, peak] = [0, 0, 0];
  for (const pid of [...parents.keys()].filter(below)) {
    try {
      const fields = fieldsOf(pid);
      user += Number(fields[11]) + Number(fields[13]);
      system += Number(fields[12]) + Number(fields[14]);
      peak += Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024;
    } catch {
      // It has ended meanwhile.
    }
  }
  return { cpu: (user + system) * TICK, system: system * TICK, peak };
}

/** A program that listens. */
export interface External {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** A server that is not ours, under a load. */
export const external = (name: string, one: External, by: Generator, task: Task): Contender => ({
  name,
  async round() {
    const before = usedBy(one.pid);
    const played = await play(by, { ...task, port: one.port });
    const after = usedBy(one.pid);
    const { units = task.messages } = task;
    return {
      cpu: (after.cpu - before.cpu) / units,
      system: (after.system - before.system) / units,
      rate: units / played.seconds,
      peak: after.peak,
      load: (played.cpu * 1e6) / units,
    };
  },
  stop: () => one.stop(),
});
