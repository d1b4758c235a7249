/**
 * A host for a server's session, without a network: it feeds what it is given, answers every question by a script, at
 * once or some turns later, and keeps what was told and sent.
 */
import type { Extensions, Reply, Tls } from "@posthorn/contract";
import { type Composition, type ServerEvent, type ServerLimits, ServerSession } from "@posthorn/session";
import { Log } from "./log.ts";
import { perform, Waiting } from "./waiting.ts";

/** An event that is a question. */
export type Question = Extract<ServerEvent, { readonly proposed: Reply | undefined }>;

/** Decides a question; `undefined` accepts. `nth` counts the answers from 0; a message in LMTP has one for each recipient. */
export type Decide = (question: Question, nth: number) => Reply | undefined;

/** How a server's host behaves. */
export interface ServerHostOptions {
  /** `mx.example.org` where not given. */
  readonly hostname?: string;
  /** Accepts everything where not given. */
  readonly decide?: Decide;
  /** Turns that pass before each answer, again and again; none where not given. */
  readonly delays?: readonly number[];
  /** The TLS layer that the connection begins with. */
  readonly tls?: Tls;
  readonly limits?: Partial<ServerLimits>;
}

/** The TLS layer of an upgrade in the testkit. */
export const SECURED: Tls = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" };

/** A server's session with its host. */
export class ServerHost {
  readonly session: ServerSession<Extensions>;
  /** Calls of `next` so far: what must not grow faster than the input. */
  steps = 0;
  /** Replies told so far, greeting and 3yz among them. */
  answered = 0;
  closed = false;
  readonly #log = new Log();
  readonly #sent: Uint8Array[] = [];
  readonly #waiting: Waiting;
  readonly #decide: Decide;
  #answers = 0;

  constructor(composition: Composition, options: ServerHostOptions = {}) {
    const { hostname = "mx.example.org", decide = () => undefined, delays = [], tls, limits } = options;
    this.#decide = decide;
    this.#waiting = new Waiting(delays);
    this.session = new ServerSession<Extensions>(composition, {
      hostname,
      observe: true,
      ...(tls === undefined ? {} : { tls }),
      ...(limits === undefined ? {} : { limits }),
    });
    this.#pump();
  }

  /** What was told. */
  get log(): readonly string[] {
    return this.#log.entries;
  }

  /** Whether an answer is owed. */
  get busy(): boolean {
    return this.#waiting.busy;
  }

  /** Whether the session waits for the connection to be made secure. */
  get upgrading(): boolean {
    return !this.closed && this.session.pending === "upgrade";
  }

  /** Feeds octets, or the end of them. */
  receive(chunk: Uint8Array | null): void {
    if (this.closed) return;
    this.session.receive(chunk);
    this.#pump();
  }

  /** A turn passes; whether an answer was owed. */
  turn(): boolean {
    if (!this.#waiting.turn()) return false;
    this.#pump();
    return true;
  }

  /** Gives all answers that are owed. */
  settle(): void {
    while (this.turn());
  }

  /** Makes the connection secure. */
  upgrade(): void {
    this.session.upgraded(SECURED);
    this.#log.remark("secured");
    this.#pump();
  }

  /** What was sent since the last call. */
  take(): readonly Uint8Array[] {
    return this.#sent.splice(0);
  }

  #pump(): void {
    for (;;) {
      this.steps += 1;
      const event = this.session.next();
      if (typeof event !== "object") break;
      this.#hear(event);
    }
    const octets = this.session.take();
    if (octets !== undefined && octets.length > 0) this.#sent.push(octets);
  }

  #hear(event: ServerEvent): void {
    this.#log.note(event);
    if (event.type === "closed") this.closed = true;
    else if (event.type === "answered") this.answered += 1;
    else if (event.type === "ask") this.#waiting.owe(() => perform(event));
    else if ("proposed" in event) this.#waiting.owe(() => this.#answer(event));
  }

  #answer(question: Question): void {
    const { session } = this;
    const times = question.type === "message" ? question.wants : 1;
    for (let left = times; left > 0 && session.pending === question.type; left--) {
      const said = this.#decide(question, this.#answers);
      this.#answers += 1;
      if (said === undefined) session.accept();
      else session.reply(said);
    }
  }
}
