/**
 * The server: listeners, the connections that they accept, and the one sweep that keeps their times. Whoever may not
 * come in is told so and let go; accepting never stops.
 */
import type { Socket } from "node:net";
import { type Extensions, LocalProtocolError, specOf } from "@posthorn/contract";
import { systemClock } from "@posthorn/node";
import { compose, type Composition, ServerSession, without } from "@posthorn/session";
import { addressKey, isLoopback, plainAddress } from "./address.ts";
import { Admission } from "./admission.ts";
import { Connection } from "./connection.ts";
import { limitsWith, sessionLimits } from "./limits.ts";
import { type Listener, type Listening, type Open, open } from "./listen.ts";
import { type Observation, Observers } from "./observation.ts";
import type { ServerOptions } from "./options.ts";
import { Peer } from "./peer.ts";
import { shareReadBuffer } from "./read-buffer.ts";
import { Refusals } from "./refusals.ts";
import type { Endpoint } from "./session.ts";
import { Chores, type Host, type Shared } from "./shared.ts";
import { Terminator, type TlsSource } from "./tls.ts";
import { NextTurn } from "./turn.ts";

/** Milliseconds between two looks at the clock. */
const SWEEP = 1000;

/** How long messages that flow may go on after `close`, in milliseconds. */
const GRACE = 30_000;

/** An SMTP or LMTP server. Make it with `createServer`. */
export interface Server<X extends Extensions = Extensions> {
  /**
   * Binds all listeners, in their order, and accepts.
   * @throws ListenError naming the first that cannot listen; then none does
   * @throws LocalProtocolError `already-listening`
   */
  listen(): Promise<readonly Listening[]>;
  /**
   * Stops: no new connections; the idle are told 421; what flows may finish within `grace` milliseconds (30,000 if not
   * given), then it is cut. Resolves when no socket and no timer is left, every `closed` has been told, and every sink
   * that was told to abort has done so.
   */
  close(options?: { readonly grace?: number }): Promise<void>;
  /**
   * Replaces certificates: new handshakes use these.
   * @throws LocalProtocolError `bad-certificate`, and the old ones stay
   */
  replaceTls(source: TlsSource): void;
  /** Attaches a listener of observations; the result detaches it. Sessions tell of their commands if it was there when they began. */
  observe(listener: (event: Observation<X>) => void): () => void;
  /** Connections now. */
  readonly connections: number;
}

type Compositions<X extends Extensions> = ReadonlyMap<Listener, Composition<X>>;

const kindOf = ({ role, tls }: Pick<Listener, "role" | "tls">): string =>
  `${role === "lmtp" ? "lmtp" : "smtp"}${tls === "starttls" ? "+starttls" : ""}`;

