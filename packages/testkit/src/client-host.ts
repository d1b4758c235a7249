/**
 * A host for a client's session, without a network: it sends the messages that it is given, one after the other, and
 * then says QUIT; it writes content as it is wanted, and keeps what was told and sent.
 */
import { type Extensions, LocalProtocolError, type Message, type Tls } from "@posthorn/contract";
import { type ClientEvent, ClientSession, type Composition, NEED_DATA } from "@posthorn/session";
import { Log } from "./log.ts";
import { SECURED } from "./server-host.ts";
import { perform, Waiting } from "./waiting.ts";

/** A message and its content, in the pieces in which it is written. */
export interface Delivery {
  readonly message: Message;
  readonly content: readonly Uint8Array[];
}

/** How a client's host behaves. */
export interface ClientHostOptions {
  /** `client.example` where not given. */
  readonly name?: string;
  /** What it sends before QUIT. */
  readonly deliveries?: readonly Delivery[];
  /** Turns that pass before each answer to a conversation, and before each piece of content, again and again. */
  readonly delays?: readonly number[];
  /** The TLS layer that the connection begins with. */
  readonly tls?: Tls;
}

/** A client's session with its host. */
export class ClientHost {
  readonly session: ClientSession<Extensions>;
  steps = 0;
  closed = false;
  /** What became of each message. */
  readonly outcomes: Extract<ClientEvent, { readonly type: "outcome" }>[] = [];
  upgrading = false;
  readonly #log = new Log();
  readonly #sent: Uint8Array[] = [];
  readonly #waiting: Waiting;
  readonly #deliveries: readonly Delivery[];
  #next = 0;
  #writing: Uint8Array[] | undefined = undefined;
  #owed = false;

  constructor(composition: Composition, options: ClientHostOptions = {}) {
    const { name = "client.example", deliveries = [], delays = [], tls } = options;
    this.#deliveries = deliveries;
    this.#waiting = new Waiting(delays);
    this.session = new ClientSession<Extensions>(composition, {
      name,
      observe: true,
      ...(tls === undefined ? {} : { tls }),
    });
    this.#pump();
  }

  /** What was told. */
  get log(): readonly string[] {
    return this.#log.entries;
  }

  /** Whether something is owed. */
  get busy(): boolean {
    return this.#waiting.busy;
  }

  /** Feeds octets, or the end of them. */
  receive(chunk: Uint8Array | null): void {
    if (this.closed) return;
    this.session.receive(chunk);
    this.#pump();
  }

  /** A turn passes; whether something was owed. */
  turn(): boolean {
    if (!this.#waiting.turn()) return false;
    this.#pump();
    return true;
  }

  /** Does all that is owed. */
  settle(): void {
    while (this.turn());
  }

  /** Makes the connection secure. */
  upgrade(): void {
    this.upgrading = false;
    this.session.upgraded(SECURED);
    this.#log.remark("secured");
    this.#pump();
  }

  /** What was sent since the last call. */
  take(): readonly Uint8Array[] {
    return this.#sent.splice(0);
  }

  #pump(): void {
    do {
      for (;;) {
        this.steps += 1;
        const event = this.session.next();
        if (event === NEED_DATA) break;
        this.#hear(event);
      }
      this.#collect();
    } while (this.#write());
  }

  #collect(): void {
    const octets = this.session.take();
    if (octets !== undefined && octets.length > 0) this.#sent.push(octets);
  }

  #hear(event: ClientEvent): void {
    this.#log.note(event);
    if (event.type === "closed") this.closed = true;
    else if (event.type === "ask") this.#waiting.owe(() => perform(event));
    else if (event.type === "upgrade") this.upgrading = true;
    else if (event.type === "content") this.#writing = [...(this.#deliveries[this.#next - 1]?.content ?? [])];
    else if (event.type === "unwanted") this.#writing = undefined;
    else if (event.type === "outcome") {
      this.#writing = undefined;
      this.outcomes.push(event);
      if (event.usable) this.#waiting.owe(() => this.#begin());
    } else if (event.type === "ready") this.#waiting.owe(() => this.#begin());
  }

  #begin(): void {
    if (this.closed) return;
    const delivery = this.#deliveries[this.#next];
    this.#next += 1;
    try {
      if (delivery === undefined) this.session.quit();
      else this.session.send(this.session.plan(delivery.message));
    } catch (error) {
      this.#refused(error);
      this.session.quit();
    }
  }

  /** Notes that the session refused what its host wanted: a mistake of the message, not of the machine. */
  #refused(error: unknown): void {
    if (!(error instanceof LocalProtocolError)) throw error;
    this.#log.remark(`error ${error.code}`);
  }

  /** Writes the next piece where one is wanted; whether something was done at once. */
  #write(): boolean {
    if (this.#writing === undefined || this.closed || this.#owed) return false;
    if (this.#writing.length > 0 && !this.session.writable) return false;
    let done = false;
    this.#owed = true;
    this.#waiting.owe(() => {
      this.#owed = false;
      done = true;
      this.#writePiece();
    });
    return done;
  }

  #writePiece(): void {
    if (this.#writing === undefined || this.closed) return;
    const piece = this.#writing.shift();
    try {
      if (piece === undefined) {
        this.#writing = undefined;
        this.session.end();
      } else this.session.write(piece);
    } catch (error) {
      this.#refused(error);
      this.#writing = undefined;
    }
  }
}
