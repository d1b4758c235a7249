// What every program of the bench has in common as a process of its own: a server says where it listens and tells what
// it used when it is asked; a client or an engine does a job and tells what that needed. All end with the bench.
import { readFileSync } from "node:fs";
import process from "node:process";
import type { Sample } from "./work.ts";

/** What a server process has used so far, and what it has counted. */
export interface Usage {
  /** CPU, µs. */
  readonly user: number;
  /** CPU in the kernel, µs. */
  readonly system: number;
  /** Resident memory now and at most, octets. */
  readonly rss: number;
  readonly peak: number;
  /** What arrived; `undefined` where it does not count. */
  readonly messages?: number;
  readonly octets?: number;
}

/** What a server counts. */
export interface Counts {
  messages: number;
  octets: number;
}

/** What the bench may ask of a server, in `process.argv[2]`. */
export interface Wanted {
  /** Whether hooks return promises. */
  readonly hooks?: "sync" | "async";
  /** Whether AUTH is offered, and who may use it. */
  readonly login?: { readonly name: string; readonly password: string };
  /** Whether one buffer is read into, again and again (`sharedReadBuffer`). */
  readonly shared?: boolean;
  /** Whether the sink keeps what it is given, so that nothing can be freed at once. */
  readonly keeps?: boolean;
  /** Whether line endings of BDAT are checked too. */
  readonly strictBdat?: boolean;
  /** Whether `raw` reads the addresses of MAIL and RCPT, and keeps them. */
  readonly reads?: boolean;
  /** TLS: from the first octet, or by STARTTLS. */
  readonly tls?: { readonly how: "implicit" | "starttls"; readonly key: string; readonly cert: string };
}

/** What the bench asks for. */
export const wanted: Wanted = JSON.parse(process.argv[2] ?? "{}");

/** Resident memory at most, octets. `maxRSS` of a process on Linux begins with what the bench had when it forked. */
function peak(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

const endWithTheBench = (): void => {
  process.on("disconnect", () => process.exit(0));
  // The bench ends us: what a terminal sends to all is not ours to answer.
  process.on("SIGINT", () => {});
};

/** A server says where it listens, and answers from now on. */
export function ready(port: number, counts?: Counts): void {
  endWithTheBench();
  process.on("message", () => {
    // There where it was asked for, by a flag: garbage is nobody's memory.
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const usage: Usage = {
      user,
      system,
      rss: process.memoryUsage.rss(),
      peak: peak(),
      ...counts,
    };
    process.send?.(usage);
  });
  process.send?.({ port });
}

/** What a client or an engine is to do. */
export interface Job {
  /** Which of the things that the program can do. */
  readonly name: string;
  readonly port: number;
  readonly connections: number;
  readonly messages: number;
}

const isJob = (message: unknown): message is Job =>
  typeof message === "object" && message !== null && "name" in message;

/**
 * A client or an engine does jobs from now on. `perform` returns for how many units it did; CPU and time are measured
 * around it.
 */
export function perform(job: (job: Job) => Promise<number> | number): void {
  endWithTheBench();
  const measured = async (wanted: Job): Promise<void> => {
    try {
      const [before, began] = [process.cpuUsage(), performance.now()];
      const units = await job(wanted);
      const { user, system } = process.cpuUsage(before);
      const sample: Sample = {
        cpu: (user + system) / units,
        system: system / units,
        rate: (units * 1000) / (performance.now() - began),
        peak: peak(),
      };
      process.send?.(sample);
    } catch (error) {
      process.send?.({ failed: error instanceof Error ? error.message : String(error) });
    }
  };
  process.on("message", (message) => {
    if (isJob(message)) void measured(message);
  });
  process.send?.({ port: 0 });
}
