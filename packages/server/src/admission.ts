/**
 * Who may come in: connections in all and by address, and rates by address. One entry an address, for as long as it is
 * connected or its minute runs; the sweep takes the others away, so that addresses cannot make memory grow.
 */
import type { Limits } from "./limits.ts";

/** The unit of rates, in milliseconds. */
const MINUTE = 60_000;

/** What is counted for each minute. */
export type Rated = "connectionRate" | "authRate" | "messageRate";

interface Entry {
  active: number;
  since: number;
  connectionRate: number;
  authRate: number;
  messageRate: number;
}

/** The books of a server. */
export class Admission {
  /** Connections that count, now. */
  active = 0;
  readonly #limits: Limits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Addresses that are remembered. */
  get addresses(): number {
    return this.#entries.size;
  }

  /** Whether four fifths of all connections are taken. */
  get stressed(): boolean {
    return this.active > this.#limits.total * 0.8;
  }

  /** Lets one connection in, or names the limit that forbids it. */
  enter(key: string, now: number): "total" | "perAddress" | "connectionRate" | undefined {
    const { total, perAddress } = this.#limits;
    if (this.over(key, "connectionRate", now)) return "connectionRate";
    this.count(key, "connectionRate", now);
    if (this.active >= total) return "total";
    const entry = this.#entry(key, now);
    if (entry.active >= perAddress) return "perAddress";
    this.active += 1;
    entry.active += 1;
    return undefined;
  }

  /** A connection that was let in has ended. */
  leave(key: string): void {
    this.active -= 1;
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.active -= 1;
  }

  /** Whether one more would be too many in this minute. */
  over(key: string, rate: Rated, now: number): boolean {
    return this.#entry(key, now)[rate] >= this.#limits[rate];
  }

  /** Counts one. */
  count(key: string, rate: Rated, now: number): void {
    this.#entry(key, now)[rate] += 1;
  }

  /** Forgets addresses that nobody is connected from, and whose minute is over. */
  sweep(now: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.active === 0 && now - entry.since >= MINUTE) this.#entries.delete(key);
    }
  }

  #entry(key: string, now: number): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { active: 0, since: now, connectionRate: 0, authRate: 0, messageRate: 0 };
      this.#entries.set(key, entry);
    } else if (now - entry.since >= MINUTE) {
      entry.since = now;
      entry.connectionRate = 0;
      entry.authRate = 0;
      entry.messageRate = 0;
    }
    return entry;
  }
}
