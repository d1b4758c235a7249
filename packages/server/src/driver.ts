/**
 * Drives one session: each event is acted upon, each question put to a hook. Nothing here touches a socket; the
 * connection hands octets in, calls `pump`, and sends what `take` gives.
 */
import type { Extensions, Reply, Tls } from "@posthorn/contract";
import { type Composition, type ServerEvent, ServerSession } from "@posthorn/session";
import { Asking, type Waker } from "./asking.ts";
import { Delivery } from "./delivery.ts";
import { Loan } from "./loan.ts";
import type { Peer } from "./peer.ts";
import { Penalties } from "./penalties.ts";
import { greet, hello, mail, perform, recipient, verify } from "./questions.ts";
import { Seen } from "./seen.ts";
import { LOCAL_ERROR, type Shared } from "./shared.ts";
import { Watch } from "./watch.ts";

/** Events between two writes, so that replies do not pile up (security: A11), and the most milliseconds that they take. */
const BURST = 256;
const SLICE = 10;

/** How often the clock is looked at meanwhile, in events. */
const LOOK = 16;

/**
 * The driver of one session. What most sessions never need is made when it is: a connection that is idle holds little,
 * and an answer that is there at once costs no object and no closure.
 */
export class Driver<X extends Extensions> extends Loan<X> {
  /** Whether the session wants to be made secure. */
  upgrading = false;
  /** Whether the session is over. */
  closed = false;
  /** What is told of the session, where somebody observed when it began. */
  readonly watch: Watch<X> | undefined;
  readonly shared: Shared<X>;
  readonly peer: Peer;
  readonly #waker: Waker;
  #seen: Seen<X> | undefined = undefined;
  #asking: Asking | undefined = undefined;
  #penalties: Penalties | undefined = undefined;
  #delivery: Delivery<X> | undefined = undefined;

  constructor(shared: Shared<X>, session: ServerSession<X>, watch: Watch<X> | undefined, peer: Peer, waker: Waker) {
    super(session);
    this.shared = shared;
    this.watch = watch;
    this.peer = peer;
    this.#waker = waker;
  }

