/**
 * Drives one session: each event is acted upon, each question put to a hook. Nothing here touches a socket; the
 * connection hands octets in, calls `pump`, and sends what `take` gives.
 */
import type { Extensions, Reply, Tls } from "@posthorn/contract";
import { type AskEvent, type Composition, type ServerEvent, ServerSession } from "@posthorn/session";
import { Asking } from "./asking.ts";
import { Delivery, type Speaker } from "./delivery.ts";
import type { Answer } from "./hooks.ts";
import { Penalties } from "./penalties.ts";
import { type Peer, Seen } from "./seen.ts";
import type { Mail, Recipient } from "./session.ts";
import {
  AUTH_FIRST,
  EARLY_TALK,
  ENOUGH,
  LOCAL_CLOSE,
  LOCAL_ERROR,
  type Shared,
  TLS_FIRST,
  TOO_MANY_MESSAGES,
} from "./shared.ts";
import { Watch } from "./watch.ts";

/** Events between two writes, so that replies do not pile up (security: A11), and the most milliseconds that they take. */
const BURST = 256;
const SLICE = 10;

/** The driver of one session. */
export class Driver<X extends Extensions> implements Speaker {
  readonly seen: Seen<X>;
  readonly asking: Asking;
  readonly watch: Watch<X>;
  readonly penalties: Penalties;
  readonly delivery: Delivery<X>;
  /** Whether the session wants to be made secure. */
  upgrading = false;
  /** Whether the session is over. */
  closed = false;
  readonly #shared: Shared<X>;
  readonly #session: ServerSession<X>;
  readonly #key: string | undefined;

  constructor(
    shared: Shared<X>,
    session: ServerSession<X>,
    watch: Watch<X>,
    peer: Peer,
    wake: () => void,
    broken: (error: unknown) => void,
  ) {
    this.#key = peer.key;
    this.#shared = shared;
    this.#session = session;
    this.seen = new Seen(peer, session);
    this.asking = new Asking(shared.clock, shared.limits.hook, wake, broken);
    this.watch = watch;
    this.penalties = new Penalties(shared.limits, shared.admission, peer.key);
    this.delivery = new Delivery(shared, session, this.seen, this.asking, this);
  }

  /** Octets that wait behind a question. */
  get buffered(): number {
    return this.#session.buffered;
  }

  /** Whether nothing is going on that should be let finish. */
  get idle(): boolean {
    return this.#session.mail === undefined && this.#session.pending === undefined;
  }

  /** Hands octets in; `null` is the peer's end. */
  receive(chunk: Uint8Array | null): void {
    if (chunk !== null && this.#session.pending === "connection") this.seen.earlyTalk += chunk.length;
    this.#session.receive(chunk);
  }

  /** What is to be sent. */
  take(): Uint8Array | undefined {
    return this.#session.take();
  }

  /** The connection is secure now. */
  upgraded(tls: Tls): void {
    this.upgrading = false;
    this.#session.upgraded(tls);
  }

  /** Acts on events until more input, an answer or a rest is needed; true where there is more, and only others are let in. */
  pump(): boolean {
    const { clock } = this.#shared;
    const until = clock.now() + SLICE;
    for (let left = BURST; left > 0; left--) {
      if (left % 16 === 0 && clock.now() > until) return true;
      if (this.asking.open || this.penalties.rest > 0) return false;
      const event = this.#session.next();
      if (typeof event !== "object") return false;
      this.#act(event);
      this.penalties.look(this.#session, clock);
    }
    return true;
  }

  /** Ends the session with 421, whatever it does. */
  abort(given: Reply): void {
    this.asking.drop();
    this.#session.abort(given);
    for (let event = this.#session.next(); typeof event === "object"; event = this.#session.next()) this.#act(event);
  }

  /** The connection is gone. */
  gone(why: Reply): void {
    if (!this.closed) this.abort(why);
    this.asking.drop();
    this.seen.leave();
  }

  /** Tells the host that the connection is gone. Never rejects. */
  async tellClosed(): Promise<void> {
    try {
      await this.#shared.hooks.closed?.(this.seen);
    } catch (error) {
      this.failed("closed", error);
    }
  }

  say(where: string, said: Reply | undefined, refusal: Reply = LOCAL_ERROR, accepted?: () => void): void {
    try {
      if (said === undefined) this.#session.accept();
      else this.#session.reply(said);
    } catch (error) {
      this.refuse(where, error, refusal);
      return;
    }
    if (said === undefined || said.code < 300) accepted?.();
  }

  refuse(where: string, error: unknown, refusal: Reply = LOCAL_ERROR): void {
    this.failed(where, error);
    this.#session.reply(refusal);
  }

  failed(where: string, error: unknown): void {
    const { observers } = this.#shared;
    if (observers.some) observers.tell({ type: "error", session: this.seen.id, where, error });
  }

  #act(event: ServerEvent<X>): void {
    const { hooks } = this.#shared;
    const { seen, delivery } = this;
    switch (event.type) {
      case "content":
        delivery.content(event.octets);
        break;
      case "connection":
        this.#greet();
        break;
      case "hello":
        this.#consult("hello", () => hooks.hello?.({ verb: event.verb, domain: event.domain }, seen));
        break;
      case "mail":
        this.#mail({ path: event.path, params: event.params });
        break;
      case "recipient":
        this.#recipient({ path: event.path, params: event.params });
        break;
      case "verify":
        this.#consult("verify", () => {
          const { verb, argument } = event;
          return this.#submissionRefusal() ?? hooks.verify?.({ verb, argument }, seen);
        });
        break;
      case "transfer":
        delivery.place(event);
        break;
      case "message":
        delivery.complete(event);
        break;
      case "dropped":
        delivery.dropped(event);
        break;
      case "ask":
        this.#perform(event);
        break;
      case "answered":
        this.watch.answered(event);
        break;
      case "fault":
        this.watch.fault(event);
        break;
      case "upgrade":
        this.upgrading = true;
        break;
      case "closed":
        this.closed = true;
        break;
    }
  }

