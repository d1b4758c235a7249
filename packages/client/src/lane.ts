/**
 * The connections of a pool that are alike, and who waits for one: first come, first served. A connection is idle, in
 * use, or being opened; one that died while it was idle leaves by itself.
 */
import type { Clock } from "@posthorn/node";
import type { Extensions } from "@posthorn/contract";
import type { Channel } from "./channel.ts";
import { abortedBy } from "./abort.ts";
import { Queue } from "./queue.ts";

/** Bounds on a lane. */
export interface LaneLimits {
  /** Connections at once. */
  readonly max: number;
  /** Milliseconds after which a connection that nobody needs is closed. */
  readonly idle: number;
  /** Messages over one connection. */
  readonly perConnection: number;
}

/** A connection that was lent. */
export interface Loan<X extends Extensions> {
  readonly channel: Channel<X>;
  /** Whether it was opened for this loan, and not taken up from idling. */
  readonly fresh: boolean;
}

interface Waiter<X extends Extensions> {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (loan: Loan<X>) => void;
  readonly reject: (error: unknown) => void;
}

interface Idle<X extends Extensions> {
  readonly channel: Channel<X>;
  readonly since: number;
  /** Whether it keeps the process alive no more; `undefined` once it was lent again. */
  rests: boolean | undefined;
}

/** Connections that are alike. */
export class Lane<X extends Extensions> {
  readonly #open: (signal: AbortSignal | undefined) => Promise<Channel<X>>;
  readonly #limits: LaneLimits;
  readonly #clock: Clock;
  readonly #emptied: () => void;
  readonly #waiters: Queue<Waiter<X>> = new Queue();
  /** How many messages went over each connection that stands. */
  readonly #used: Map<Channel<X>, number> = new Map();
  readonly #leaving: Set<Promise<void>> = new Set();
  #idle: Idle<X>[] = [];
  /** Connections that became idle in this turn of the loop. */
  #tired: Idle<X>[] = [];
  /** Connections in use or being opened. */
  #busy = 0;
  #sweep: (() => void) | undefined = undefined;
  #closing: (() => void) | undefined = undefined;
  /** Ends what is being opened when the lane is destroyed. */
  readonly #gone: AbortController = new AbortController();

  constructor(
    open: (signal: AbortSignal | undefined) => Promise<Channel<X>>,
    how: {
      readonly limits: LaneLimits;
      readonly clock: Clock;
      /** Called when nobody uses the lane and nobody waits. */
      readonly emptied: () => void;
    },
  ) {
    this.#open = open;
    this.#limits = how.limits;
    this.#clock = how.clock;
    this.#emptied = how.emptied;
  }

  /** Connections that there are, and that are being opened. */
  get size(): number {
    return this.#busy + this.#idle.length;
  }

  /** Lends a connection, at once if one is idle; `giveBack` must follow. @throws what `connect` throws. */
  take(signal: AbortSignal | undefined): Loan<X> | Promise<Loan<X>> {
    const idle = this.#waiters.first === undefined && signal?.aborted !== true ? this.#takeIdle() : undefined;
    if (idle === undefined) return this.#wait(signal);
    this.#busy += 1;
    return { channel: idle, fresh: false };
  }