  /** The session that hooks get. */
  get seen(): Seen<X> {
    return (this.#seen ??= new Seen(this.peer, this.session));
  }

  /** What waits for answers. */
  get asking(): Asking {
    return (this.#asking ??= new Asking(this.shared.clock, this.shared.limits.hook, this.#waker));
  }

  /** What mistakes cost. */
  get penalties(): Penalties {
    const { limits, admission } = this.shared;
    return (this.#penalties ??= new Penalties(limits, admission, this.peer.key));
  }

  /** Whether an answer is waited for. */
  get waiting(): boolean {
    return this.#asking?.open === true;
  }

  /** Whether content is under way. */
  get receiving(): boolean {
    return this.#delivery?.active === true;
  }

  /** Whether content is under way of which a sink keeps what it is given. */
  protected get keeps(): boolean {
    return this.#delivery?.keeps === true;
  }

  /** Messages that were accepted. */
  get messages(): number {
    return this.#delivery?.accepted ?? 0;
  }

  /** Octets that wait behind a question. */
  get buffered(): number {
    return this.session.buffered;
  }

  /** Whether nothing is going on that should be let finish. */
  get idle(): boolean {
    return this.session.mail === undefined && this.session.pending === undefined;
  }

  /** Hands octets in; `null` is the peer's end. */
  receive(chunk: Uint8Array | null): void {
    if (chunk !== null && this.session.pending === "connection") this.seen.earlyTalk += chunk.length;
    this.session.receive(chunk);
  }

  /** Milliseconds that were waited for answers since this was last asked. */
  takeWaited(): number {
    const asking = this.#asking;
    if (asking === undefined) return 0;
    const { waited } = asking;
    asking.waited = 0;
    return waited;
  }

  /** Milliseconds for which the replies are to be held back, since this was last asked. */
  takeRest(): number {
    const penalties = this.#penalties;
    if (penalties === undefined) return 0;
    const { rest } = penalties;
    penalties.rest = 0;
    return rest;
  }

  /** Gives up a question whose time is over. */
  sweep(now: number): void {
    this.#asking?.sweep(now);
  }

  /** Whether there is anything to be sent. */
  get unsent(): boolean {
    return this.session.unsent;
  }

  /** What is to be sent, in UTF-8. */
  take(): string | undefined {
    return this.session.takeText();
  }

  /** The connection is secure now. */
  upgraded(tls: Tls): void {
    this.upgrading = false;
    this.session.upgraded(tls);
  }

  /** Acts on events until more input, an answer or a rest is needed; true where there is more, and only others are let in. */
  pump(): boolean {
    const session = this.session;
    const counted = this.peer.key !== undefined;
    let until = Infinity;
    for (let count = 1; count <= BURST; count++) {
      if (this.waiting) return false; // a sink may hold content back while no question of the session is open
      const event = session.next();
      if (typeof event !== "object") return false;
      this.#act(event);
      if (counted && this.#rests()) return false;
      if (count % LOOK !== 0) continue;
      const now = this.shared.clock.now();
      if (now > until) return true;
      if (until === Infinity) until = now + SLICE;
    }
    return true;
  }

  /** Ends the session with 421, whatever it does. */
  abort(given: Reply): void {
    this.#asking?.drop();
    this.session.abort(given);
    for (let event = this.session.next(); typeof event === "object"; event = this.session.next()) this.#act(event);
  }

  /** The connection is gone. */
  gone(why: Reply): void {
    if (!this.closed) this.abort(why);
    this.#asking?.drop();
    if (this.shared.hooks.closed === undefined) this.#seen?.leave();
    else this.seen.leave();
  }

  /** Tells the host that the connection is gone. Never rejects. */
  async tellClosed(): Promise<void> {
    try {
      await this.shared.hooks.closed?.(this.seen);
    } catch (error) {
      this.failed("closed", error);
    }
  }

  /** Says a reply to the open question, or what was proposed; `refusal` where that cannot be said. Whether it accepts. */
  say(where: string, said: Reply | undefined, refusal: Reply = LOCAL_ERROR): boolean {
    try {
      if (said === undefined) this.session.accept();
      else this.session.reply(said);
    } catch (error) {
      this.refuse(where, error, refusal);
      return false;
    }
    return said === undefined || said.code < 300;
  }

  /** Reports what failed, and says so. */
  refuse(where: string, error: unknown, refusal: Reply = LOCAL_ERROR): void {
    this.failed(where, error);
    this.session.reply(refusal);
  }

  /** Reports what failed. */
  failed(where: string, error: unknown): void {
    this.shared.observers.failed(this.peer.id, where, error);
  }

  #act(event: ServerEvent<X>): void {
    switch (event.type) {
      case "content":
        this.#delivery?.content(event);
        break;
      case "connection":
        greet(this);
        break;
      case "hello":
        hello(this, event);
        break;
      case "mail":
        mail(this, event);
        break;
      case "recipient":
        recipient(this, event);
        break;
      case "verify":
        verify(this, event);
        break;
      case "transfer":
        this.#delivery ??= new Delivery(this);
        this.#delivery.place(event);
        break;
      case "message":
        this.#delivery?.complete(event);
        break;
      case "dropped":
        this.#delivery?.dropped(event);
        break;
      case "ask":
        perform(this, event);
        break;
      case "answered":
        this.watch?.answered(event);
        break;
      case "fault":
        this.watch?.fault(event);
        break;
      case "upgrade":
        this.upgrading = true;
        break;
      case "closed":
        this.closed = true;
        break;
    }
  }

  /** Looks what the last event has cost a client that is not exempt; whether its replies are to be held back. */
  #rests(): boolean {
    if (this.#penalties === undefined && this.session.errors === 0) return false;
    const { penalties } = this;
    penalties.look(this.session, this.shared.clock);
    return penalties.rest > 0;
  }
}

/** Begins a session, and drives it. */
export const drive = <X extends Extensions>(
  shared: Shared<X>,
  composition: Composition<X>,
  tls: Tls | undefined,
  peer: Peer,
  waker: Waker,
): Driver<X> => {
  const { hostname, sessionLimits, observers } = shared;
  const session = new ServerSession(composition, {
    hostname,
    limits: sessionLimits,
    observe: observers.some,
    ...(tls === undefined ? {} : { tls }),
  });
  const watch = observers.some ? new Watch(observers, composition, peer.id, session) : undefined;
  return new Driver(shared, session, watch, peer, waker);
};
