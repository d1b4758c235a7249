/**
 * A session on a socket: octets from one to the other, one write for all that a group of commands takes, one deadline
 * for whatever is waited for. What is said here, and when, the session decides; this file only has the clock and the wire.
 */
import type { Socket } from "node:net";
import type { Extensions } from "@posthorn/contract";
import {
  type ClientAskEvent,
  type ClientClosedEvent,
  type ClientEvent,
  ClientSession,
  NEED_DATA,
} from "@posthorn/session";
import type { Beginning } from "./channel.ts";
import { Deadline } from "./deadline.ts";
import { ClientError } from "./errors.ts";
import type { Inbox } from "./inbox.ts";
import { secure, type Secured } from "./secure.ts";
import type { Setup } from "./setup.ts";
import { timeoutFor, type Timeouts } from "./timeouts.ts";
import { writePieces } from "./write.ts";

/** Whoever the driver works for. */
export interface Owner<X extends Extensions> {
  /** Every event of the session but questions, which the driver performs, and upgrades. */
  event(event: ClientEvent<X>): void;
  /** The connection is secure. */
  secured(secured: Secured): void;
  /** Whether a message is under way. */
  delivering(): boolean;
  /** Whether commands and replies are of interest. */
  observed(): boolean;
}

/** Endings in peace: what was handed to the socket still leaves. After any other, nothing does. */
const POLITE: ReadonlySet<string> = new Set(["quit", "refused", "negotiation", "service"]);

/** A session and its socket. */
export class Driver<X extends Extensions> {
  readonly session: ClientSession<X>;
  /** What ended the connection, where it was not the session that found it. */
  cause: ClientError | undefined = undefined;
  readonly #setup: Setup<X>;
  readonly #owner: Owner<X>;
  readonly #deadline: Deadline;
  #socket: Socket;
  /** What the socket reads into; of a TLS socket there is none. */
  #inbox: Inbox | undefined;
  #pumping = false;
  #closed = false;
  /** Whether the socket takes more octets now. */
  #clear = true;
  #writes = 0;
  /** What is waited for; and since which write or reply. */
  #waitsFor: keyof Timeouts | undefined = undefined;
  #since = 0;
  #wake: (() => void) | undefined = undefined;
  /** What is to be told behind the events that are waiting. */
  #afterwards: (() => void)[] = [];

  constructor(
    setup: Setup<X>,
    owner: Owner<X>,
    socket: Socket,
    { name, secured, inbox }: Pick<Beginning, "name" | "secured" | "inbox">,
  ) {
    const { clock, limits } = setup;
    this.#setup = setup;
    this.#owner = owner;
    this.#socket = socket;
    this.#inbox = inbox;
    this.#deadline = new Deadline(clock, (what) => this.#late(what));
    this.session = new ClientSession(setup.composition, {
      name,
      limits,
      ...(secured === undefined ? {} : { tls: secured.tls }),
    });
  }

  /** Begins to listen to the server. */
  start(): void {
    this.listen();
    this.#attach();
    this.pump();
  }

  /** The socket, for what only it can tell. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Whether octets of the content may be written now. */
  get writable(): boolean {
    return this.#clear && this.session.writable;
  }

  /** Waits until something has changed: the socket is drained, a reply came, the connection is over. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Has the session tell commands and replies, if anybody listens now. */
  listen(): void {
    this.session.observe = this.#owner.observed();
  }

  /** Has the next pump tell something, behind what the session tells. */
  afterwards(tell: () => void): void {
    this.#afterwards.push(tell);
  }

