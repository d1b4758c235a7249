/**
 * A connection under its caller: one message or one conversation at a time, turned into promises, and what the session
 * tells turned into observations. `connection.ts` is what a caller sees of it, and `pool.ts` shares it.
 */
import type { Socket } from "node:net";
import type { ClientOp, Extensions, Talk } from "@posthorn/contract";
import { LocalProtocolError } from "@posthorn/contract";
import type {
  ClientClosedEvent,
  ClientEvent,
  ClientSession,
  DoneEvent,
  OutcomeEvent,
  Plan,
  ReplyEvent,
  Verdict,
} from "@posthorn/session";
import { abortedBy } from "./abort.ts";
import { Delivery, type Progress } from "./delivery.ts";
import { Driver, type Owner } from "./driver.ts";
import { ClientError } from "./errors.ts";
import { failureOf } from "./failure.ts";
import type { Inbox } from "./inbox.ts";
import type { Prepared } from "./mail.ts";
import type { Outcome } from "./outcome.ts";
import type { Secured } from "./secure.ts";
import type { Setup } from "./setup.ts";
import type { Teller } from "./teller.ts";

/** What can be said about one sending. */
export interface SendOptions {
  /** Gives up: what has not left whole is not sent, and the connection is closed. The verdicts say how far it came. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many octets of content have been written, over all transactions. */
  readonly progress?: Progress | undefined;
}

/** How a channel begins: who this client says it is, the TLS layer that stands already, and what to call the other side. */
export interface Beginning {
  readonly name: string;
  readonly secured: Secured | undefined;
  /** What the socket reads into; `undefined` where it tells by events, as a TLS socket does. */
  readonly inbox: Inbox | undefined;
  readonly host: string;
  readonly teller: Teller;
}

/** Whether a message was cut short for this recipient, so that there is a failure to name. */
const isCut = ({ kind }: Verdict): boolean => kind === "unsent" || kind === "in-doubt";

/** A session on a socket, for one caller at a time. */
export class Channel<X extends Extensions> {
  readonly setup: Setup<X>;
  readonly driver: Driver<X>;
  readonly teller: Teller;
  /** Why it is over, where it ended otherwise than by `quit`. */
  failure: ClientError | undefined = undefined;
  over = false;
  /** Whether the content of the last message was opened. */
  opened = false;
  readonly #host: string;
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #delivery: Delivery<X> | undefined = undefined;
  /** Heeds the caller's signal no longer. */
  #unheed: (() => void) | undefined = undefined;
  #done: ((event: DoneEvent) => void) | undefined = undefined;
  #open = false;
  /** The last reply of the opening but that to QUIT: what a negotiation failed by. */
  #said: ReplyEvent | undefined = undefined;

  /** @throws LocalProtocolError `unencodable`, where `name` is neither a domain nor an address literal. */
  constructor(setup: Setup<X>, socket: Socket, how: Beginning) {
    this.setup = setup;
    this.#host = how.host;
    this.teller = how.teller;
    this.#ready.promise.catch(() => {}); // who waits for it is told; who does not has lost nothing
    this.driver = new Driver(setup, this.#owner(), socket, how);
    if (how.secured !== undefined) this.#secured(how.secured);
  }

  /** Begins; resolves when messages can be sent. */
  open(): Promise<void> {
    this.driver.start();
    return this.#ready.promise;
  }

  get session(): ClientSession<X> {
    return this.driver.session;
  }

  /** Resolves when it is over, however it ended. */
  get closed(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether a message can be sent now. */
  get usable(): boolean {
    return !this.over && this.#delivery === undefined && this.#done === undefined;
  }

  /** The plan of a message for this server. */
  plan({ message, source }: Prepared<X>): Plan<X> {
    const plan = this.session.plan(message);
    const { remark } = source;
    return remark === undefined ? plan : { ...plan, notes: [...plan.notes, { kind: "note", text: remark }] };
  }

  /**
   * Sends a message. Nothing that a server does makes this fail. One promise, which is the caller's: each more of them, and
   * each turn that is waited for, is felt with small messages.
   * @throws LocalProtocolError `busy`; ClientError where it is over already, or the signal says so before anything was
   * sent: at once, and not by the promise.
   */
  send(prepared: Prepared<X>, { signal, progress }: SendOptions): Promise<Outcome<X>> {
    this.#free();
    if (signal?.aborted === true) throw abortedBy(signal);
    const began = this.setup.clock.now();
    const delivery = new Delivery(this.driver, prepared, this.plan(prepared), { progress, teller: this.teller, began });
    this.#delivery = delivery;
    if (signal !== undefined) this.#giveUpBy(signal);
    try {
      this.driver.listen();
      this.session.send(delivery.plan);
      this.driver.pump();
    } catch (error) {
      this.#leave(delivery);
      throw error;
    }
    return delivery.outcome;
  }

  /** Performs a conversation. @throws what the generator throws; LocalProtocolError `busy`; ClientError where it is over. */
  async run<R>(talk: () => Talk<ClientOp, R>): Promise<R> {
    this.#free();
    let result: { readonly value: R } | undefined;
    const noted = function* (): Talk<ClientOp, void> {
      result = { value: yield* talk() };
    };
    const done = new Promise<DoneEvent>((resolve) => {
      this.#done = resolve;
    });
    this.driver.listen();
    this.session.run(noted);
    this.driver.pump();
    const { error } = await done;
    if (result !== undefined) return result.value;
    throw this.failure ?? error;
  }

  /** Says QUIT behind what is under way; resolves when it is over. */
  async quit(): Promise<void> {
    if (!this.over) {
      this.driver.listen();
      this.session.quit();
      this.driver.pump();
    }
    await this.#ended.promise;
  }

  /** Closes at once: what has not left is never sent. */
  destroy(): void {
    this.driver.abort(new ClientError("closed", `${this.#host}: the connection was destroyed by this side`));
  }

  #owner(): Owner<X> {
    return {
      event: (event) => this.#event(event),
      secured: (secured) => this.#secured(secured),
      delivering: () => this.#delivery !== undefined,
      observed: () => !this.#open || this.teller.heard,
    };
  }

  #secured({ tls, resumed }: Secured): void {
    this.teller.tell({ type: "tls", tls, resumed });
  }

