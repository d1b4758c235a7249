/**
 * Tickets by which TLS sessions are resumed (RFC 8446 §2.2, RFC 5077), each with what was proved of the server when its
 * session began: a handshake that resumes shows nothing anew. Those of TLS 1.3 are taken once (RFC 8446 §C.4). They are
 * bounded in number, size and age, and what was met longest ago goes first.
 */
import type { X509Certificate } from "node:crypto";
import type { Clock } from "@posthorn/node";

/** What was proved of a server by a full handshake; every session that goes back to it has the same. */
export interface Proof {
  /** The server's certificate: a handshake that resumes does not show it. */
  readonly certificate: X509Certificate;
  /** Whether authorities and the name spoke for it. */
  readonly authorized: boolean;
  /** Why not, as Node says it on the socket. */
  readonly reason: unknown;
  /** When it is worth nothing any more, by the clock of the tickets. Sessions that were resumed do not put it off. */
  readonly until: number;
}

/** A session that can be resumed. */
export interface Ticket {
  /** As Node hands it out: its secret, and the server's certificate. */
  readonly session: Buffer;
  /** Whether it is good for one handshake only. */
  readonly once: boolean;
  readonly proof: Proof;
}

/** Milliseconds for which something that was proved is believed; RFC 8446 §4.6.1 allows seven days. */
export const PROOF_MS = 3_600_000;
/** Milliseconds for which no ticket is shown to a server that broke off when it was shown one. */
const REFUSED_MS = 600_000;
/** Octets of a session; the largest part is the certificate. */
const SESSION_OCTETS = 8192;
/** Tickets for the same: as many as are good for a pool's connections that are opened at once. */
const ALIKE = 8;
const TICKETS = 512;
const SHELVES = 512;

interface Shelf {
  /** The newest is the last, and taken first. */
  tickets: Ticket[];
  /** No ticket is kept before. */
  refusedUntil: number;
}

/** Tickets by a key of everything that they depend on. */
export class Tickets {
  readonly #clock: Clock;
  /** What was used last is behind. */
  readonly #shelves: Map<string, Shelf> = new Map();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#count;
  }

  /** The time by which `Proof.until` is meant. */
  now(): number {
    return this.#clock.now();
  }

  /** A ticket to begin a handshake with; one that is good once is taken away. */
  take(key: string): Ticket | undefined {
    const shelf = this.#shelves.get(key);
    if (shelf === undefined) return undefined;
    const now = this.now();
    const good = shelf.tickets.filter(({ proof }) => now < proof.until);
    this.#count -= shelf.tickets.length - good.length;
    shelf.tickets = good;
    const ticket = good.at(-1);
    if (ticket?.once === true) {
      good.pop();
      this.#count -= 1;
    }
    this.#shelves.delete(key);
    if (good.length > 0 || now < shelf.refusedUntil) this.#shelves.set(key, shelf);
    return ticket;
  }

  /** Keeps a ticket. One that is good more than once takes the place of those before. */
  keep(key: string, ticket: Ticket): void {
    const { session, once, proof } = ticket;
    const now = this.now();
    const shelf = this.#shelves.get(key) ?? { tickets: [], refusedUntil: now };
    if (session.length > SESSION_OCTETS || !(now < proof.until) || now < shelf.refusedUntil) return;
    const before = shelf.tickets.length;
    const others = once ? shelf.tickets.filter((other) => other.once).slice(1 - ALIKE) : [];
    shelf.tickets = [...others, ticket];
    this.#count += shelf.tickets.length - before;
    this.#putLast(key, shelf);
  }

  /** This server cannot stand tickets: there are none for it for a while. */
  refuse(key: string): void {
    this.#count -= this.#shelves.get(key)?.tickets.length ?? 0;
    this.#putLast(key, { tickets: [], refusedUntil: this.now() + REFUSED_MS });
  }

  #putLast(key: string, shelf: Shelf): void {
    this.#shelves.delete(key);
    this.#shelves.set(key, shelf);
    for (const [oldest, { tickets }] of this.#shelves) {
      if (this.#count <= TICKETS && this.#shelves.size <= SHELVES) return;
      this.#shelves.delete(oldest);
      this.#count -= tickets.length;
    }
  }
}
