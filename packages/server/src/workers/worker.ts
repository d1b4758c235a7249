/**
 * A worker: it is told what all have in common, makes its server, takes the sockets that the first process hands over,
 * and ends when it is told to, or when the first process is no more. Signals are for the first process: a terminal and
 * a supervisor send them to all at once.
 */
import { Socket } from "node:net";
import { LocalProtocolError } from "@posthorn/contract";
import type { Listener } from "../listen.ts";
import type { TlsSource } from "../tls.ts";
import { type Common, type Fed, type FromWorker, isToWorker, type ToWorker } from "./messages.ts";
import type { ServerPart, WorkerServer, WorkersOptions } from "./options.ts";

/**
 * How long it may take, in milliseconds, until the first process hears that a connection has arrived, and lets go of its
 * own descriptor of it: a short session is told of by one message, when it ends.
 */
const TAKEN = 50;

/** How long the sessions of a worker that is alone in the world may take to be told, in milliseconds. */
const ORPHANED = 1000;

const sourceOf = <S>({ tls, ticketKey }: Common<S>): TlsSource | undefined =>
  tls === undefined ? undefined : { ...tls, ticketKey: Buffer.from(ticketKey, "base64") };

const say = (message: FromWorker): void => {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
};

/** The connections that this worker holds. */
class Feeds {
  #stressed = false;
  /** Where the sockets of each listener go. */
  readonly #takes = new Map<number, (socket: Socket) => void>();
  #taken: number[] = [];
  #gone: number[] = [];

  listeners(fed: readonly Fed[]): readonly Listener[] {
    return fed.map(({ role, tls }, at) => ({ role, tls, handed: (take) => void this.#takes.set(at, take) }));
  }

  stress(on: boolean): void {
    this.#stressed = on;
  }

  get stressed(): boolean {
    return this.#stressed;
  }

  /** A connection; `socket` is none where the peer left on its way here. */
  take(id: number, at: number, addressed: boolean, socket: unknown): void {
    const take = this.#takes.get(at);
    if (!(socket instanceof Socket)) {
      this.#over(id);
      return;
    }
    if (this.#taken.push(id) === 1) setTimeout(() => this.#tell(), TAKEN).unref();
    socket.once("close", () => this.#over(id));
    if (take === undefined || (addressed && socket.remoteAddress === undefined)) {
      socket.on("error", () => undefined);
      socket.destroy();
      return;
    }
    socket.allowHalfOpen = true; // which does not travel
    take(socket);
  }

  #over(id: number): void {
    if (this.#gone.push(id) === 1) setImmediate(() => this.#tell());
  }

  #tell(): void {
    if (this.#taken.length + this.#gone.length === 0) return;
    say({ posthorn: "now", taken: this.#taken, gone: this.#gone });
    this.#taken = [];
    this.#gone = [];
  }
}

/** Is a worker, for as long as its process lives. Rejects where its server cannot be made. */
export const work = async <S>(options: WorkersOptions<S>, number: number): Promise<never> => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  const feeds = new Feeds();
  const { promise, reject } = Promise.withResolvers<never>();
  let fed: readonly Fed[] = [];
  let server: WorkerServer | undefined;
  let told: Promise<void> = Promise.resolve();

  const end = async (grace: number): Promise<void> => {
    await server?.close({ grace });
    process.exit(0);
  };
  const alone = (): void => {
    setTimeout(() => process.exit(0), ORPHANED);
    end(0).catch(reject);
  };
  const start = async (listeners: readonly Fed[], common: Common<S>): Promise<void> => {
    fed = listeners;
    const tls = sourceOf(common);
    const part: ServerPart = {
      listeners: feeds.listeners(fed),
      // The door keeps these.
      limits: { ...options.limits, total: 0, perAddress: 0, connectionRate: 0 },
      stressed: () => feeds.stressed,
      ...(tls === undefined ? {} : { tls }),
      ...(options.exempt === undefined ? {} : { exempt: options.exempt }),
    };
    server = await options.server(part, { worker: number, data: common.data });
    await server.listen();
    say({ posthorn: "ready" });
  };
  const reload = async (turn: number, common: Common<S>): Promise<void> => {
    try {
      const tls = sourceOf(common);
      if (tls !== undefined) server?.replaceTls(tls);
      await options.reloaded?.(common.data);
      say({ posthorn: "reloaded", turn });
    } catch (error) {
      say({ posthorn: "reloaded", turn, error: error instanceof Error ? error.message : String(error) });
    }
  };
  const hear = (message: ToWorker<S>, socket: unknown): void => {
    switch (message.posthorn) {
      case "start":
        told = start(message.listeners, message.common);
        told.catch(reject);
        break;
      case "connection":
        feeds.take(message.id, message.at, fed[message.at]?.addressed ?? false, socket);
        break;
      case "stress":
        feeds.stress(message.on);
        break;
      case "reload": // what it was started with may not be in force yet
        told = told.then(() => reload(message.turn, message.common));
        break;
      case "close":
        end(message.grace).catch(reject);
        break;
    }
  };

  if (!process.connected)
    throw new LocalProtocolError("no-first-process", "a worker needs the process that started it");
  process.on("disconnect", alone);
  process.on("message", (message: unknown, socket: unknown) => {
    if (isToWorker<S>(message)) hear(message, socket);
  });
  return promise;
};