  #greet(): void {
    const { hooks, refuseEarlyTalk } = this.#shared;
    this.asking.ask(
      () => hooks.connection?.(this.seen),
      (said) => {
        const early = refuseEarlyTalk && this.seen.earlyTalk > 0;
        this.say("connection", early ? EARLY_TALK : (said ?? undefined), LOCAL_CLOSE);
      },
      (error) => this.refuse("connection", error, LOCAL_CLOSE),
    );
  }

  #mail(mail: Mail<X>): void {
    this.watch.mail(mail);
    this.seen.accepted = [];
    const { hooks } = this.#shared;
    this.#consult("mail", () => this.#submissionRefusal() ?? this.#countRefusal() ?? hooks.mail?.(mail, this.seen));
  }

  #recipient(recipient: Recipient<X>): void {
    const { seen } = this;
    this.watch.recipient(recipient);
    this.#consult(
      "recipient",
      () => this.#shared.hooks.recipient?.(recipient, seen),
      () => seen.accepted.push(recipient),
    );
  }

  /** Puts a question to a hook and says what it answers. */
  #consult(where: string, run: () => Answer, accepted?: () => void): void {
    this.asking.ask(
      run,
      (said) => this.say(where, said ?? undefined, LOCAL_ERROR, accepted),
      (error) => this.refuse(where, error),
    );
  }

  /** Submission is for who is known, over TLS (RFC 6409 §4.3, RFC 8314 §3). */
  #submissionRefusal(): Reply | undefined {
    if (this.seen.role !== "submission") return undefined;
    if (this.#session.tls === undefined && !this.#shared.submissionInClear) return TLS_FIRST;
    return this.#session.fact("authenticated") === undefined ? AUTH_FIRST : undefined;
  }

  #countRefusal(): Reply | undefined {
    const { admission, clock, limits } = this.#shared;
    if (this.#session.transactions >= limits.messages) return ENOUGH;
    if (this.#key === undefined) return undefined;
    if (admission.over(this.#key, "messageRate", clock.now())) return TOO_MANY_MESSAGES;
    admission.count(this.#key, "messageRate", clock.now());
    return undefined;
  }

  /** Performs what a conversation asks for. */
  #perform(event: AskEvent): void {
    const { clock } = this.#shared;
    if (event.verb === "AUTH" && !this.penalties.mayAuthenticate(clock.now())) {
      event.fail(new RangeError("too many authentications from this address"));
      return;
    }
    this.asking.ask(
      () => event.run(event.signal),
      (value) => {
        event.resume(value);
        this.penalties.asked(this.#session, clock.now());
      },
      (error) => {
        this.failed("ask", error);
        event.fail(error);
      },
    );
  }
}

/** Begins a session, and drives it. `wake` and `broken`: see `Asking`. */
export const drive = <X extends Extensions>(
  shared: Shared<X>,
  composition: Composition<X>,
  tls: Tls | undefined,
  peer: Peer,
  wake: () => void,
  broken: (error: unknown) => void,
): Driver<X> => {
  const { hostname, sessionLimits, observers } = shared;
  const session = new ServerSession(composition, {
    hostname,
    limits: sessionLimits,
    observe: observers.some,
    ...(tls === undefined ? {} : { tls }),
  });
  return new Driver(shared, session, new Watch(observers, composition, peer.id, session), peer, wake, broken);
};
