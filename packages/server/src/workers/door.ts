/**
 * The door of a server with workers, in the first process: it alone accepts, so that it alone decides who may come in,
 * at once and by one book, whatever the number of workers. Who may is handed to a worker; who may not never gets there.
 *
 * An address that is counted is at home at one worker, for as long as it is connected and a minute more: what is counted
 * by address within sessions (authentications, transactions) is thus counted in one place too, and a flood of one
 * address burdens one worker. Who is exempt goes where the fewest connections are, as does who has no home yet.
 */
import type { Socket } from "node:net";
import { addressKey, plainAddress } from "../address.ts";
import { Admission } from "../admission.ts";
import type { Limits } from "../limits.ts";
import type { Observation } from "../observation.ts";
import { Refusals } from "../refusals.ts";
import type { Fed } from "./messages.ts";

/** How long an address keeps its home when its last connection has gone, in milliseconds: a minute of its rates. */
const MINUTE = 60_000;

/** A worker, as the door sees it. */
export interface Seat {
  /** Hands a socket over, which is the worker's from now on. */
  take(id: number, at: number, socket: Socket): void;
}

/** What the door tells of. */
export type Refused = Extract<Observation, { readonly type: "refused" }>;

interface Home {
  readonly seat: Seat;
  active: number;
  /** When the last connection went. */
  left: number;
}

interface Waiting {
  readonly socket: Socket;
  readonly at: number;
  readonly key: string | undefined;
}

/** What a door is made of. */
export interface DoorOptions {
  readonly limits: Limits;
  readonly exempt: (address: string) => boolean;
  readonly listeners: readonly Fed[];
  readonly refused: (event: Refused) => void;
}

/** Lets connections in, and knows where each is. */
export class Door {
  readonly #options: DoorOptions;
  readonly #admission: Admission;
  readonly #refusals = new Refusals();
  /** The workers that are ready, and the connections of each: the keys by which they are counted. */
  readonly #seats = new Map<Seat, Map<number, string | undefined>>();
  readonly #homes = new Map<string, Home>();
  /** Who was let in, and waits for a worker. */
  #waiting: Waiting[] = [];
  #state: "shut" | "open" | "closed" = "shut";
  #ids = 0;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
  }

  /** Connections now, in all workers and before the door. */
  get connections(): number {
    let sum = this.#waiting.length;
    for (const held of this.#seats.values()) sum += held.size;
    return sum;
  }

  /** Whether four fifths of all connections are taken. */
  get stressed(): boolean {
    return this.#admission.stressed;
  }

  /** Addresses that are remembered. */
  get addresses(): number {
    return Math.max(this.#homes.size, this.#admission.addresses);
  }

  /** A paused socket has come to listener `at`. */
  arrive(socket: Socket, at: number, now: number): void {
    const { exempt, listeners, refused } = this.#options;
    const listener = listeners[at];
    const address = plainAddress(socket.remoteAddress ?? "");
    socket.on("error", () => undefined);
    if (listener === undefined || this.#state === "closed" || (address === "" && listener.addressed)) {
      socket.destroy(); // the peer has left before it was looked at, or we have
      return;
    }
    const key = exempt(address) ? undefined : addressKey(address);
    const limit = key === undefined ? undefined : this.#admission.enter(key, now);
    if (limit === undefined) {
      this.#hand({ socket, at, key });
      return;
    }
    refused({ type: "refused", remote: { address, port: socket.remotePort ?? 0 }, limit });
    this.#refusals.refuse(socket, listener.tls !== "implicit");
  }

  /** Lets in who came so far; before that, all wait. */
  open(): void {
    if (this.#state === "shut") this.#state = "open";
    this.#handAll();
  }

  /** A worker is ready. */
  seat(seat: Seat): void {
    this.#seats.set(seat, new Map());
    this.#handAll();
  }

  /** A worker is no more, and with it its connections. How many these were. */
  unseat(seat: Seat, now: number): number {
    const held = this.#seats.get(seat);
    this.#seats.delete(seat);
    for (const key of held?.values() ?? []) this.#release(key, now);
    return held?.size ?? 0;
  }

  /** Connections of a worker have ended. */
  gone(seat: Seat, ids: readonly number[], now: number): void {
    const held = this.#seats.get(seat);
    for (const id of ids) {
      if (held?.has(id) !== true) continue;
      this.#release(held.get(id), now);
      held.delete(id);
    }
  }

  /** Forgets what is over: to be called about once a second. */
  sweep(now: number): void {
    this.#refusals.sweep();
    this.#admission.sweep(now);
    for (const [key, { active, left }] of this.#homes) {
      if (active === 0 && now - left >= MINUTE) this.#homes.delete(key);
    }
  }

  /** Nobody comes in any more; who waits is let go. */
  close(): void {
    this.#state = "closed";
    this.#refusals.clear();
    for (const { socket } of this.#waiting) socket.destroy();
    this.#waiting = [];
  }

  #handAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) this.#hand(one);
  }

  #hand(one: Waiting): void {
    const { socket, at, key } = one;
    const seat = this.#state === "open" ? this.#seatOf(key) : undefined;
    if (seat === undefined) {
      this.#waiting.push(one);
      return;
    }
    const id = this.#ids++;
    this.#seats.get(seat)?.set(id, key);
    if (key !== undefined) this.#settle(key, seat);
    seat.take(id, at, socket);
  }

  #seatOf(key: string | undefined): Seat | undefined {
    const home = key === undefined ? undefined : this.#homes.get(key)?.seat;
    if (home !== undefined && this.#seats.has(home)) return home;
    let best: Seat | undefined;
    let fewest = Infinity;
    for (const [seat, { size }] of this.#seats) {
      if (size >= fewest) continue;
      best = seat;
      fewest = size;
    }
    return best;
  }

  #settle(key: string, seat: Seat): void {
    const home = this.#homes.get(key);
    if (home?.seat === seat) home.active += 1;
    else this.#homes.set(key, { seat, active: 1, left: 0 });
  }

  #release(key: string | undefined, now: number): void {
    if (key === undefined) return;
    this.#admission.leave(key);
    const home = this.#homes.get(key);
    if (home === undefined) return;
    home.active -= 1;
    home.left = now;
  }
}
