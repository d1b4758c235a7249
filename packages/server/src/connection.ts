/**
 * One connection: a socket, TLS where it comes to that, and the driver of its session. Each chunk is worked off at
 * once, and all that was said leaves in one write. Reading stops while replies are not taken off, while they are held
 * back, and while too much waits behind a hook.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Extensions, Reply, Tls } from "@posthorn/contract";
import { ServerSession } from "@posthorn/session";
import { Driver } from "./driver.ts";
import type { Listener } from "./listen.ts";
import type { CloseReason } from "./observation.ts";
import type { Peer } from "./seen.ts";
import { GONE, type Shared, SHUTDOWN, TOO_OLD, TOO_SLOW } from "./shared.ts";
import { Times } from "./times.ts";

/** One connection. */
export class Connection<X extends Extensions> {
  readonly #shared: Shared<X>;
  readonly #listener: Listener;
  readonly #peer: Peer;
  readonly #times: Times;
  readonly #ended: () => void;
  #socket: Socket;
  #driver: Driver<X> | undefined = undefined;
  #reason: CloseReason | undefined = undefined;
  #handshaking = false;
  /** Replies wait to be taken off. */
  #congested = false;
  #paused = false;
  #pumping = false;
  /** The server is shutting down. */
  #draining = false;
  #peerEnded = false;
  #over = false;
  #received = 0;
  #sent = 0;

  constructor(shared: Shared<X>, socket: Socket, listener: Listener, peer: Peer, ended: () => void) {
    this.#shared = shared;
    this.#socket = socket;
    this.#listener = listener;
    this.#peer = peer;
    this.#ended = ended;
    this.#times = new Times(shared.limits, shared.clock);
    this.#guard(socket);
  }

  /** Begins: with the handshake where TLS comes first, else with the greeting. */
  start(): void {
    const { observers } = this.#shared;
    const { id, role, remote, local } = this.#peer;
    const { tls } = this.#listener;
    if (observers.some) observers.tell({ type: "connection", session: id, role, remote, local, tls });
    if (tls === "implicit") this.#secure();
    else this.#greet(undefined);
  }