  /** Tells all that the session has to tell, sends all that it has to send, and sets the deadline. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.listen();
    try {
      for (let event = this.session.next(); event !== NEED_DATA; event = this.session.next()) this.#event(event);
      if (this.#afterwards.length > 0) for (const tell of this.#afterwards.splice(0)) tell();
    } finally {
      this.#pumping = false;
    }
    this.flush();
    this.#watch();
    this.#stir();
  }

  /** Sends what the session has to send. */
  flush(): void {
    const pieces = this.session.takePieces();
    if (pieces === undefined || this.#socket.destroyed) return;
    this.#writes += 1;
    this.#clear = writePieces(this.#socket, pieces);
  }

  /** Ends the connection at once: what was not sent is never sent. */
  abort(cause: ClientError): void {
    if (this.#closed) return;
    this.cause ??= cause;
    this.session.abort(cause.message);
    this.pump();
  }

  /** Lets the process end while nothing is under way, or not. */
  keepAlive(keep: boolean): void {
    if (keep) this.#socket.ref();
    else {
      this.#socket.unref();
      this.#deadline.stop();
    }
  }

  #event(event: ClientEvent<X>): void {
    if (event.type === "ask") this.#ask(event);
    else if (event.type === "upgrade") this.#secure();
    else {
      if (event.type === "closed") this.#close(event);
      this.#owner.event(event);
    }
  }

  #ask(question: ClientAskEvent): void {
    const answer = async (): Promise<void> => {
      try {
        const value: unknown = await question.run(question.signal);
        question.resume(value);
      } catch (error) {
        question.fail(error);
      }
      this.pump();
    };
    void answer();
  }

  #secure(): void {
    this.flush();
    this.#detach();
    this.#wait("tls", 0);
    this.#socket = secure(
      this.#socket,
      this.#setup,
      (secured) => {
        this.#socket = secured.socket;
        this.#waitsFor = undefined;
        this.#attach();
        this.session.upgraded(secured.tls);
        this.#owner.secured(secured);
        this.pump();
      },
      (error) => this.abort(error),
    );
  }

  #close({ code }: ClientClosedEvent): void {
    this.#closed = true;
    this.#deadline.stop();
    if (this.cause === undefined && POLITE.has(code)) this.#socket.destroySoon();
    else this.#socket.destroy();
  }

  #attach(): void {
    if (this.#inbox === undefined) this.#socket.on("data", this.#onData);
    this.#socket.on("end", this.#onEnd);
    this.#socket.on("close", this.#onEnd);
    this.#socket.on("error", this.#onError);
    this.#socket.on("drain", this.#onDrain);
    this.#inbox?.listen(this.#onData);
  }

  #detach(): void {
    this.#inbox?.listen(undefined);
    this.#inbox = undefined;
    this.#socket.removeListener("data", this.#onData);
    this.#socket.removeListener("end", this.#onEnd);
    this.#socket.removeListener("close", this.#onEnd);
    this.#socket.removeListener("error", this.#onError);
    this.#socket.removeListener("drain", this.#onDrain);
    this.#socket.on("error", () => {}); // the TLS layer tells it too
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.session.receive(chunk);
    try {
      this.pump();
    } catch (error) {
      this.session.abort("what was received was not read"); // it is another connection's buffer from here
      throw error;
    }
  };

  readonly #onEnd = (): void => {
    this.session.receive(null);
    this.pump();
  };

  readonly #onError = (error: Error): void => {
    if (this.#closed) return;
    this.cause ??= new ClientError("connection-lost", `the connection broke: ${error.message}`, { cause: error });
    this.#onEnd();
  };

  readonly #onDrain = (): void => {
    this.#clear = true;
    this.#watch();
    this.#stir();
  };

  #stir(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Sets the deadline of RFC 5321 §4.5.3.2 for what is waited for now, unless it was waited for already. */
  #watch(): void {
    if (this.#closed || this.#waitsFor === "tls") return;
    const { awaiting, replies } = this.session;
    // With every write one waits anew, and with every reply: what is waited for next is another command's.
    if (!this.#clear) this.#wait("dataBlock", this.#writes);
    else if (awaiting !== undefined) this.#wait(timeoutFor(awaiting, this.#owner.delivering()), replies);
    else {
      this.#waitsFor = undefined;
      this.#deadline.clear();
    }
  }

  #wait(time: keyof Timeouts, since: number): void {
    if (this.#waitsFor === time && this.#since === since) return;
    this.#waitsFor = time;
    this.#since = since;
    this.#deadline.set(this.#setup.timeouts[time], time);
  }

  #late(time: string): void {
    const ms = new Map(Object.entries(this.#setup.timeouts)).get(time);
    this.abort(
      new ClientError("timeout", `the server took more than ${ms} ms (${time})`, { rfc: "RFC 5321 §4.5.3.2" }),
    );
  }
}
