/**
 * Both machines, joined in memory: what one sends is cut, carried and received by the other, in turns. Nothing is left
 * to chance or to a clock, so that one run is like the next, and two runs with other cuts and delays can be compared.
 */
import type { Tls } from "@posthorn/contract";
import type { Composition, OutcomeEvent, ServerLimits } from "@posthorn/session";
import { ClientHost, type Delivery } from "./client-host.ts";
import { cycle, joined } from "./octets.ts";
import { type Decide, ServerHost } from "./server-host.ts";

/** How the two are joined. */
export interface LinkOptions {
  /** What the client sends before it says QUIT. */
  readonly deliveries?: readonly Delivery[];
  /** The script of the server's host; accepts everything where not given. */
  readonly decide?: Decide;
  /** Sizes of the pieces in which octets arrive, each way, again and again; whole where not given. */
  readonly splits?: { readonly toServer?: readonly number[]; readonly toClient?: readonly number[] };
  /** Turns that pass before a host answers, each side, again and again; none where not given. */
  readonly delays?: { readonly server?: readonly number[]; readonly client?: readonly number[] };
  /** The server's name; `mx.example.org` where not given. */
  readonly hostname?: string;
  /** Who the client says it is; `client.example` where not given. */
  readonly name?: string;
  /** The TLS layer that the connection begins with. */
  readonly tls?: Tls;
  readonly limits?: Partial<ServerLimits>;
}

/** What happened. */
export interface LinkLog {
  /** What either side told, one entry an event, neighbouring content joined. */
  readonly server: readonly string[];
  readonly client: readonly string[];
  /** All octets, each way. */
  readonly toServer: Uint8Array;
  readonly toClient: Uint8Array;
  /** What became of each message. */
  readonly outcomes: readonly OutcomeEvent[];
}

/** One way of a connection. */
class Pipe {
  readonly #sizes: Iterator<number, never>;
  readonly #all: Uint8Array[] = [];
  #held: Uint8Array[] = [];

  constructor(sizes: readonly number[]) {
    this.#sizes = cycle(sizes, Infinity);
  }

  get empty(): boolean {
    return this.#held.length === 0;
  }

  get all(): Uint8Array {
    return joined(this.#all);
  }

  put(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      const copy = piece.slice();
      this.#all.push(copy);
      this.#held.push(copy.slice());
    }
  }

  /** The next piece, a chunk of its own; `undefined` where nothing is under way. */
  get(): Uint8Array | undefined {
    if (this.empty) return undefined;
    const size = Math.max(1, this.#sizes.next().value);
    const whole = joined(this.#held);
    this.#held = whole.length > size ? [whole.slice(size)] : [];
    return whole.slice(0, size);
  }
}

/** Octets and questions that a connection may take before it counts as stuck. */
const TURNS = 1_000_000;

const carry = (pipe: Pipe, to: ServerHost | ClientHost): boolean => {
  const piece = pipe.get();
  if (piece === undefined) return false;
  to.receive(piece);
  return true;
};

/** Whether both sides may be made secure: nothing is under way between them. */
const ready = (server: ServerHost, client: ClientHost, pipes: readonly Pipe[]): boolean =>
  server.upgrading && client.upgrading && !client.closed && pipes.every((pipe) => pipe.empty);

/**
 * Lets a client talk to a server until both are done.
 *
 * @throws Error where they do not come to rest.
 * @example
 * const { outcomes } = link(compose([size({ max: 1000 })]), compose([size()]), { deliveries: [{ message, content }] });
 */
export const link = (server: Composition, client: Composition, options: LinkOptions = {}): LinkLog => {
  const { splits = {}, delays = {}, deliveries, decide, hostname, name, tls, limits } = options;
  const secure = tls === undefined ? {} : { tls };
  const there = new ServerHost(server, {
    ...secure,
    ...(decide === undefined ? {} : { decide }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(limits === undefined ? {} : { limits }),
    delays: delays.server ?? [],
  });
  const here = new ClientHost(client, {
    ...secure,
    ...(deliveries === undefined ? {} : { deliveries }),
    ...(name === undefined ? {} : { name }),
    delays: delays.client ?? [],
  });
  const toServer = new Pipe(splits.toServer ?? []);
  const toClient = new Pipe(splits.toClient ?? []);
  for (let turn = 0, ended = 0; ended < 2; turn++) {
    if (turn > TURNS) throw new Error("the two sides of the link do not come to rest");
    toServer.put(here.take());
    toClient.put(there.take());
    const moved = [there.turn(), here.turn(), carry(toServer, there), carry(toClient, here)].includes(true);
    if (ready(there, here, [toServer, toClient])) {
      there.upgrade();
      here.upgrade();
    } else if (!moved && toServer.empty && toClient.empty && !there.busy && !here.busy) {
      // Whoever is left hears the end of the stream, and may have a last word.
      ended += 1;
      if (!there.closed) there.receive(null);
      if (!here.closed) here.receive(null);
    }
  }
  return {
    server: there.log,
    client: here.log,
    toServer: toServer.all,
    toClient: toClient.all,
    outcomes: here.outcomes,
  };
};
