/**
 * One connection: a socket, TLS where it comes to that, and the driver of its session. Each chunk is worked off at
 * once, and all that was said leaves in one write. Reading stops while replies are not taken off, while they are held
 * back, and while too much waits behind a hook.
 */
import type { Socket } from "node:net";
import type { Extensions, Reply, Tls } from "@posthorn/contract";
import type { Waker } from "./asking.ts";
import { drive, type Driver } from "./driver.ts";
import { handshake, type Outcome } from "./handshake.ts";
import type { CloseReason } from "./observation.ts";
import type { Peer } from "./peer.ts";
import { Pipe } from "./pipe.ts";
import { GONE, type Host, type Shared, SHUTDOWN, TOO_OLD, TOO_SLOW } from "./shared.ts";
import { guard, type Holder, LARGE, read, release, stopReading } from "./sockets.ts";
import { Times } from "./times.ts";
import type { Turned } from "./turn.ts";

/** One connection. */
export class Connection<X extends Extensions> implements Holder, Waker, Turned, Outcome {
  readonly peer: Peer;
  /** Where its host keeps it. */
  place = 0;
  readonly #shared: Shared<X>;
  readonly #host: Host<Connection<X>>;
  readonly #times: Times;
  readonly #pipe: Pipe;
  #driver: Driver<X> | undefined = undefined;
  #reason: CloseReason | undefined = undefined;
  #failure: Error | undefined = undefined;
  #handshaking = false;
  #pumping = false;
  /** There is more to work off, after the other connections. */
  #yielding = false;
  /** It will be looked at in the next turn, whether a hook is waited for still. */
  #turning = false;
  /** The server is shutting down. */
  #draining = false;
  #peerEnded = false;
  #over = false;

  constructor(shared: Shared<X>, socket: Socket, peer: Peer, host: Host<Connection<X>>) {
    this.#shared = shared;
    this.#pipe = new Pipe(socket);
    this.peer = peer;
    this.#host = host;
    this.#times = new Times(shared.limits, shared.clock);
    guard(socket, this);
  }

  /** Begins: with the handshake where TLS comes first, else with the greeting. */
  start(): void {
    const { observers } = this.#shared;
    const { peer } = this;
    const { tls } = peer.listener;
    if (observers.some) observers.tell({ type: "connection", ...peer.shown, tls });
    if (tls === "implicit") this.#secure();
    else this.#greet(undefined);
  }

