/**
 * A pool of connections: as many as there is work for and no more than allowed, shared among messages whose connections
 * would be alike. A connection that was idle may have died unseen, so that a message is sent again over another one if
 * nothing came back from the first; once its content was opened, a message is never sent again.
 */
import type { Extensions } from "@posthorn/contract";
import { systemClock } from "@posthorn/node";
import type { Channel, SendOptions } from "./channel.ts";
import { openChannel } from "./connect.ts";
import { ClientError } from "./errors.ts";
import { Lane, type LaneLimits } from "./lane.ts";
import { type Mail, prepareMail } from "./mail.ts";
import { type Listener, Listeners } from "./observe.ts";
import type { ConnectOptions, StandardExtensions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { Keys } from "./pool-key.ts";

/** Where to connect to and how, for all messages of a pool, and how many connections there may be. */
export interface PoolOptions<X extends Extensions = StandardExtensions> extends Omit<ConnectOptions<X>, "signal"> {
  /** Connections at once to the same server in the same way. Default 5. */
  readonly max?: number | undefined;
  /** Milliseconds after which a connection that nobody needs is closed. Default 30 000. */
  readonly idle?: number | undefined;
  /** Messages over one connection before it is closed. Default: any number. */
  readonly perConnection?: number | undefined;
}

/** What can be said about one message in a pool. */
export interface PoolSendOptions<X extends Extensions = StandardExtensions> extends SendOptions {
  /** What is different for this message: another host, other credentials. It shares connections only with its like. */
  readonly via?: Omit<ConnectOptions<X>, "signal" | "observe"> | undefined;
}

/** A pool of connections. `createPool` makes it. */
export class Pool<X extends Extensions = StandardExtensions> {
  readonly #options: Omit<ConnectOptions<X>, "signal">;
  readonly #limits: LaneLimits;
  readonly #keys: Keys = new Keys();
  /** The key of the pool's own options: they do not change, and a key costs more than a small message (60 µs). */
  #ownKey: string | undefined = undefined;
  readonly #lanes: Map<string, Lane<X>> = new Map();
  readonly #listeners: Listeners = new Listeners();
  /** Messages that are not done. */
  #sending = 0;
  /** Resolves when there are none, once the pool is closed. */
  #done: PromiseWithResolvers<void> | undefined = undefined;
  #closed = false;
  #destroyed = false;

  constructor({ max = 5, idle = 30_000, perConnection = Infinity, ...options }: PoolOptions<X>) {
    if (!(max >= 1) || !(idle >= 0) || !(perConnection >= 1))
      throw new ClientError("bad-option", "max and perConnection are 1 or more, idle is milliseconds");
    this.#options = options;
    this.#limits = { max, idle, perConnection };
  }

  /** Connections that there are, and that are being opened. */
  get connections(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.size, 0);
  }

  /** Calls the listener for all that happens on all connections from now on; what is returned takes it away. */
  observe(listener: Listener): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Sends a message over a connection of the pool, when it is its turn.
   * @throws what `connect` and `Connection.send` throw; ClientError `closed` once the pool was closed.
   */
  async send(mail: Mail<X>, options: PoolSendOptions<X> = {}): Promise<Outcome<X>> {
    if (this.#closed) throw new ClientError("closed", "the pool was closed");
    const { via, signal, progress } = options;
    this.#sending += 1;
    try {
      const made = prepareMail(mail);
      const prepared = made instanceof Promise ? await made : made;
      for (;;) {
        if (this.#destroyed) throw destroyed();
        const lane = this.#lane(via);
        const taken = lane.take(signal);
        const { channel, fresh } = taken instanceof Promise ? await taken : taken;
        const before = channel.session.replies;
        // A connection that idled may have been dead before anything of the message was answered: then once more.
        const again = (): boolean => !fresh && signal?.aborted !== true;
        try {
          const outcome = await channel.send(prepared, { signal, progress });
          if (!foundDead(channel, before) || !again()) return outcome;
        } catch (error) {
          if (!channel.over || !again()) throw error;
        } finally {
          lane.giveBack(channel);
        }
      }
    } finally {
      this.#sending -= 1;
      if (this.#sending === 0) this.#done?.resolve();
    }
  }

  /** Takes no more messages, waits for those that it has, and closes every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#sending > 0) await (this.#done ??= Promise.withResolvers()).promise;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    this.#lanes.clear();
  }

  /** Closes every connection at once; messages that wait are rejected, those under way get their verdicts. */
  destroy(): void {
    this.#closed = true;
    this.#destroyed = true;
    for (const lane of this.#lanes.values()) lane.destroy(destroyed());
    this.#lanes.clear();
  }

  #lane(via: Omit<ConnectOptions<X>, "signal" | "observe"> | undefined): Lane<X> {
    const options: ConnectOptions<X> = via === undefined ? this.#options : { ...this.#options, ...via };
    const key = via === undefined ? (this.#ownKey ??= this.#keys.of(options)) : this.#keys.of(options);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane<X> = new Lane((signal) => openChannel<X>({ ...options, signal }, this.#listeners), {
      limits: this.#limits,
      clock: options.clock ?? systemClock,
      emptied: () => void (this.#lanes.get(key) === lane && this.#lanes.delete(key)),
    });
    this.#lanes.set(key, lane);
    return lane;
  }
}

const destroyed = (): ClientError => new ClientError("closed", "the pool was destroyed");

/** Whether a connection turned out to be over without a word about the message, or with 421 as its only word. */
const foundDead = <X extends Extensions>({ over, opened, failure, session }: Channel<X>, before: number): boolean => {
  if (!over || opened || failure === undefined) return false;
  if (failure.code === "connection-lost") return session.replies === before;
  return failure.code === "service-closing" && session.replies === before + 1;
};

/**
 * Makes a pool. It opens connections when there are messages, and none before.
 *
 * @throws ClientError `bad-option`.
 * @example
 * const pool = createPool({ host: "mail.example", port: 587, credentials: { name, password }, max: 3 });
 * const outcomes = await Promise.all(mails.map((mail) => pool.send(mail)));
 * await pool.close();
 */
export const createPool = <const X extends Extensions = StandardExtensions>(options: PoolOptions<X> = {}): Pool<X> =>
  new Pool(options);
