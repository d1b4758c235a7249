/**
 * What can be seen of a server, for logs and views. An observation is made only if somebody observes; text that a peer
 * wrote is escaped to one printable line, and no secret is in any. A listener must not throw: what it throws is dropped.
 */
import type { Extensions, ParamsOf, Phase, Reply, Tls } from "@posthorn/contract";
import type { Endpoint, Role } from "./session.ts";
import type { AbortReason } from "./sink.ts";

/** Why a connection ended. */
export type CloseReason =
  | "quit"
  | "end" // the peer closed its side
  | "reset" // the connection broke
  | "timeout"
  | "limit"
  | "refused" // by a hook or an extension: a reply that closes
  | "tls" // the handshake failed
  | "shutdown"
  | "error"; // a mistake of our own

/** What is in every observation of a session. */
export interface Observed {
  /** The session's id. */
  readonly session: string;
}

/** Everything that can be observed. */
export type Observation<X extends Extensions = Extensions> =
  | (Observed & {
      readonly type: "connection";
      readonly role: Role;
      readonly remote: Endpoint;
      readonly local: Endpoint;
      readonly tls: "none" | "starttls" | "implicit";
    })
  | (Observed & { readonly type: "tls"; readonly tls: Tls })
  | (Observed & { readonly type: "hello"; readonly verb: string; readonly domain: string; readonly reply: Reply })
  | (Observed & {
      readonly type: "command";
      /** `""` for the greeting, and for a line that is no command here: it may hold a secret. */
      readonly verb: string;
      /** Absent also where it is a secret. */
      readonly argument?: string;
      readonly reply: Reply;
      /** The phase after it. */
      readonly phase: Phase;
    })
  | (Observed & {
      readonly type: "auth";
      readonly ok: boolean;
      readonly mechanism?: string;
      /** The name that was proved. */
      readonly name?: string;
      readonly reply: Reply;
    })
  | (Observed & {
      readonly type: "mail";
      readonly from: string;
      readonly params?: ParamsOf<X, "mail">;
      readonly reply: Reply;
    })
  | (Observed & {
      readonly type: "recipient";
      readonly to: string;
      readonly params?: ParamsOf<X, "rcpt">;
      readonly reply: Reply;
    })
  | (Observed & { readonly type: "transfer"; readonly message: string; readonly verb: string })
  | (Observed & {
      readonly type: "message";
      readonly message: string;
      readonly octets: number;
      readonly recipients: number;
      /** One, or in LMTP one for each recipient. */
      readonly replies: readonly Reply[];
      /** From the hook `content` to the verdict, in milliseconds. */
      readonly ms: number;
    })
  | (Observed & {
      readonly type: "dropped";
      readonly message: string;
      readonly octets: number;
      readonly why: AbortReason;
      readonly reply?: Reply;
    })
  | (Observed & { readonly type: "fault"; readonly code: string; readonly verb: string; readonly reply: Reply })
  | (Observed & {
      readonly type: "error";
      /** The hook that failed; `sink`, `ask` (a store), `extension`, `socket`, `server`. */
      readonly where: string;
      readonly error: unknown;
    })
  | (Observed & {
      readonly type: "closed";
      readonly reason: CloseReason;
      /** Octets from the peer and to it, TLS not counted. */
      readonly received: number;
      readonly sent: number;
      readonly messages: number;
      readonly ms: number;
    })
  | {
      readonly type: "refused";
      readonly remote: Endpoint;
      /** The limit that it was over. */
      readonly limit: string;
    }
  | { readonly type: "accept-error"; readonly error: unknown };

/** Who observes. */
export class Observers<X extends Extensions> {
  #listeners: ((event: Observation<X>) => void)[] = [];

  /** Whether anybody does: look before an observation is made. */
  get some(): boolean {
    return this.#listeners.length > 0;
  }

  /** Adds a listener; the result takes it away. */
  add(listener: (event: Observation<X>) => void): () => void {
    const own = (event: Observation<X>): void => listener(event); // one listener may observe twice
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== own);
    };
  }

  /** Tells that something failed, if anybody observes. */
  failed(session: string, where: string, error: unknown): void {
    if (this.some) this.tell({ type: "error", session, where, error });
  }

  /** Tells all. */
  tell(event: Observation<X>): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        // A log that fails must not end a session.
      }
    }
  }
}
