/** Who is connected, and to which listener. */
import { identifier } from "./identifiers.ts";
import type { Listener } from "./listen.ts";
import type { Endpoint, Role } from "./session.ts";

/** One end of a connection that is ours, and the other. */
export class Peer {
  readonly listener: Listener;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Under which key it is counted; `undefined` where it is exempt. */
  readonly key: string | undefined;
  #id: string | undefined = undefined;

  constructor(listener: Listener, remote: Endpoint, local: Endpoint, key: string | undefined) {
    this.listener = listener;
    this.remote = remote;
    this.local = local;
    this.key = key;
  }

  /** The session's name, drawn when it is first asked for. */
  get id(): string {
    return (this.#id ??= identifier());
  }

  get role(): Role {
    return this.listener.role;
  }

  /** What is told of it when it comes. */
  get shown(): { readonly session: string; readonly role: Role; readonly remote: Endpoint; readonly local: Endpoint } {
    return { session: this.id, role: this.role, remote: this.remote, local: this.local };
  }
}
