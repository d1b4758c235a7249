/**
 * One connection: a socket, TLS where it comes to that, and the driver of its session. All that was said to one chunk
 * leaves in one write. Reading stops while replies are not taken off, while they are held back, and while too much waits
 * behind a hook. What it has by inheritance are parts of its own (`arrivals.ts`, `pipe.ts`, `times.ts`, `flags.ts`), in one
 * object, since an idle connection is little more than its objects.
 */
import type { Socket } from "node:net";
import type { Extensions, Reply, Tls } from "@posthorn/contract";
import { Arrivals } from "./arrivals.ts";
import type { Waker } from "./asking.ts";
import { drive, type Driver } from "./driver.ts";
import { handshake, type Outcome } from "./handshake.ts";
import type { CloseReason } from "./observation.ts";
import type { Peer } from "./peer.ts";
import { CLOSING, CONGESTED, DRAINING, HANDSHAKING, OVER, PEER_ENDED, PUMPING, TURNING, YIELDING } from "./flags.ts";
import { GONE, type Host, type Shared, SHUTDOWN, TOO_OLD, TOO_SLOW } from "./shared.ts";
import { guard, type Holder, isNews, read, stopReading } from "./sockets.ts";

/** One connection. */
export class Connection<X extends Extensions> extends Arrivals<X> implements Holder, Waker, Outcome {
  readonly peer: Peer;
  /** Where its host keeps it. */
  place = 0;
  readonly #host: Host<Connection<X>>;
  #reason: CloseReason | undefined = undefined;

  constructor(shared: Shared<X>, socket: Socket, peer: Peer, host: Host<Connection<X>>) {
    // Exact where somebody is told how long it was; a look at the clock is 200 ns.
    super(socket, shared.observers.some ? shared.clock.now() : shared.swept, shared);
    this.peer = peer;
    this.#host = host;
    guard(socket, this);
  }

  /** Begins: with the handshake where TLS comes first, else with the greeting. */
  start(): void {
    const { observers } = this.shared;
    const { peer } = this;
    const { tls } = peer.listener;
    if (observers.some) observers.tell({ type: "connection", ...peer.shown, tls });
    if (tls === "implicit") this.#secure();
    else this.#greet(undefined);
  }

  /** Does what is due at this time. */
  sweep(now: number, stressed: boolean): void {
    this.catchUp(); // what waits to be heard is no silence
    const { driver } = this;
    if (!this.is(CLOSING)) driver?.sweep(now);
    const state = {
      stressed,
      handshaking: this.is(HANDSHAKING),
      receiving: driver?.receiving === true,
      waiting: driver?.waiting === true,
      idle: driver?.idle === true,
      undrained: this.undrained,
    };
    const due = this.due(now, state, this.shared.limits);
    if (due === "destroy") this.destroy("timeout");
    else if (due === "slow") this.#abort(TOO_SLOW, "timeout");
    else if (due === "old") this.#abort(TOO_OLD, "timeout");
    else if (due === "release" && driver !== undefined) {
      this.release();
      this.#flush(driver);
      this.wake();
    }
  }

  /** The server is shutting down: ends at once where nothing is going on, else as soon as that is done. */
  retire(): void {
    this.catchUp();
    this.mark(DRAINING);
    if (this.is(HANDSHAKING)) this.destroy("shutdown");
    else if (this.driver?.idle === true) this.#abort(SHUTDOWN, "shutdown");
  }

  /** Ends it now; a session is told so first. */
  kill(): void {
    this.catchUp();
    if (this.is(TURNING)) this.turned();
    if (!this.is(CLOSING) && !this.is(HANDSHAKING)) this.#abort(SHUTDOWN, "shutdown");
    this.destroy("shutdown");
  }

  /** Lets the socket go, whatever is on it. */
  destroy(reason: CloseReason): void {
    this.#reason ??= reason;
    this.socket.destroy();
  }

