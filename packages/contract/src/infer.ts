/**
 * Types from a tuple of extensions: what hooks, plans and capabilities are typed with, and the sentences that a
 * composition which cannot stand gives as its error. Unions by key, never intersections: BODY of two extensions is
 * the union of their tokens.
 */
import type { Bag, Extension } from "./extension.ts";

/** A tuple of extensions. */
export type Extensions = readonly Extension[];

type BagOf<E> = E extends Extension<infer B> ? B : never;
type At<T, K extends PropertyKey, D> = T extends { readonly [P in K]: infer V } ? V : D;
type Slot<X extends Extensions, S extends keyof Bag> = At<BagOf<X[number]>, S, {}>;
type Keys<U> = U extends unknown ? keyof U : never;
type Get<U, K extends PropertyKey> = U extends unknown ? (K extends keyof U ? U[K] : never) : never;

/** The parameters of MAIL or of RCPT: each optional, by name. */
export type ParamsOf<X extends Extensions, S extends "mail" | "rcpt"> = {
  readonly [K in Keys<Slot<X, S>>]?: Get<Slot<X, S>, K>;
};

/** The capabilities that a server may offer: each optional, by keyword. */
export type CapabilitiesOf<X extends Extensions> = {
  readonly [B in BagOf<X[number]> as B["keyword"]]?: B["capability"];
};

/** The state of each extension, by keyword. */
export type StateOf<X extends Extensions> = { readonly [B in BagOf<X[number]> as B["keyword"]]: B["state"] };

/** The arguments of the verbs that extensions add, by verb. */
export type VerbsOf<X extends Extensions> = { [K in Keys<Slot<X, "verbs">> & string]: Get<Slot<X, "verbs">, K> };

/** The verbs that are there without any extension (RFC 5321 §4.1.1, RFC 2033 §4.1). */
export type BaseVerb =
  | "EHLO"
  | "HELO"
  | "LHLO"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "RSET"
  | "NOOP"
  | "QUIT"
  | "VRFY"
  | "EXPN"
  | "HELP";

type VerbsIn<E> = keyof At<BagOf<E>, "verbs", {}>;
type Params<E, S extends "mail" | "rcpt"> = At<BagOf<E>, S, {}>;
type Either<A, B> = { [K in keyof A | keyof B]: Get<A | B, K> };
type Clash<A, B> = { [K in keyof A & keyof B]: [A[K] & B[K]] extends [never] ? never : K }[keyof A & keyof B];

type KeywordTwice<X extends Extensions, Seen = never> = X extends readonly [infer H, ...infer T extends Extensions]
  ? BagOf<H>["keyword"] extends Seen
    ? BagOf<H>["keyword"]
    : KeywordTwice<T, Seen | BagOf<H>["keyword"]>
  : never;

type VerbTwice<X extends Extensions, Seen = BaseVerb> = X extends readonly [infer H, ...infer T extends Extensions]
  ? [VerbsIn<H> & Seen] extends [never]
    ? VerbTwice<T, Seen | VerbsIn<H>>
    : VerbsIn<H> & Seen & string
  : never;

type ParamTwice<X extends Extensions, S extends "mail" | "rcpt", Seen = {}> = X extends readonly [
  infer H,
  ...infer T extends Extensions,
]
  ? [Clash<Params<H, S>, Seen>] extends [never]
    ? ParamTwice<T, S, Either<Params<H, S>, Seen>>
    : Clash<Params<H, S>, Seen> & string
  : never;

type Missing<X extends Extensions> = Exclude<
  Extract<At<BagOf<X[number]>, "requires", never>, string>,
  BagOf<X[number]>["keyword"]
>;

type Sentence<T extends string> = { readonly error: T };

/** `unknown` where the tuple can be composed, else a type whose `error` is a sentence. Use it as `extensions: X & Checked<X>`. */
export type Checked<X extends Extensions> = [KeywordTwice<X>] extends [never]
  ? [VerbTwice<X>] extends [never]
    ? [ParamTwice<X, "mail">] extends [never]
      ? [ParamTwice<X, "rcpt">] extends [never]
        ? [Missing<X>] extends [never]
          ? unknown
          : Sentence<`an extension requires ${Missing<X>}, which is not composed`>
        : Sentence<`two extensions contribute the RCPT parameter ${ParamTwice<X, "rcpt">}`>
      : Sentence<`two extensions contribute the MAIL parameter ${ParamTwice<X, "mail">}`>
    : Sentence<`two extensions contribute the verb ${VerbTwice<X>}`>
  : Sentence<`the extension ${KeywordTwice<X>} is composed twice`>;
