/**
 * A server with workers, as a program: what it does comes as JSON in its argument, what it sees goes to standard output
 * as lines of JSON. By the local part of a recipient a worker is told to die.
 */
import { reply } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { createServer, type Limits, serveWorkers, type TlsSource, workerNumber } from "@posthorn/server";
import { readFileSync } from "node:fs";

/** What the program is told. */
export interface Told {
  readonly workers: number;
  readonly limits?: Partial<Limits>;
  /** Whether loopback counts as any other address. */
  readonly counted?: boolean;
  readonly tls?: "none" | "starttls" | "implicit";
  /** A file of `{ key, cert }`, read again on SIGHUP. */
  readonly certificate?: string;
  /** A Unix socket beside the port. */
  readonly path?: string;
  /** A file: where it exists a worker dies as soon as it starts. */
  readonly fatal?: string;
  /** Octets that a message needs to come to an end, in milliseconds of its hook. */
  readonly slow?: number;
}

const told = JSON.parse(process.argv[2] ?? "{}") as Told; // oxlint-disable-line typescript/no-unsafe-type-assertion -- a test wrote it
const { limits = {}, tls = "none", certificate, path, slow = 0 } = told;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

let loads = 0;
const workers = await serveWorkers({
  workers: told.workers,
  limits,
  listeners: [
    { role: "exchanger", tls, port: 0 },
    ...(path === undefined ? [] : [{ role: "lmtp", tls: "none", path } as const]),
  ],
  ...(told.counted === true ? { exempt: () => false } : {}),
  load: () => {
    const data = ++loads;
    if (certificate === undefined) return { data };
    return { data, tls: JSON.parse(readFileSync(certificate, "utf8")) as TlsSource }; // oxlint-disable-line typescript/no-unsafe-type-assertion -- a test wrote it
  },
  server: async (part, { worker, data }) => {
    if (told.fatal !== undefined && (await import("node:fs")).existsSync(told.fatal)) process.exit(7);
    loads = data;
    return createServer({
      ...part,
      hostname: "mx.example.org",
      extensions: standardServer(),
      hooks: {
        connection: () => reply(220, `worker ${worker}`),
        mail: () => reply(250, "2.1.0", `worker ${worker} pid ${process.pid} data ${loads}`),
        recipient: ({ path: { local } }) => {
          if (local === "throw")
            setImmediate(() => {
              throw new Error("a fault of the site's code");
            });
          if (local === "exit") process.exit(3);
          return undefined;
        },
        message: async ({ envelope }) => {
          await new Promise((resolve) => setTimeout(resolve, slow));
          return reply(250, "2.0.0", envelope.id);
        },
      },
    });
  },
  reloaded: (data) => void (loads = data),
  observe: say,
});
if (workerNumber() !== undefined) throw new Error("a worker never gets here");
workers.ended.catch((error: unknown) => {
  say({ type: "given-up", error: String(error) });
  process.exit(9);
});
say({ type: "listening", places: workers.listening.map(({ host, port }) => ({ host, port })) });

let grace = 30_000;
process.on("SIGTERM", () => {
  void workers.close({ grace }).then(() => {
    say({ type: "closed" });
    process.exit(0);
  });
  grace = 0;
});
process.on("SIGUSR2", () => say({ type: "connections", connections: workers.connections }));
process.on("SIGHUP", () => {
  workers.reload().then(
    () => say({ type: "reloaded" }),
    (error: unknown) => say({ type: "not-reloaded", error: String(error) }),
  );
});