  #wait(signal: AbortSignal | undefined): Promise<Loan<X>> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<X> = {
        signal,
        resolve: (loan) => {
          signal?.removeEventListener("abort", gone);
          resolve(loan);
        },
        reject: (error) => {
          signal?.removeEventListener("abort", gone);
          reject(error);
        },
      };
      const place = this.#waiters.add(waiter);
      const gone = (): void => {
        if (signal !== undefined && this.#waiters.leave(place)) waiter.reject(abortedBy(signal));
      };
      signal?.addEventListener("abort", gone, { once: true });
      this.#serve();
    });
  }

  /** Takes a connection back. */
  giveBack(channel: Channel<X>): void {
    const used = (this.#used.get(channel) ?? 0) + 1;
    this.#busy -= 1;
    if (channel.usable && used < this.#limits.perConnection) {
      this.#used.set(channel, used);
      this.#idles(channel);
    } else this.#retire(channel);
    this.#serve();
  }

  /** Waits until everybody who waits was served, then closes what is left. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.#serve();
    });
    await Promise.all(this.#leaving);
  }

  /** Closes everything at once; who waits is told `error`. */
  destroy(error: unknown): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) waiter.reject(error);
    for (const channel of this.#used.keys()) channel.destroy();
    this.#gone.abort(error);
    this.#rest();
  }

  #serve(): void {
    while (this.#waiters.first !== undefined) {
      const idle = this.#takeIdle();
      if (idle === undefined && this.size >= this.#limits.max) return;
      const waiter = this.#waiters.shift();
      this.#busy += 1;
      if (waiter === undefined) return;
      if (idle === undefined) void this.#openFor(waiter);
      else waiter.resolve({ channel: idle, fresh: false });
    }
    if (this.#closing === undefined || this.#busy > 0) return;
    for (let idle = this.#takeIdle(); idle !== undefined; idle = this.#takeIdle()) this.#retire(idle);
    this.#rest();
    this.#closing();
  }

  /** The connection that was used last: the others may grow old. */
  #takeIdle(): Channel<X> | undefined {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      const { channel, rests } = last;
      last.rests = undefined;
      if (channel.usable) {
        if (rests === true) channel.driver.keepAlive(true);
        return channel;
      }
      this.#retire(channel);
    }
    return undefined;
  }

  /** A connection keeps the process alive until it has been idle for a turn of the loop: nothing is done between two messages. */
  #idles(channel: Channel<X>): void {
    const idle: Idle<X> = { channel, since: this.#clock.now(), rests: false };
    this.#idle.push(idle);
    if (this.#tired.push(idle) === 1) setImmediate(() => this.#lieDown());
    this.#watch();
  }

  #lieDown(): void {
    for (const idle of this.#tired.splice(0)) {
      if (idle.rests !== false) continue;
      idle.rests = true;
      idle.channel.driver.keepAlive(false);
    }
  }

  async #openFor(waiter: Waiter<X>): Promise<void> {
    const gone = this.#gone.signal;
    try {
      const channel = await this.#open(waiter.signal === undefined ? gone : AbortSignal.any([waiter.signal, gone]));
      if (gone.aborted) {
        channel.destroy();
        throw gone.reason;
      }
      this.#used.set(channel, 0);
      void this.#mourn(channel);
      waiter.resolve({ channel, fresh: true });
    } catch (error) {
      this.#busy -= 1;
      waiter.reject(gone.aborted ? gone.reason : error);
      this.#serve();
      this.#check();
    }
  }

  #check(): void {
    if (this.size === 0 && this.#waiters.first === undefined) this.#emptied();
  }

  /** A connection that dies while it is idle is forgotten. */
  async #mourn(channel: Channel<X>): Promise<void> {
    await channel.closed;
    this.#used.delete(channel);
    const before = this.#idle.length;
    this.#idle = this.#idle.filter((idle) => idle.channel !== channel);
    if (before > 0 && this.#idle.length === 0) this.#rest();
    this.#check();
  }

  /** Says QUIT, and lets nobody wait for it but `close`. */
  #retire(channel: Channel<X>): void {
    const left = channel.quit().finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  /** Looks now and then which connections nobody has needed for long. */
  #watch(): void {
    const { idle } = this.#limits;
    this.#sweep ??= this.#clock.every(Math.min(1000, Math.max(1, idle / 4)), () => {
      const now = this.#clock.now();
      const old = this.#idle.filter(({ since }) => now - since >= idle);
      this.#idle = this.#idle.filter(({ since }) => now - since < idle);
      for (const { channel } of old) this.#retire(channel);
      if (this.#idle.length === 0) this.#rest();
    });
  }

  #rest(): void {
    this.#sweep?.();
    this.#sweep = undefined;
  }
}
