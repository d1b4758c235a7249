/**
 * `--workers N`: the same server by N processes and a first one, which listens, reads what files say, logs for all what
 * no session does, and hears signals. A worker reads no file but the configuration: certificates, users and the key of
 * false salts are handed to it, so that all have the same, and what is wrong with them is in force nowhere.
 */
import { nodeCrypto } from "@posthorn/node";
import { serveWorkers, workerNumber, type WorkersEvent, WorkersError } from "@posthorn/server";
import type { Loaded, ServerPart, WorkerServer } from "@posthorn/server";
import { accountsOfStore, accountsOfText, nobody } from "./accounts.ts";
import type { Accounts } from "./accounts.ts";
import { announcement } from "./announce.ts";
import { EXIT, Stop } from "./exit.ts";
import type { ExitCode } from "./exit.ts";
import { createLog } from "./log.ts";
import type { Log, LogStyle } from "./log.ts";
import { errorText, recordOf } from "./records.ts";
import { accountsOf, cannotListen, certificateOf, GRACE, mailboxesOf, makeServer, warn } from "./serve.ts";
import type { Settings } from "./settings.ts";
import { untilStopped } from "./signals.ts";
import { fingerprint, readCertificate, tlsSource } from "./tls.ts";
import type { Certificate } from "./tls.ts";
import { parseUsers, usersText } from "./users.ts";

/** What all workers have in common beside certificates. */
interface Shared {
  /** The text of the users file. */
  readonly users: string | undefined;
  /** In hexadecimal digits: a salt must not depend on which worker was asked (A6). */
  readonly falseSaltKey: string;
}

/** What the first process loads, at the start and on SIGHUP. */
class Source {
  readonly #settings: Settings;
  readonly #log: Log;
  #own: Certificate | undefined = undefined;
  #falseSaltKey: string | undefined = undefined;

  constructor(settings: Settings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Loads all. @throws Stop */
  async load(): Promise<Loaded<Shared>> {
    const first = this.#falseSaltKey === undefined;
    const key = (this.#falseSaltKey ??= await this.#begin());
    const { certificate, users: file } = this.#settings;
    if (!first && certificate !== undefined) this.#own = await readCertificate(certificate);
    const tls = this.#own === undefined ? undefined : await tlsSource(this.#own, this.#settings);
    const users = file === undefined ? undefined : await usersText(file);
    if (file !== undefined && users !== undefined) parseUsers(users, file);
    return { data: { users, falseSaltKey: key }, ...(tls === undefined ? {} : { tls }) };
  }

  /** Says in the log what was loaded again. */
  tell(): void {
    if (this.#own !== undefined) this.#log.say("info", "certificate", { fingerprint: fingerprint(this.#own.cert) });
    this.#log.say("info", "reloaded");
  }

  /** What is done once; a server that cannot be made is told of once too, before any worker is started. */
  async #begin(): Promise<string> {
    const settings = this.#settings;
    warn(settings, this.#log);
    const accounts = await accountsOf(settings, true);
    this.#own = await certificateOf(settings, this.#log);
    const tls = this.#own === undefined ? undefined : await tlsSource(this.#own, settings);
    const mailboxes = await mailboxesOf(settings);
    makeServer(settings, { accounts, tls, mailboxes, announced: Promise.resolve() }, this.#log);
    return Buffer.from(accounts?.falseSaltKey ?? nodeCrypto.random(32)).toString("hex");
  }
}

/** The server of a worker. */
class Worker {
  readonly #settings: Settings;
  readonly #log: Log;
  #shared: Shared | undefined = undefined;
  #accounts: Accounts | undefined = undefined;

  constructor(settings: Settings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  async make(part: ServerPart, shared: Shared): Promise<WorkerServer> {
    this.#shared = shared;
    const accounts = this.#accountsOf();
    this.#accounts = accounts;
    const mailboxes = await mailboxesOf(this.#settings);
    const parts = { accounts, tls: part.tls, mailboxes, announced: Promise.resolve() };
    const { server, storage } = makeServer(this.#settings, parts, this.#log, part);
    return {
      listen: () => server.listen(),
      replaceTls: (source) => server.replaceTls(source),
      async close(options) {
        await server.close(options);
        await storage.settled();
      },
    };
  }

  async reloaded(shared: Shared): Promise<void> {
    this.#shared = shared;
    await this.#accounts?.reload();
  }

  #accountsOf(): Accounts | undefined {
    const { users, store, listeners } = this.#settings;
    const key = (): Uint8Array => Uint8Array.from(Buffer.from(this.#shared?.falseSaltKey ?? "", "hex"));
    if (store !== undefined) return accountsOfStore(store, key());
    if (users !== undefined)
      return accountsOfText(users, () => ({ text: this.#shared?.users ?? "", falseSaltKey: key() }));
    return listeners.some(({ role }) => role === "submission") ? nobody(key()) : undefined;
  }
}

const tell = (log: Log, event: WorkersEvent): void => {
  switch (event.type) {
    case "worker-started":
      log.say("info", event.type, { worker: event.worker, pid: event.pid });
      break;
    case "worker-ended": {
      const { worker, pid, code, signal, connections, again } = event;
      log.say("error", event.type, {
        worker,
        pid,
        ...(code === null ? {} : { code }),
        ...(signal === null ? {} : { signal }),
        connections,
        again,
      });
      break;
    }
    case "refused":
    case "accept-error": {
      const record = recordOf(event);
      if (record !== undefined) log.write(record);
      break;
    }
  }
};

/** Why there are no workers, as the operator is told. */
const givenUp = (error: unknown): unknown => {
  if (!(error instanceof WorkersError)) return cannotListen(error);
  const exit: ExitCode | undefined = Object.values(EXIT).find((code) => code !== EXIT.ok && code === error.exit);
  return new Stop(exit ?? EXIT.software, `workers: ${error.message}`);
};

/** Runs a server by several processes until a signal ends it; in a worker, for as long as that lives. @throws Stop */
export const serveByWorkers = async (settings: Settings, style: LogStyle): Promise<void> => {
  const log = await createLog(style, workerNumber());
  const source = new Source(settings, log);
  const worker = new Worker(settings, log);
  const { exempt } = settings;
  try {
    const workers = await serveWorkers<Shared>({
      workers: settings.workers,
      listeners: settings.listeners,
      limits: settings.limits,
      ...(exempt === undefined ? {} : { exempt }),
      load: () => source.load(),
      server: (part, { data }) => worker.make(part, data),
      reloaded: (data) => worker.reloaded(data),
      observe: (event) => tell(log, event),
    });
    process.stdout.write(workers.listening.map(announcement).join("")); // in this turn: nobody is greeted before it is over

    const reload = async (): Promise<void> => {
      await workers.reload();
      source.tell();
    };
    const stopped = untilStopped({
      async drain() {
        log.say("info", "stopping", { connections: workers.connections });
        await workers.close({ grace: GRACE });
      },
      end: () => workers.close({ grace: 0 }),
      reload: () => {
        reload().catch((error: unknown) => log.say("error", "not-reloaded", { error: errorText(error) }));
      },
    });
    await Promise.race([stopped, workers.ended]);
  } catch (error) {
    throw givenUp(error);
  }
  log.say("info", "stopped");
};
