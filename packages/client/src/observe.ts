/**
 * What a connection tells whoever observes it: commands and replies as they go, verdicts, how it ends. Nothing here
 * holds a secret: arguments of AUTH are never told. Without a listener no observation is made.
 */
import type { Reply, Tls } from "@posthorn/contract";
import type { Verdict } from "@posthorn/session";
import type { ClientError } from "./errors.ts";

/** Which connection it is about. */
export interface Observed {
  /** A number for each connection of this process, as text. */
  readonly connection: string;
}

/** One thing that happened. Text of the server is as it came: escape it before it is shown. */
export type Observation = Observed &
  (
    | { readonly type: "connecting"; readonly address: string; readonly port: number | undefined }
    | { readonly type: "connected"; readonly address: string; readonly port: number | undefined }
    /** The connection is secure now; `resumed` says whether by a session from before (RFC 8446 §2.2). */
    | { readonly type: "tls"; readonly tls: Tls; readonly resumed: boolean }
    /** Messages may be sent. */
    | { readonly type: "ready" }
    /** A command leaves; `raw` is its argument, `undefined` where there is none or it is secret. */
    | { readonly type: "command"; readonly verb: string; readonly raw: string | undefined; readonly secret: boolean }
    | { readonly type: "reply"; readonly verb: string; readonly reply: Reply; readonly secret: boolean }
    /** Content begins to leave. */
    | { readonly type: "transfer"; readonly transaction: number }
    /** Content has left, whole. */
    | { readonly type: "transferred"; readonly octets: number }
    | { readonly type: "verdict"; readonly recipient: string; readonly verdict: Verdict }
    | { readonly type: "outcome"; readonly accepted: number; readonly recipients: number; readonly octets: number }
    /** Told last, once. */
    | { readonly type: "closed"; readonly reason: string; readonly failure: ClientError | undefined }
  );

/** An observation without the connection's number. */
export type Told = Observation extends infer O ? (O extends Observed ? Omit<O, "connection"> : never) : never;

/** Called for each observation. What it throws stops nothing here, and is thrown again where nobody catches it. */
export type Listener = (observation: Observation) => void;

/** The listeners of one connection or pool. */
export class Listeners {
  readonly #all: Set<Listener> = new Set();
  readonly #wider: Listeners | undefined;

  /** @param wider Who is told everything too: a pool's, of each of its connections. */
  constructor(first?: Listener, wider?: Listeners) {
    if (first !== undefined) this.#all.add(first);
    this.#wider = wider;
  }

  /** Whether anybody listens. */
  get any(): boolean {
    return this.#all.size > 0 || this.#wider?.any === true;
  }

  /** Adds a listener; what is returned takes it away. */
  add(listener: Listener): () => void {
    // A wrapper of its own, so that a function that is added twice is told twice and taken away once.
    const own: Listener = (observation) => listener(observation);
    this.#all.add(own);
    return () => void this.#all.delete(own);
  }

  /** Tells everybody. */
  tell(observation: Observation): void {
    for (const listener of this.#all) {
      try {
        listener(observation);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    this.#wider?.tell(observation);
  }
}