/** The composition of each listener, one for each kind: STARTTLS stands only where it can be had. */
const compositionsOf = <X extends Extensions>(options: ServerOptions<X>): Compositions<X> => {
  const { listeners, lineEndings = "strict", maxLine } = options;
  const all: Extensions = options.extensions;
  const made = new Map<string, Composition<X>>();
  // The first is for nobody: what cannot be composed is told also where nobody listens yet.
  for (const listener of [{ role: "exchanger", tls: "starttls" } as const, ...listeners]) {
    const kind = kindOf(listener);
    if (made.has(kind)) continue;
    const extensions: Extensions = listener.tls === "starttls" ? all : without(all, ["STARTTLS"]);
    const composition = compose(extensions, {
      protocol: listener.role === "lmtp" ? "lmtp" : "smtp",
      lineEndings,
      ...(maxLine === undefined ? {} : { maxLine }),
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without STARTTLS the tuple is a part of X: parameters are optional anyhow, and it has no state
    made.set(kind, composition as Composition<X>);
  }
  const found = new Map<Listener, Composition<X>>();
  for (const listener of listeners) {
    const composition = made.get(kindOf(listener));
    if (composition !== undefined) found.set(listener, composition);
  }
  return found;
};

const check = <X extends Extensions>(options: ServerOptions<X>): void => {
  const { listeners, tls, extensions } = options;
  const all: Extensions = extensions;
  if (tls === undefined && listeners.some((listener) => listener.tls !== "none"))
    throw new LocalProtocolError("no-certificate", "a listener with TLS needs the option tls");
  const proves = all.some((extension) => specOf(extension).server?.facts?.["authenticated"] !== undefined);
  if (!proves && listeners.some(({ role }) => role === "submission"))
    throw new LocalProtocolError(
      "no-authentication",
      "a submission listener needs AUTH among its extensions",
      "RFC 6409 §4.3",
    );
};

class NodeServer<X extends Extensions> implements Server<X>, Host<Connection<X>> {
  readonly #shared: Shared<X>;
  readonly #listeners: readonly Listener[];
  readonly #exempt: (address: string) => boolean;
  readonly #stressed: () => boolean;
  readonly #sharesReads: boolean;
  /**
   * In no order; each knows its place. A Set makes its table anew every few dozen connections, and each old table holds
   * the next: one that has grown old in V8's eyes kept all that came after it (2.2 KB a connection outlived a scavenge; 1.1 so).
   */
  readonly #connections: Connection<X>[] = [];
  readonly #refusals = new Refusals();
  #open: Promise<readonly Open[]> | undefined = undefined;
  #stopSweep: (() => void) | undefined = undefined;
  #killAt: number | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;
  /** Called when the last connection is gone. */
  #empty: () => void = () => undefined;

  constructor(options: ServerOptions<X>) {
    const { hostname, hooks = {}, tls, clock = systemClock, observe } = options;
    check(options);
    const limits = limitsWith(options.limits ?? {});
    const compositions = compositionsOf(options);
    const observers = new Observers<X>();
    if (observe !== undefined) observers.add(observe);
    void new ServerSession(compose([], {}), { hostname }); // checks the name
    this.#listeners = options.listeners;
    this.#exempt = options.exempt ?? isLoopback;
    this.#sharesReads = options.sharedReadBuffer ?? false;
    this.#stressed = options.stressed ?? (() => false);
    this.#shared = {
      hostname,
      hooks,
      limits,
      sessionLimits: sessionLimits(limits),
      clock,
      observers,
      admission: new Admission(limits),
      chores: new Chores(),
      nextTurn: new NextTurn(),
      submissionInClear: options.submissionInClear ?? false,
      refuseEarlyTalk: options.earlyTalk === "refuse",
      compositionFor(listener) {
        const composition = compositions.get(listener);
        if (composition === undefined) throw new RangeError("a listener without a composition");
        return composition;
      },
      swept: 0,
      terminator: tls === undefined ? undefined : new Terminator(tls),
    };
  }

  get connections(): number {
    return this.#connections.length;
  }

  observe(listener: (event: Observation<X>) => void): () => void {
    return this.#shared.observers.add(listener);
  }

  replaceTls(source: TlsSource): void {
    this.#shared.terminator = new Terminator(source);
  }

  async listen(): Promise<readonly Listening[]> {
    if (this.#open !== undefined) throw new LocalProtocolError("already-listening", "the server listens already");
    this.#open = this.#openAll();
    const opened = await this.#open;
    return opened.map(listeningOf);
  }

  async #openAll(): Promise<readonly Open[]> {
    const { observers, clock } = this.#shared;
    this.#shared.swept = clock.now();
    const opened: Open[] = [];
    try {
      for (const listener of this.#listeners) {
        let local: Endpoint | undefined;
        const one = await open(listener, (socket) => this.#accept(socket, listener, local));
        local = only(one);
        const shares = this.#sharesReads && listener.tls !== "implicit" && shareReadBuffer(one.server);
        opened.push(shares ? { ...one, sharedReadBuffer: true } : one);
        // EMFILE and the like: somebody could not come in, others can.
        one.server.on("error", (error) => {
          if (observers.some) observers.tell({ type: "accept-error", error });
        });
      }
    } catch (error) {
      this.#open = undefined;
      await Promise.all(opened.map(closeOpen));
      throw error;
    }
    this.#stopSweep = clock.every(SWEEP, () => this.#sweep());
    return opened;
  }

  close({ grace = GRACE }: { readonly grace?: number } = {}): Promise<void> {
    const opened = this.#open;
    if (opened === undefined) return Promise.resolve();
    this.#closing ??= this.#finish(opened);
    this.#killAt = Math.min(this.#killAt ?? Infinity, this.#shared.clock.now() + grace);
    if (grace <= 0) this.#kill();
    return this.#closing;
  }

  async #finish(opening: Promise<readonly Open[]>): Promise<void> {
    // Where it has not begun to listen yet, it is closed when it has; where it cannot, `listen` has closed it.
    const listeners = (await opening.catch(() => [])).map(closeOpen);
    for (const connection of this.#connections) connection.retire();
    this.#refusals.clear();
    await Promise.all(listeners);
    // A socket's handle is gone a little before the socket says so.
    if (this.#connections.length > 0) await new Promise<void>((resolve) => (this.#empty = resolve));
    await this.#shared.chores.done();
    this.#stopSweep?.();
  }

  /** `known` is the address that all connections of the listener come to, where it has only one. */
  #accept(socket: Socket, listener: Listener, known: Endpoint | undefined): void {
    const { admission, clock, observers } = this.#shared;
    const remote = endpoint(socket.remoteAddress, socket.remotePort);
    if (this.#closing !== undefined || (remote.address === "" && "port" in listener)) {
      socket.on("error", () => undefined); // the peer has left before it was looked at, or we have
      socket.destroy();
      return;
    }
    const key = this.#exempt(remote.address) ? undefined : addressKey(remote.address);
    const limit = key === undefined ? undefined : admission.enter(key, clock.now());
    if (limit !== undefined) {
      if (observers.some) observers.tell({ type: "refused", remote, limit });
      this.#refusals.refuse(socket, listener.tls !== "implicit");
      return;
    }
    const local = known ?? endpoint(socket.localAddress, socket.localPort);
    const connection = new Connection(this.#shared, socket, new Peer(listener, remote, local, key), this);
    connection.place = this.#connections.push(connection) - 1;
    connection.start();
  }

  left(connection: Connection<X>): void {
    const { key } = connection.peer;
    const last = this.#connections.pop();
    if (last !== undefined && last !== connection) {
      this.#connections[connection.place] = last;
      last.place = connection.place;
    }
    if (this.#connections.length === 0) this.#empty();
    if (key !== undefined) this.#shared.admission.leave(key);
  }

  #sweep(): void {
    const { admission, clock } = this.#shared;
    const now = (this.#shared.swept = clock.now());
    this.#refusals.sweep();
    admission.sweep(now);
    if (this.#killAt !== undefined && now >= this.#killAt) this.#kill();
    const stressed = admission.stressed || this.#stressed();
    for (const connection of this.#connections) connection.sweep(now, stressed);
  }

  #kill(): void {
    for (const connection of this.#connections) connection.kill();
  }
}

const endpoint = (address: string | undefined, port: number | undefined): Endpoint => ({
  address: plainAddress(address ?? ""),
  port: port ?? 0,
});

/** The address of a listener that listens on one: nobody need be asked for it, nor remember it, for each connection. */
const only = ({ listener, host, port }: Open): Endpoint | undefined =>
  "port" in listener && host !== "0.0.0.0" && host !== "::" ? { address: plainAddress(host), port } : undefined;

const listeningOf = ({ listener, host, port, sharedReadBuffer = false }: Open): Listening => ({
  listener,
  host,
  port,
  sharedReadBuffer,
});

const closeOpen = ({ server }: Open): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));

/**
 * Makes a server. It listens when `listen` is called.
 *
 * @throws CompositionError where the extensions cannot stand together
 * @throws LocalProtocolError `bad-hostname`, `unknown-limit`, `bad-limit`, `no-certificate`, `bad-certificate`,
 * `no-authentication`
 * @example
 * const server = createServer({
 *   hostname: "mx.example.org",
 *   extensions: standardServer({ maxSize: 26_214_400 }),
 *   listeners: [{ role: "exchanger", tls: "none", port: 2525 }],
 *   hooks: { recipient: ({ path }) => (known(path) ? undefined : reply(550, "5.1.1", "No such mailbox")) },
 * });
 * await server.listen();
 */
export const createServer = <const X extends Extensions>(options: ServerOptions<X>): Server<X> =>
  new NodeServer(options);