  /** Does what is due at this time. */
  sweep(now: number, stressed: boolean): void {
    const driver = this.#driver;
    if (!this.#times.closing) driver?.sweep(now);
    const due = this.#times.due(now, {
      stressed,
      handshaking: this.#handshaking,
      receiving: driver?.receiving === true,
      waiting: driver?.waiting === true,
      idle: driver?.idle === true,
      undrained: this.#pipe.undrained,
    });
    if (due === "destroy") this.destroy("timeout");
    else if (due === "slow") this.#abort(TOO_SLOW, "timeout");
    else if (due === "old") this.#abort(TOO_OLD, "timeout");
    else if (due === "release" && driver !== undefined) {
      this.#times.release();
      this.#flush(driver);
      this.wake();
    }
  }

  /** The server is shutting down: ends at once where nothing is going on, else as soon as that is done. */
  retire(): void {
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
    this.#pipe.socket.destroy();
  }

  /** Whether nothing may be read from it or said on it any more. */
  get #done(): boolean {
    return this.#over || this.#times.closing;
  }

  #greet(tls: Tls | undefined): void {
    const { limits, refuseEarlyTalk } = this.#shared;
    const composition = this.#shared.compositionFor(this.peer.listener);
    this.#driver = drive(this.#shared, composition, tls, this.peer, this);
    this.#times.replied();
    if (refuseEarlyTalk && this.peer.key !== undefined) this.#times.hold(limits.greeting);
    read(this.#pipe.socket);
    this.wake();
  }

  data(chunk: Uint8Array): void {
    const lent = chunk.length >= LARGE && this.#driver?.lend() === true;
    this.#receive(chunk);
    if (!lent) return;
    this.#driver?.keep();
    release(chunk);
  }

  lent(octets: Uint8Array): void {
    this.#receive(this.#driver?.lend() === true ? octets : Buffer.from(octets));
    this.#driver?.keep();
  }

  #receive(chunk: Uint8Array): void {
    const driver = this.#driver;
    if (driver === undefined || this.#done) return;
    this.#pipe.received += chunk.length;
    if (driver.receiving) this.#times.flowed(chunk.length);
    driver.receive(chunk);
    this.wake();
  }

  /** What was sent before is answered still (Exim: QUIT and FIN in one segment). */
  end(): void {
    this.#peerEnded = true;
    if (this.#done) return;
    this.#driver?.receive(null);
    this.wake();
  }

  drain(): void {
    this.#pipe.congested = false;
    this.#times.drained();
    this.wake();
  }

  turned(): void {
    this.#turning = false;
    if (this.#driver?.waiting === true) this.#flush(this.#driver);
  }

  /** A mistake of our own ends this connection, and no other. */
  broken(error: unknown): void {
    this.#shared.observers.failed(this.peer.id, "server", error);
    this.destroy("error");
  }

  wake(): void {
    const driver = this.#driver;
    if (driver === undefined || this.#pumping || this.#done || this.#handshaking) return;
    if (this.#yielding) return this.#gate(driver);
    this.#pumping = true;
    try {
      this.#work(driver);
    } catch (error) {
      this.broken(error);
    } finally {
      this.#pumping = false;
    }
    if (driver.closed && !this.#times.held) this.#finish(driver);
    else if (this.#draining && driver.idle) this.#abort(SHUTDOWN, "shutdown");
    else this.#gate(driver);
  }

  /** Works off what was received, and sends what was said; after each burst the other connections have their turn (security: A10). */
  #work(driver: Driver<X>): void {
    if (this.#times.held || this.#pipe.congested) return;
    const more = driver.pump();
    const rest = driver.takeRest();
    if (rest > 0 && !driver.closed) this.#times.hold(rest);
    else if (driver.upgrading) this.#upgrade(driver);
    else if (!driver.waiting) this.#flush(driver);
    else if (!this.#turning) {
      this.#turning = true;
      this.#shared.nextTurn.add(this);
    }
    if (!more) return;
    this.#yielding = true;
    setImmediate(() => {
      this.#yielding = false;
      this.wake();
    });
  }

  #flush(driver: Driver<X>): void {
    if (this.#times.held || this.#done) return;
    const octets = driver.take();
    const waited = driver.takeWaited();
    if (waited > 0) this.#times.waited(waited);
    if (octets === undefined) return;
    this.#times.replied();
    this.#pipe.write(octets);
  }

  /** Reads or does not. */
  #gate(driver: Driver<X>): void {
    if (this.#done || this.#handshaking) return;
    const waits = driver.waiting || this.#times.held || this.#yielding;
    this.#pipe.read(!this.#pipe.congested && !(waits && driver.buffered >= this.#shared.limits.buffer));
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
    this.#reason ??= driver.watch?.reason ?? (this.#peerEnded ? "end" : "refused");
    this.#times.close();
    this.#pipe.end();
  }

  /** STARTTLS: its 220 leaves in the clear, then the handshake begins (RFC 3207 §4). */
  #upgrade(driver: Driver<X>): void {
    const { socket } = this.#pipe;
    const octets = driver.take() ?? new Uint8Array();
    this.#pipe.sent += octets.length;
    this.#handshaking = true;
    this.#times.replied();
    stopReading(socket);
    socket.write(octets, () => {
      if (!socket.destroyed) this.#secure();
    });
  }

  #secure(): void {
    const { terminator } = this.#shared;
    this.#handshaking = true;
    if (terminator === undefined) return this.refused();
    const socket = handshake(terminator, this.#pipe.socket, this.peer.listener.tls === "implicit", this);
    guard(socket, this);
    this.#pipe.secure(socket);
  }

  secured(tls: Tls): void {
    const { observers } = this.#shared;
    const driver = this.#driver;
    if (observers.some) observers.tell({ type: "tls", session: this.peer.id, tls });
    this.#handshaking = false;
    if (driver === undefined) return this.#greet(tls);
    this.#times.replied();
    driver.upgraded(tls);
    read(this.#pipe.socket);
    this.wake();
  }

  refused(): void {
    this.destroy("tls");
  }

  /** A TLS socket tells an error by two events. */
  error(error: Error): void {
    if (error === this.#failure) return;
    this.#failure = error;
    this.#reason ??= this.#handshaking ? "tls" : "reset";
    this.#shared.observers.failed(this.peer.id, "socket", error);
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#pipe.socket.destroy();
    const { observers, hooks, clock } = this.#shared;
    const driver = this.#driver;
    const reason = this.#reason ?? (this.#handshaking ? "tls" : "reset");
    driver?.gone(GONE);
    this.#host.left(this);
    if (observers.some) {
      const messages = driver?.messages ?? 0;
      const ms = clock.now() - this.#times.began;
      const { received, sent } = this.#pipe;
      observers.tell({ type: "closed", session: this.peer.id, reason, received, sent, messages, ms });
    }
    if (driver !== undefined && hooks.closed !== undefined) this.#shared.chores.add(driver.tellClosed());
  }
}
