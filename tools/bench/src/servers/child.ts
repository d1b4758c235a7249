// What every server of ours has in common as a process of its own: it says where it listens, tells what it used when it
// is asked, and ends with the bench.
import process from "node:process";

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
  /** Recipients of a group, which the raw server answers unread. */
  readonly recipients?: number;
  /** Whether hooks return promises. */
  readonly hooks?: "sync" | "async";
  /** Whether line endings of BDAT are checked too. */
  readonly strictBdat?: boolean;
  /** TLS: from the first octet, or by STARTTLS. */
  readonly tls?: { readonly how: "implicit" | "starttls"; readonly key: string; readonly cert: string };
}

/** What the bench asks for. */
export const wanted: Wanted = JSON.parse(process.argv[2] ?? "{}");

/** Says where it listens, and answers from now on. */
export function ready(port: number, counts?: Counts): void {
  process.on("disconnect", () => process.exit(0));
  // The bench ends us: what a terminal sends to all is not ours to answer.
  process.on("SIGINT", () => {});
  process.on("message", (question) => {
    if (question === "settle") globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const usage: Usage = {
      user,
      system,
      rss: process.memoryUsage.rss(),
      peak: process.resourceUsage().maxRSS * 1024,
      ...counts,
    };
    process.send?.(usage);
  });
  process.send?.({ port });
}
