/**
 * An extension (RFC 5321 §2.2) is one plain value for client and server: a keyword, parameters, verbs as rows, and
 * behaviour in two optional halves. The session package names none; it reads this shape.
 */
import type { Codec } from "./codec.ts";
import type { Facts, Message } from "./message.ts";
import type { ForwardPath, ReversePath } from "./path.ts";
import type { Reply } from "./reply.ts";
import type { ClientOp, ServerOp, Talk } from "./talk.ts";
import type { AnyVerb, ArgsOf, Scope } from "./verb.ts";
import type { View } from "./view.ts";

/** A parameter of MAIL or RCPT (RFC 5321 §4.1.2). Its codec reads what follows the `=`; `undefined` where there is none. */
export interface Param<T> extends Codec<T> {
  /** Client: what to do with a value where the server did not offer the extension. `omit` is reported in the plan; `refuse` fails the message, or that recipient. */
  readonly unoffered: "omit" | "refuse";
  /** Octets that it adds to the longest command line (RFC 1869 §4.1.2), the space and keyword included. */
  readonly adds: number;
  /** `utf8`: its presence on MAIL widens the grammar of that line and of every path after it (RFC 6531 §3.4). */
  readonly widens?: "utf8";
  /** A closed set of values. Two extensions may share a parameter whose sets are disjoint (BODY: RFC 6152, RFC 3030). */
  readonly tokens?: readonly string[];
}

/** The arguments of MAIL, as a veto sees them. */
export interface MailArgs<M = object> {
  readonly path: ReversePath;
  readonly params: Partial<M>;
}

/** The arguments of RCPT, as a veto sees them. */
export interface RcptArgs<R = object> {
  readonly path: ForwardPath;
  readonly params: Partial<R>;
}

type ByName<V extends readonly AnyVerb[]> = { readonly [Row in V[number] as Row["name"]]: Row };

type Vetoed<N, M, R, V extends readonly AnyVerb[]> = N extends "MAIL"
  ? MailArgs<M>
  : N extends "RCPT"
    ? RcptArgs<R>
    : N extends keyof ByName<V>
      ? ArgsOf<ByName<V>[N]>
      : unknown;

type Vetoes<M, R, V extends readonly AnyVerb[], S> = {
  readonly [N in "MAIL" | "RCPT" | "DATA" | V[number]["name"]]?: (
    args: Vetoed<N, M, R, V>,
    view: View<M>,
    state: S,
  ) => Reply | undefined;
};

type Handlers<V extends readonly AnyVerb[], M, S> = [V[number]] extends [never]
  ? undefined
  : {
      readonly [Row in V[number] as Row["name"]]?: (
        args: ArgsOf<Row>,
        view: View<M>,
        state: S,
      ) => Reply | Talk<ServerOp, Reply>;
    };

/** The server's half. Everything is pure but handlers, which alone write their state. */
export interface ServerHalf<Cap, M extends object, R extends object, V extends readonly AnyVerb[], S> {
  /** The capability to offer in this EHLO reply, or `undefined` for none. Called after the forgetting. */
  advertise(view: View<M>, state: S): NoInfer<Cap> | undefined;
  /** The refusal of one of its verbs that exists but was not offered, after EHLO; without it, 502 (RFC 5321 §4.2.4). */
  withheld?(verb: string, view: View<M>, state: S): Reply;
  /** Vetoes of MAIL, RCPT, DATA and its own verbs: after syntax and phase, before the host; the first refusal in the order of the tuple wins. */
  readonly admit?: Vetoes<M, R, NoInfer<V>, S>;
  /** Who answers its verbs: a function, or a generator where something is asked. */
  readonly handle?: Handlers<NoInfer<V>, M, S>;
  /** What others may read by `view.fact(name)`. */
  readonly facts?: { readonly [name: string]: (state: S) => unknown };
  /** How much content this transaction may carry: the smallest limit wins, and the machine cuts at that octet. */
  limit?(view: View<M>, state: S): { readonly octets: number; readonly reply: Reply } | undefined;
  /**
   * Changes a reply on its way out. `wire` is what will be sent (at first without `status`), `said` what was said.
   * Must depend on its arguments only (the result is kept). Applied only where this extension stands in the EHLO reply
   * that is in force, never to the greeting, to a hello's reply or to 3yz.
   */
  amend?(wire: Reply, said: Reply): Reply;
}

/** What a client's extension makes of a message for this hop. */
export interface Prepared<M, R> {
  /** Parameters for MAIL. What the caller set himself stays. */
  readonly mail?: Partial<M>;
  /** Parameters for one recipient, or why it cannot be sent to. */
  rcpt?(to: ForwardPath, index: number): Partial<R> | { readonly refuse: string } | undefined;
  /** Why the message cannot be sent to this server. */
  readonly refuse?: string;
  /** What content this extension answers for here. Without one, content must be `7bit` (RFC 5321 §2.4). */
  readonly carries?: "8bit" | "binary";
  /** The verb by which the content must go; it may be another extension's that this one requires (BINARYMIME: BDAT). */
  readonly transfer?: string;
  /** A remark for the plan. */
  readonly note?: string;
  /** The most recipients in one transaction. */
  readonly split?: number;
}

