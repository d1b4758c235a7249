/** A session as hooks see it: what the machine knows, and who is connected. */
import type { Extensions, Phase, StateOf, Tls } from "@posthorn/contract";
import type { ServerSession } from "@posthorn/session";
import type { Peer } from "./peer.ts";
import type { Endpoint, Mail, Recipient, Role, Session } from "./session.ts";

const NOBODY: readonly never[] = Object.freeze([]);

/** The session that hooks get. */
export class Seen<X extends Extensions> implements Session<X> {
  earlyTalk = 0;
  #accepted: Recipient<X>[] | undefined = undefined;
  readonly #peer: Peer;
  readonly #session: ServerSession<X>;
  /** Made when somebody asks for the signal: an `AbortController` costs more than all else here. */
  #gone: AbortController | undefined = undefined;
  #left = false;

  constructor(peer: Peer, session: ServerSession<X>) {
    this.#peer = peer;
    this.#session = session;
  }

  /** A transaction begins. */
  begin(): void {
    this.#accepted = undefined;
  }

  /** A recipient was accepted. */
  accept(recipient: Recipient<X>): void {
    if (this.#accepted === undefined) this.#accepted = [recipient]; // has room for one, where a push makes room for 17
    else this.#accepted.push(recipient);
  }

  /** Those who were accepted in this transaction, or the last one. */
  get accepted(): readonly Recipient<X>[] {
    return this.#accepted ?? NOBODY;
  }

  /** The connection is gone. */
  leave(): void {
    this.#left = true;
    this.#gone?.abort();
  }

  get id(): string {
    return this.#peer.id;
  }

  get role(): Role {
    return this.#peer.role;
  }

  get remote(): Endpoint {
    return this.#peer.remote;
  }

  get local(): Endpoint {
    return this.#peer.local;
  }

  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      this.#gone = new AbortController();
      if (this.#left) this.#gone.abort(); // who asks late finds it aborted
    }
    return this.#gone.signal;
  }

  get protocol(): "smtp" | "lmtp" {
    return this.#session.protocol;
  }

  get tls(): Tls | undefined {
    return this.#session.tls;
  }

  get phase(): Phase {
    return this.#session.phase;
  }

  get hello(): { readonly verb: string; readonly domain: string } | undefined {
    return this.#session.hello;
  }

  get mail(): Mail<X> | undefined {
    return this.#session.mail;
  }

  get recipients(): readonly Recipient<X>[] {
    return this.#session.mail === undefined ? NOBODY : this.accepted;
  }

  get utf8(): boolean {
    return this.#session.utf8;
  }

  get transactions(): number {
    return this.#session.transactions;
  }

  get state(): StateOf<X> {
    return this.#session.state;
  }

  fact(name: string): unknown {
    return this.#session.fact(name);
  }

  offered(keyword: string): boolean {
    return this.#session.offered(keyword);
  }
}
