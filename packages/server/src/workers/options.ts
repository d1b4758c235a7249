/** What a server with workers is made of, and what it is once it runs. */
import type { Limits } from "../limits.ts";
import type { Listener, Listening } from "../listen.ts";
import type { ServerOptions } from "../options.ts";
import type { Server } from "../server.ts";
import type { Awaitable } from "../sink.ts";
import type { TlsSource } from "../tls.ts";
import type { WorkersEvent } from "./events.ts";

/** What all workers have in common. */
export interface Loaded<S> {
  /** Certificates; needed where a listener has TLS. */
  readonly tls?: TlsSource;
  /** Anything that JSON can carry: users, a key, what a file says. */
  readonly data: S;
}

/** The part of a worker's options that is not its own: spread it into those of `createServer`. */
export interface ServerPart {
  /** Sockets are handed to these; nothing is bound in a worker. */
  readonly listeners: readonly Listener[];
  /** Those that a worker keeps: connections and their rates are counted where all come in. */
  readonly limits: Partial<Limits>;
  readonly stressed: () => boolean;
  readonly tls?: TlsSource;
  readonly exempt?: (address: string) => boolean;
}

/** What a worker must be able to do: what `createServer` returns, or something around it. */
export type WorkerServer = Pick<Server, "listen" | "close" | "replaceTls">;

/** Options of `serveWorkers`. The whole program runs in each process; each function says where it is called. */
export interface WorkersOptions<S = undefined> {
  /** How many processes serve, beside the first; as many as can run at once, if not given. */
  readonly workers?: number;
  /** Where the first process listens, for all. */
  readonly listeners: ServerOptions<readonly []>["listeners"];
  /** Bounds of the whole server, as in `createServer`. */
  readonly limits?: Partial<Limits>;
  /** To whom rates, counts and delays do not apply, as in `createServer`. In every process: it must answer alike in all. */
  readonly exempt?: (address: string) => boolean;
  /** In the first process: what all workers have in common. Called at the start, and by `reload`. */
  readonly load?: () => Awaitable<Loaded<S>>;
  /** In a worker: makes its server. */
  readonly server: (part: ServerPart, own: { readonly worker: number; readonly data: S }) => Awaitable<WorkerServer>;
  /** In a worker: data was loaded again, and certificates have been replaced. */
  readonly reloaded?: (data: S) => Awaitable<void>;
  /** In the first process: what can be seen there. Sessions are observed in the workers. */
  readonly observe?: (event: WorkersEvent) => void;
  /** What a worker runs; the program that calls this, with its arguments, if not given. */
  readonly program?: { readonly module: string; readonly args: readonly string[] };
}

/** A server with workers that runs: what `serveWorkers` gives the first process. */
export interface Workers {
  /** Where it listens. */
  readonly listening: readonly Listening[];
  /** Connections now, in all workers. */
  readonly connections: number;
  /** Resolves when all workers have ended after `close`; rejects with `WorkersError` where they end as soon as they start. */
  readonly ended: Promise<void>;
  /**
   * Loads again what all have in common. Resolves when it is in force in every worker. Where `load` rejects, or gives
   * certificates that are none, this rejects and nothing has changed anywhere.
   */
  reload(): Promise<void>;
  /**
   * Stops as `Server.close` does, in all workers at once: no new connections, the idle are told 421, what flows may
   * finish within `grace` milliseconds (30,000 if not given). A worker that takes longer is killed. A second call with
   * less grace shortens it.
   */
  close(options?: { readonly grace?: number }): Promise<void>;
}