  /** Does what is due at this time. */
  sweep(now: number, stressed: boolean): void {
    const driver = this.#driver;
    if (!this.#times.closing) driver?.asking.sweep(now);
    const due = this.#times.due(now, {
      stressed,
      handshaking: this.#handshaking,
      receiving: driver?.delivery.active === true,
      waiting: driver?.asking.open === true,
      idle: driver?.idle === true,
      undrained: this.#socket.writableLength,
    });
    if (due === "destroy") this.destroy("timeout");
    else if (due === "slow") this.#abort(TOO_SLOW, "timeout");
    else if (due === "old") this.#abort(TOO_OLD, "timeout");
    else if (due === "release" && driver !== undefined) {
      this.#times.release();
      this.#flush(driver);
      this.#run();
    }
  }

  /** The server is shutting down: ends at once where nothing is going on, else as soon as that is done. */
  drain(): void {
    this.#draining = true;
    if (this.#handshaking) this.destroy("shutdown");
    else if (this.#driver?.idle === true) this.#abort(SHUTDOWN, "shutdown");
  }

  /** Ends it now; a session is told so first. */
  kill(): void {
    if (!this.#times.closing && !this.#handshaking) this.#abort(SHUTDOWN, "shutdown");
    this.destroy("shutdown");
  }

  /** Lets the socket go, whatever is on it. */
  destroy(reason: CloseReason): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }

  /** Whether nothing may be read from it or said on it any more. */
  get #done(): boolean {
    return this.#over || this.#times.closing;
  }

  #guard(socket: Socket): void {
    socket.on("error", (error) => this.#failed(error));
    socket.on("close", () => this.#gone());
  }

  #greet(tls: Tls | undefined): void {
    const { hostname, limits, observers, refuseEarlyTalk } = this.#shared;
    const session = new ServerSession(this.#shared.compositionFor(this.#listener), {
      hostname,
      limits,
      observe: observers.some,
      ...(tls === undefined ? {} : { tls }),
    });
    this.#driver = new Driver(this.#shared, session, this.#peer, () => this.#run(), this.#broken);
    this.#times.replied();
    if (refuseEarlyTalk && this.#peer.key !== undefined) this.#times.hold(limits.greeting);
    this.#listen();
    this.#run();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on("data", (chunk: Buffer) => this.#data(chunk));
    socket.on("end", () => this.#end());
    socket.on("drain", () => {
      this.#congested = false;
      this.#times.drained();
      this.#run();
    });
  }

  #data(chunk: Buffer): void {
    const driver = this.#driver;
    if (driver === undefined || this.#done) return;
    this.#received += chunk.length;
    if (driver.delivery.active) this.#times.flowed(chunk.length);
    driver.receive(chunk);
    this.#run();
  }

  /** The peer has closed its side; what it sent before is answered still (Exim: QUIT and FIN in one segment). */
  #end(): void {
    this.#peerEnded = true;
    if (this.#done) return;
    this.#driver?.receive(null);
    this.#run();
  }

  /** A mistake of our own ends this connection, and no other. */
  readonly #broken = (error: unknown): void => {
    const { observers } = this.#shared;
    if (observers.some) observers.tell({ type: "error", session: this.#peer.id, where: "server", error });
    this.destroy("error");
  };

  #run(): void {
    const driver = this.#driver;
    if (driver === undefined || this.#pumping || this.#done || this.#handshaking) return;
    this.#pumping = true;
    try {
      this.#work(driver);
    } catch (error) {
      this.#broken(error);
    } finally {
      this.#pumping = false;
    }
    if (driver.closed && !this.#times.held) this.#finish(driver);
    else if (this.#draining && driver.idle) this.#abort(SHUTDOWN, "shutdown");
    else this.#gate(driver);
  }

  /** Works off what was received, and sends what was said. */
  #work(driver: Driver<X>): void {
    for (let more = true; more && !this.#times.held && !this.#congested;) {
      more = driver.pump();
      const { rest } = driver.penalties;
      driver.penalties.rest = 0;
      if (rest > 0 && !driver.closed) this.#times.hold(rest);
      else if (driver.upgrading) this.#upgrade(driver);
      else if (driver.asking.open) this.#flushSoon(driver);
      else this.#flush(driver);
    }
  }

  #flush(driver: Driver<X>): void {
    const octets = driver.take();
    const { asking } = driver;
    this.#times.waited(asking.waited);
    asking.waited = 0;
    if (octets === undefined) return;
    this.#times.replied();
    this.#sent += octets.length;
    if (this.#socket.writable && !this.#socket.write(octets)) this.#congested = true;
  }

  /** A hook is waited for. Many promises settle within a few microtasks: then one write is enough. */
  #flushSoon(driver: Driver<X>): void {
    queueMicrotask(() => {
      if (!driver.asking.open) return;
      setImmediate(() => {
        if (driver.asking.open && !this.#times.held && !this.#done) this.#flush(driver);
      });
    });
  }

  /** Reads or does not. */
  #gate(driver: Driver<X>): void {
    if (this.#done || this.#handshaking) return;
    const waits = driver.asking.open || this.#times.held;
    const stop = this.#congested || (waits && driver.buffered >= this.#shared.limits.buffer);
    if (stop === this.#paused) return;
    this.#paused = stop;
    if (stop) this.#socket.pause();
    else this.#socket.resume();
  }

  #abort(said: Reply, reason: CloseReason): void {
    const driver = this.#driver;
    if (driver === undefined || driver.closed || this.#done) return;
    this.#reason ??= reason;
    this.#times.release();
    driver.abort(said);
    this.#finish(driver);
  }

  /** The session is over: the last replies leave, then our side is closed. */
  #finish(driver: Driver<X>): void {
    if (this.#done) return;
    this.#flush(driver);
    this.#reason ??= driver.watch.reason ?? (this.#peerEnded ? "end" : "refused");
    this.#times.close();
    this.#socket.end();
    this.#socket.resume(); // what still comes is thrown away, until the peer closes too
  }

  /** STARTTLS: its 220 leaves in the clear, then the handshake begins (RFC 3207 §4). */
  #upgrade(driver: Driver<X>): void {
    const socket = this.#socket;
    const octets = driver.take() ?? new Uint8Array();
    this.#sent += octets.length;
    this.#handshaking = true;
    this.#times.replied();
    socket.pause(); // what comes from now on is the handshake's
    for (const event of ["data", "end", "drain"]) socket.removeAllListeners(event);
    socket.write(octets, () => {
      if (!socket.destroyed) this.#secure();
    });
  }

  #secure(): void {
    const { terminator, observers } = this.#shared;
    if (terminator === undefined) {
      this.destroy("tls");
      return;
    }
    this.#handshaking = true;
    const socket: TLSSocket = terminator.wrap(this.#socket, this.#listener.tls === "implicit");
    this.#socket = socket;
    this.#congested = false;
    this.#paused = false;
    this.#guard(socket);
    socket.on("_tlsError", (error: Error) => this.#failed(error)); // a handshake that fails is no `error` of the socket
    socket.on("secure", () => {
      if (!this.#handshaking) return;
      const tls = terminator.info(socket);
      if (tls === undefined) {
        this.destroy("tls");
        return;
      }
      if (observers.some) observers.tell({ type: "tls", session: this.#peer.id, tls });
      this.#handshaking = false;
      if (this.#driver === undefined) this.#greet(tls);
      else this.#secured(this.#driver, tls);
    });
  }

  #secured(driver: Driver<X>, tls: Tls): void {
    this.#times.replied();
    driver.upgraded(tls);
    this.#listen();
    this.#run();
  }

  #failed(error: Error): void {
    this.#reason ??= this.#handshaking ? "tls" : "reset";
    const { observers } = this.#shared;
    if (observers.some) observers.tell({ type: "error", session: this.#peer.id, where: "socket", error });
  }

  #gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    const { observers, hooks, clock } = this.#shared;
    const driver = this.#driver;
    const reason = this.#reason ?? (this.#handshaking ? "tls" : "reset");
    driver?.gone(GONE);
    this.#ended();
    if (observers.some) {
      const messages = driver?.delivery.accepted ?? 0;
      const ms = clock.now() - this.#times.began;
      const [received, sent] = [this.#received, this.#sent];
      observers.tell({ type: "closed", session: this.#peer.id, reason, received, sent, messages, ms });
    }
    if (driver === undefined || hooks.closed === undefined) return;
    try {
      hooks.closed(driver.seen);
    } catch (error) {
      driver.failed("closed", error);
    }
  }
}