/** How a negotiation ended. */
export type Negotiated = "done" | "skipped" | { readonly fail: string };

/** Another verb for content: its row, and arguments for each piece. */
export type Transfer<V extends readonly AnyVerb[]> = {
  [N in keyof ByName<V>]: { readonly verb: N; args(octets: number, last: boolean): ArgsOf<ByName<V>[N]> };
}[keyof ByName<V>];

/** The client's half. */
export interface ClientHalf<Cap, M extends object, R extends object, V extends readonly AnyVerb[], S> {
  /** Plans a message for this hop. `capability` is `undefined` where the server did not offer the extension: the reasons live there. */
  prepare?(
    message: Message<M, R>,
    capability: Cap | undefined,
    view: View<M>,
    state: S,
  ): Prepared<NoInfer<M>, NoInfer<R>> | undefined;
  /**
   * Talks before the first message. Called also where nothing was offered, so that a stripped offer is noticed. All of
   * stage `security` run before any of stage `identity`; after an upgrade there is a new EHLO and all start over.
   */
  readonly negotiate?: {
    readonly stage: "security" | "identity";
    run(capability: Cap | undefined, view: View<M>, state: S): Talk<ClientOp, Negotiated>;
  };
  /** How many commands may be unanswered; without any extension that says so, 1. */
  window?(capability: Cap): number;
  /** Another way to transfer content than DATA, where it applies; the first in the order of the tuple. */
  content?(capability: Cap, facts: Facts): Transfer<NoInfer<V>> | undefined;
}

/** Everything about an extension. `K` keyword, `Cap` capability, `M` and `R` parameters, `V` rows, `S` memory. */
export interface Spec<K extends string, Cap, M extends object, R extends object, V extends readonly AnyVerb[], S> {
  /** The EHLO keyword (RFC 5321 §4.1.1.1), in upper case. */
  readonly keyword: K;
  /** The RFC that defines it; 0 where there is none. */
  readonly rfc: number;
  /** Keywords that must be composed too, and on the client also offered. */
  readonly requires?: readonly string[];
  /** Keywords that must not be composed beside it. */
  readonly conflicts?: readonly string[];
  /** What follows the keyword in the EHLO reply. Its values are never `undefined`, which means "not offered"; `null` is there for a keyword alone. */
  readonly capability: Codec<Cap>;
  /** Its parameters of MAIL, by keyword (RFC 5321 §4.1.1.11). */
  readonly mail?: { readonly [P in keyof M]: Param<M[P]> };
  /** Its parameters of RCPT, by keyword. */
  readonly rcpt?: { readonly [P in keyof R]: Param<R[P]> };
  /** Its verbs, as rows that `verb` makes. */
  readonly verbs?: V;
  /** What it remembers of a session: one state for each side, which handlers alone write. */
  readonly memory?: {
    /** What ends it: the end of a transaction, a hello, or a new security layer; a later one of these ends the earlier too. */
    readonly scope: Scope;
    /** A fresh state. Annotate its type, or TypeScript takes the literals for it. */
    initial(): S;
  };
  /** What a server does of it. */
  readonly server?: ServerHalf<Cap, M, R, V, S>;
  /** What a client does of it. */
  readonly client?: ClientHalf<Cap, M, R, V, S>;
}

/** Any extension's spec, as a machine reads it. */
export type AnySpec = Spec<
  string,
  unknown,
  Record<string, unknown>,
  Record<string, unknown>,
  readonly AnyVerb[],
  unknown
>;

/** The types that an extension brings, as values' types, not codecs': what inference reads. */
export interface Bag {
  readonly keyword: string;
  readonly capability?: unknown;
  readonly mail?: object;
  readonly rcpt?: object;
  readonly verbs?: object;
  readonly state?: unknown;
  readonly requires?: string;
}

declare const bag: unique symbol;

/** An extension. A published factory returns a named interface: `interface Size extends Extension<{ keyword: "SIZE"; … }> {}`. */
export interface Extension<B extends Bag = Bag> {
  readonly keyword: B["keyword"];
  /** The spec; `specOf` reads it. */
  readonly spec: object;
  readonly [bag]?: B;
}

/**
 * Makes an extension of its spec; all types are inferred.
 *
 * @example
 * const noSoliciting = defineExtension({
 *   keyword: "NO-SOLICITING", rfc: 3865, capability: none, server: { advertise: () => null },
 * });
 */
export const defineExtension = <
  const K extends string,
  Cap extends {} | null,
  M extends object = {},
  R extends object = {},
  const V extends readonly AnyVerb[] = readonly [],
  S = undefined,
  const Q extends string = never,
>(
  spec: Spec<K, Cap, M, R, V, S> & { readonly requires?: readonly Q[] },
): Extension<{
  keyword: K;
  capability: Cap;
  mail: M;
  rcpt: R;
  verbs: { [Row in V[number] as Row["name"]]: ArgsOf<Row> };
  state: S;
  requires: Q;
}> => ({ keyword: spec.keyword, spec });

/** The spec of an extension, for machines and tools: here, and only here, its types are let go. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `defineExtension` is the only maker, and put a Spec there
export const specOf = (extension: Extension): AnySpec => extension.spec as AnySpec;