  /** Whether nothing may be read from it or said on it any more. */
  #done(): boolean {
    return this.is(OVER | CLOSING);
  }

  #greet(tls: Tls | undefined): void {
    const { clock, limits, refuseEarlyTalk } = this.shared;
    const composition = this.shared.compositionFor(this.peer.listener);
    this.driver = drive(this.shared, composition, tls, this.peer, this);
    this.replied();
    if (refuseEarlyTalk && this.peer.key !== undefined) this.hold(clock.now() + limits.greeting);
    read(this.socket);
    this.wake();
  }

  protected receive(chunk: Uint8Array): void {
    const { driver } = this;
    if (driver === undefined || this.#done()) return;
    if (this.is(TURNING)) this.#flush(driver); // so that what is said does not pile up in a turn (security: A11)
    this.received += chunk.length;
    if (driver.receiving) this.flowed(chunk.length);
    driver.receive(chunk);
    this.wake();
  }

  /** What was sent before is answered still (Exim: QUIT and FIN in one segment). */
  end(): void {
    this.catchUp();
    this.mark(PEER_ENDED);
    if (this.#done()) return;
    this.driver?.receive(null);
    this.wake();
  }

  drain(): void {
    this.unmark(CONGESTED);
    this.drained();
    this.wake();
  }

  turned(): void {
    const { driver } = this;
    this.unmark(TURNING);
    if (driver === undefined) return;
    try {
      this.#flush(driver);
      if (driver.closed && !this.held) this.#finish(driver);
      else this.#gate(driver);
    } catch (error) {
      this.broken(error);
    }
  }

  /** A mistake of our own ends this connection, and no other. */
  broken(error: unknown): void {
    this.shared.observers.failed(this.peer.id, "server", error);
    this.destroy("error");
  }

  wake(): void {
    const { driver } = this;
    if (driver === undefined || this.is(PUMPING) || this.#done() || this.is(HANDSHAKING)) return;
    if (this.is(YIELDING)) return this.#gate(driver);
    this.mark(PUMPING);
    try {
      this.#work(driver);
    } catch (error) {
      this.broken(error);
    } finally {
      this.unmark(PUMPING);
    }
    if (driver.closed && !this.held && !this.is(TURNING)) this.#finish(driver);
    else if (this.is(DRAINING) && driver.idle) this.#abort(SHUTDOWN, "shutdown");
    else this.#gate(driver);
  }

  /** Works off what was received, and sends what was said; after each burst the other connections have their turn (security: A10). */
  #work(driver: Driver<X>): void {
    if (this.held || this.is(CONGESTED)) return;
    const more = driver.pump();
    const rest = driver.takeRest();
    if (rest > 0 && !driver.closed) this.hold(this.shared.clock.now() + rest);
    else if (driver.upgrading) this.#upgrade(driver);
    else this.#answer(driver);
    if (!more) return;
    this.mark(YIELDING);
    setImmediate(() => {
      this.unmark(YIELDING);
      this.wake();
    });
  }

  /** Sends what was said, good-bye too: now, or at the end of the turn where an answer may come until then, or where many send then. */
  #answer(driver: Driver<X>): void {
    const { nextTurn } = this.shared;
    const turning = this.is(TURNING);
    const together = turning ? nextTurn.many : driver.unsent && nextTurn.crowded();
    if (!driver.waiting && !together) return this.#flush(driver);
    if (turning) return;
    this.mark(TURNING);
    nextTurn.add(this);
  }

  #flush(driver: Driver<X>): void {
    if (this.held || this.#done()) return;
    const text = driver.take();
    const waited = driver.takeWaited();
    if (waited > 0) this.waited(waited);
    if (text === undefined) return;
    this.replied();
    this.send(text);
  }

  /** Reads or does not. */
  #gate(driver: Driver<X>): void {
    if (this.#done() || this.is(HANDSHAKING)) return;
    const waits = driver.waiting || this.held || this.is(YIELDING);
    this.reads(!this.is(CONGESTED) && !(waits && driver.buffered >= this.shared.limits.buffer));
  }

  #abort(said: Reply, reason: CloseReason): void {
    const { driver } = this;
    if (driver === undefined || driver.closed || this.#done()) return;
    this.#reason ??= reason;
    this.release();
    driver.abort(said);
    this.#finish(driver);
  }

  /** The session is over: the last replies leave, then our side is closed. */
  #finish(driver: Driver<X>): void {
    if (this.#done()) return;
    this.#flush(driver);
    this.#reason ??= driver.watch?.reason ?? (this.is(PEER_ENDED) ? "end" : "refused");
    this.leaving();
    this.hangUp();
  }

  /** STARTTLS: its 220 leaves in the clear, then the handshake begins (RFC 3207 §4). */
  #upgrade(driver: Driver<X>): void {
    const { socket } = this;
    const text = driver.take() ?? "";
    this.sent += Buffer.byteLength(text);
    this.mark(HANDSHAKING);
    this.replied();
    stopReading(socket);
    socket.write(text, () => {
      if (!socket.destroyed) this.#secure();
    });
  }

  #secure(): void {
    const { terminator } = this.shared;
    this.mark(HANDSHAKING);
    if (terminator === undefined) return this.refused();
    const socket = handshake(terminator, this.socket, this.peer.listener.tls === "implicit", this);
    guard(socket, this);
    this.replace(socket);
  }

  secured(tls: Tls): void {
    const { observers } = this.shared;
    const { driver } = this;
    if (observers.some) observers.tell({ type: "tls", session: this.peer.id, tls });
    this.unmark(HANDSHAKING);
    if (driver === undefined) return this.#greet(tls);
    this.replied();
    driver.upgraded(tls);
    read(this.socket);
    this.wake();
  }

  refused(): void {
    this.destroy("tls");
  }

  error(error: Error): void {
    if (!isNews(error)) return;
    this.#reason ??= this.is(HANDSHAKING) ? "tls" : "reset";
    this.shared.observers.failed(this.peer.id, "socket", error);
  }

  close(): void {
    if (this.is(OVER)) return;
    this.mark(OVER);
    this.socket.destroy();
    const { observers, hooks, clock } = this.shared;
    const { driver } = this;
    const reason = this.#reason ?? (this.is(HANDSHAKING) ? "tls" : "reset");
    driver?.gone(GONE);
    this.#host.left(this);
    if (observers.some) {
      const { peer, received, sent } = this;
      const [messages, ms] = [driver?.messages ?? 0, clock.now() - this.began];
      observers.tell({ type: "closed", session: peer.id, reason, received, sent, messages, ms });
    }
    if (driver !== undefined && hooks.closed !== undefined) this.shared.chores.add(driver.tellClosed());
  }
}
