/**
 * A verb is a row of the dialogue table. Server, client and observers read the same row: where the verb is legal,
 * what each class of reply does, what octets follow. Behaviour stands elsewhere (`extension.ts`); a row is data.
 */
import type { Codec } from "./codec.ts";
import type { Decoder, Encoder } from "./framing.ts";
import type { View } from "./view.ts";

/**
 * How long something is remembered. `transaction`: to its end, RSET, a hello, STARTTLS. `hello`: to the next EHLO,
 * HELO, LHLO, STARTTLS. `security`: to STARTTLS. Counters are no memory: nothing forgets them but the close.
 */
export type Scope = "transaction" | "hello" | "security";

/**
 * Where the dialogue is. `connected`: greeted, no hello yet. `ready`: a hello was accepted. `mail`, `rcpt`: inside a
 * transaction. `refused`: the greeting was 554, only QUIT is heard (RFC 5321 §3.1). `closing`: nothing more is read.
 * A phase of an extension is `KEYWORD:name`.
 */
export type Phase = "connected" | "ready" | "mail" | "rcpt" | "refused" | "closing" | `${string}:${string}`;

/** A phase, or `*`: every phase but `refused` and `closing`, those of extensions included. */
export type From = Phase | "*";

/**
 * What a reply does. `same` stays; `idle` is `ready` after a hello and `connected` before one. `upgrade` makes the
 * connection secure and then starts over as `connected`, everything of scope `security` forgotten (RFC 3207 §4.2).
 * Which of them, and whether it is a choice, is read (`move.upgrade`) and not asked with `in`, which takes ten times as long.
 */
export type Move =
  | {
      readonly to: Phase | "same" | "idle";
      readonly forgets?: Scope;
      readonly upgrade?: undefined;
      readonly of?: undefined;
    }
  | { readonly upgrade: "tls"; readonly to?: undefined; readonly of?: undefined };

/** Several moves of which the arguments choose one; all are listed, so that a diagram can draw them. */
export interface Choice<A> {
  readonly of: readonly Move[];
  readonly upgrade?: undefined;
  /** The index in `of`. */
  which(args: A): number;
}

/** What each class of reply does. A class that is not named is a protocol error for the client. */
export interface Moves<A> {
  readonly 2?: Move | Choice<A>;
  readonly 4?: Move | Choice<A>;
  readonly 5?: Move | Choice<A>;
}

/** Where octets that follow a verb stand: what a decoder may know beyond the verb's arguments. `M` is the MAIL parameters that it looks at. */
export interface Within<C, M = object> {
  /** The session as it is when the octets begin, for reading. */
  readonly view: View<M>;
  /** The decoder of the octets before, where they are of the same message: what it knew goes on, as whether a CR came last. */
  readonly before: Decoder<C> | undefined;
}

/** Octets that follow a verb. */
export interface Intake<A, C> {
  /** `with-command`: at once behind the command line, and consumed also when the command is refused; `on-3yz`: after that reply. */
  readonly opens: "with-command" | "on-3yz";
  /** `content` goes to the host, in any number of pieces; `items` go to the conversation, each whole. */
  readonly carries: "content" | "items";
  /** A decoder for one framing, on the server; `within` is left out where the octets stand alone. */
  decode(args: A, within?: Within<C>): Decoder<C>;
  /** Its inverse, on the client. */
  encode(args: A): Encoder<C>;
  /** Whether these octets end the message (DATA always, BDAT with LAST): then the host is asked for the verdict, else the handler. */
  last(args: A): boolean;
  /** What the reply after the octets does. `3: "again"`: another item follows (AUTH). */
  readonly then: Moves<A> & { readonly 3?: "again" };
  /** In LMTP, one reply for each accepted recipient instead of one (RFC 2033 §4.2). */
  readonly answers?: "recipients";
}

/** One verb. `A` is its arguments, `C` what its intake carries, `N` its name. */
export interface Verb<A, C = never, N extends string = string> {
  /** The verb, in upper case: ASCII letters and digits. */
  readonly name: N;
  /** Its syntax in the words of its RFC, for HELP and for 501: `BDAT SP chunk-size [SP LAST]`. */
  readonly syntax: string;
  /** What stands behind the verb in its line. */
  readonly args: Codec<A>;
  /** Where it is legal; elsewhere it is 503 (RFC 5321 §4.1.4). */
  readonly from: readonly From[];
  /** What a reply does before any octets; `3: "opens"`: the intake begins. */
  readonly on: Moves<A> & { readonly 3?: "opens" };
  /** `free`: another command may be sent behind it before its reply (RFC 2920 §3.1); `last`: it ends its group. */
  readonly group: "free" | "last";
  /** The longest command line, in octets with CRLF, where this verb needs more than the composition's. */
  readonly line?: number;
  /** Whether arguments and items are secrets: no log and no transcript shows them. */
  readonly secret?: boolean;
  /** The octets that follow it, where some do. */
  readonly intake?: Intake<A, C>;
}

/** Any row. */
export type AnyVerb = Verb<unknown, unknown>;

/** The arguments of a row. */
export type ArgsOf<V> = V extends Verb<infer A, infer _C, infer _N> ? A : never;

/**
 * Makes a row: `verb("XADR", { … })`. Annotate the constant (`const xadr: Verb<Args, never, "XADR"> = …`) where handlers refer to it.
 */
export const verb = <A, C = never, const N extends string = string>(
  name: N,
  row: Omit<Verb<A, C, N>, "name">,
): Verb<A, C, N> => ({ name, ...row });