  #event(event: ClientEvent<X>): void {
    switch (event.type) {
      case "ready":
        this.#isReady();
        break;
      case "command":
        this.teller.dialogue(event);
        break;
      case "reply":
        if (!this.#open && event.verb !== "QUIT") this.#said = event;
        this.teller.dialogue(event);
        break;
      case "content":
        if (this.teller.heard) this.teller.tell({ type: "transfer", transaction: event.transaction });
        this.#delivery?.wanted();
        break;
      case "unwanted":
        this.#delivery?.stop();
        break;
      case "outcome":
        if (this.#delivery !== undefined) this.#outcome(this.#delivery, event);
        break;
      case "done": {
        const done = this.#done;
        this.#done = undefined;
        done?.(event);
        break;
      }
      case "closed":
        this.#closed(event);
        break;
      case "ask":
      case "upgrade":
        break; // the driver's
      default:
        event satisfies never;
    }
  }

  #outcome(delivery: Delivery<X>, event: OutcomeEvent): void {
    this.teller.outcome(event, delivery.names, delivery.octets);
    delivery.stop();
    // What cut it short is told behind it.
    if (event.verdicts.some(isCut)) this.#settleAfterwards(delivery, event);
    else this.#settle(delivery, event, undefined);
  }

  #settleAfterwards(delivery: Delivery<X>, event: OutcomeEvent): void {
    this.driver.afterwards(() => this.#settle(delivery, event, this.failure));
  }

  #settle(delivery: Delivery<X>, event: OutcomeEvent, failure: ClientError | undefined): void {
    this.#leave(delivery);
    delivery.ended(event, this.setup.clock.now(), failure);
  }

  /** The channel is free for the next message. */
  #leave({ opened }: Delivery<X>): void {
    this.opened = opened;
    this.#delivery = undefined;
    this.#unheed?.();
    this.#unheed = undefined;
  }

  #giveUpBy(signal: AbortSignal): void {
    const aborted = (): void => this.driver.abort(abortedBy(signal));
    signal.addEventListener("abort", aborted, { once: true });
    this.#unheed = () => signal.removeEventListener("abort", aborted);
  }

  #isReady(): void {
    const { policy } = this.setup;
    if (policy.mode === "required" && this.session.tls === undefined) {
      this.driver.abort(
        new ClientError("tls-unavailable", `${this.#host}: TLS is required, and was not begun`, { host: this.#host }),
      );
      return;
    }
    this.#open = true;
    this.teller.tell({ type: "ready" });
    this.#ready.resolve();
  }

  #closed(event: ClientClosedEvent): void {
    const { session, cause } = this.driver;
    this.over = true;
    if (event.code !== "quit" || cause !== undefined || !this.#open) {
      const failure = cause ?? failureOf(event, { session, setup: this.setup, said: this.#said, where: this.#host });
      if (event.code !== "quit" || cause !== undefined) this.failure = failure;
      this.#ready.reject(failure);
    }
    this.teller.tell({ type: "closed", reason: event.reason, failure: this.failure });
    this.#ended.resolve();
  }

  /** @throws LocalProtocolError `busy`; ClientError where the connection is over. */
  #free(): void {
    if (this.over) throw this.failure ?? new ClientError("closed", `${this.#host}: the connection is closed`);
    if (!this.usable)
      throw new LocalProtocolError("busy", "a message or a conversation is under way on this connection");
  }
}
