/** The first process of a server with workers: its listeners, the door, the crew. */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import { LocalProtocolError } from "@posthorn/contract";
import { systemClock } from "@posthorn/node";
import { isLoopback } from "../address.ts";
import { limitsWith } from "../limits.ts";
import { type Listener, type Open, open } from "../listen.ts";
import { Terminator } from "../tls.ts";
import { Crew } from "./crew.ts";
import { Door } from "./door.ts";
import type { WorkersEvent } from "./events.ts";
import type { Program } from "./hand.ts";
import { asText, type Common } from "./messages.ts";
import type { Workers, WorkersOptions } from "./options.ts";

/** Milliseconds between two looks at the clock. */
const SWEEP = 1000;

/** How long messages that flow may go on after `close`, in milliseconds. */
const GRACE = 30_000;

const TICKET_KEY_OCTETS = 32;

/** This program, as it was started. */
const thisProgram = (): Program => {
  const [, module, ...args] = process.argv;
  if (module === undefined || module === "-")
    throw new LocalProtocolError("no-program", "workers run the file of the program, and this one came from no file");
  return { module, args };
};

/** What all workers have in common, which is sound. */
const loadCommon = async <S>({ load, listeners }: WorkersOptions<S>): Promise<Common<S>> => {
  const loaded = await load?.();
  const tls = loaded?.tls;
  if (tls !== undefined) void new Terminator(tls); // throws where it is no certificate
  else if (listeners.some((listener) => listener.tls !== "none"))
    throw new LocalProtocolError("no-certificate", "a listener with TLS needs tls, of load");
  const key = Buffer.from(tls?.ticketKey ?? randomBytes(TICKET_KEY_OCTETS));
  return {
    tls: tls === undefined ? undefined : asText(tls),
    ticketKey: key.toString("base64"),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without `load` there is no data, and S is undefined
    data: loaded?.data as S,
  };
};

const closeAll = (opened: readonly Open[]): Promise<void> =>
  Promise.all(opened.map(({ server }) => new Promise<void>((resolve) => void server.close(() => resolve())))).then(
    () => undefined,
  );

const openAll = async (
  listeners: readonly Listener[],
  door: Door,
  observe: (event: WorkersEvent) => void,
): Promise<readonly Open[]> => {
  const opened: Open[] = [];
  try {
    for (const [at, listener] of listeners.entries()) {
      const one = await open(listener, (socket) => door.arrive(socket, at, systemClock.now()), true);
      opened.push(one);
      one.server.on("error", (error) => observe({ type: "accept-error", error }));
    }
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
  return opened;
};

/** Serves, from the first process. See `serveWorkers`. */
export const serveFirst = async <S>(options: WorkersOptions<S>): Promise<Workers> => {
  const { listeners, exempt = isLoopback, observe: hear } = options;
  const observe = (event: WorkersEvent): void => {
    try {
      hear?.(event);
    } catch {
      // A log that fails must not end a server.
    }
  };
  const program = options.program ?? thisProgram();
  const limits = limitsWith(options.limits ?? {});
  const common = await loadCommon(options);
  const fed = listeners.map((listener) => ({ role: listener.role, tls: listener.tls, addressed: "port" in listener }));
  const door = new Door({ limits, exempt, listeners: fed, refused: observe });
  const opened = await openAll(listeners, door, observe);
  const count = options.workers ?? availableParallelism();
  const crew = new Crew({ count, program, door, listeners: fed, observe, common });
  const stopSweep = systemClock.every(SWEEP, () => {
    door.sweep(systemClock.now());
    crew.stress(door.stressed);
  });
  const shut = (): void => {
    stopSweep();
    door.close();
    void closeAll(opened);
  };
  try {
    await crew.started;
  } catch (error) {
    shut();
    throw error;
  }
  const ended = crew.ended.finally(shut);
  let loading: Promise<void> = Promise.resolve();
  setImmediate(() => door.open()); // after whoever waits for us, who may have something to announce

  return {
    listening: opened.map(({ listener, host, port }) => ({ listener, host, port })),
    get connections() {
      return door.connections;
    },
    ended,
    reload() {
      // One after the other: what was loaded last is what is in force.
      const reloading = loading.then(async () => crew.reload(await loadCommon(options)));
      loading = reloading.catch(() => undefined);
      return reloading;
    },
    async close({ grace = GRACE } = {}) {
      door.close();
      const closed = closeAll(opened);
      await crew.close(grace);
      await closed;
    },
  };
};
