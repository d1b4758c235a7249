/**
 * What laws are held to: an extension, what it needs beside it, and arbitraries of its values. The types come from the
 * extension, so that a sample of the wrong type does not compile; inside, types are let go.
 */
import {
  type AnySpec,
  type Bag,
  defineExtension,
  type Extension,
  type Extensions,
  reply,
  specOf,
  type Verb,
  verb,
  command,
} from "@posthorn/contract";
import { compose, type Composition } from "@posthorn/session";
import { none } from "@posthorn/wire";
import fc from "fast-check";

type At<T, K extends PropertyKey> = T extends { readonly [P in K]: infer V } ? V : {};

/** Samples of a verb's values. */
export interface VerbSamples<A> {
  /** Arguments that have an encoding. */
  readonly args: fc.Arbitrary<A>;
  /** Where octets follow: what they may carry with these arguments, an item or the whole of a content. */
  carries?(args: A): fc.Arbitrary<unknown>;
}

/** Samples of an extension's values: values that have an encoding, and that come back as they are. */
export interface Samples<B extends Bag> {
  /** What the keyword's argument may be. */
  readonly capability?: fc.Arbitrary<At<B, "capability">>;
  readonly mail?: { readonly [P in keyof At<B, "mail">]?: fc.Arbitrary<At<B, "mail">[P]> };
  readonly rcpt?: { readonly [P in keyof At<B, "rcpt">]?: fc.Arbitrary<At<B, "rcpt">[P]> };
  readonly verbs?: { readonly [N in keyof At<B, "verbs">]?: VerbSamples<At<B, "verbs">[N]> };
  /** Values that are read and have no encoding: tolerances, each by name. What else is read can be written. */
  readonly readOnly?: readonly unknown[];
}

/** An extension that is held to the laws. */
export interface Subject<B extends Bag> extends Samples<B> {
  readonly extension: Extension<B>;
  /** Extensions that must be composed with it: what it requires. */
  readonly beside?: Extensions;
}

/** Samples whose types are let go. */
export interface AnySamples {
  readonly capability?: fc.Arbitrary<unknown>;
  readonly mail?: Readonly<Record<string, fc.Arbitrary<unknown> | undefined>>;
  readonly rcpt?: Readonly<Record<string, fc.Arbitrary<unknown> | undefined>>;
  readonly verbs?: Readonly<Record<string, VerbSamples<unknown> | undefined>>;
  readonly readOnly?: readonly unknown[];
}

/** What the laws of dialogues need: compositions, and samples for all that is in them. */
export interface Ground {
  readonly extensions: Extensions;
  readonly samples: AnySamples;
  readonly smtp: Composition;
  readonly lmtp: Composition;
}

const SECURE: Verb<null, never, "XSECURE"> = verb("XSECURE", {
  syntax: "XSECURE",
  args: none,
  from: ["ready"],
  on: { 2: { upgrade: "tls" }, 4: { to: "same" }, 5: { to: "same" } },
  group: "last",
});

/**
 * A security layer of the testkit's own, XSECURE: with it, what must be forgotten can be seen to be forgotten for any
 * extension, with no TLS and no name of another extension.
 */
export const xsecure = (): Extension<{ keyword: "XSECURE"; capability: null; verbs: { XSECURE: null } }> =>
  defineExtension({
    keyword: "XSECURE",
    rfc: 0,
    capability: none,
    verbs: [SECURE],
    server: {
      advertise: (view) => (view.tls === undefined ? null : undefined),
      handle: { XSECURE: () => reply(220, "2.0.0", "Go ahead") },
    },
    client: {
      negotiate: {
        stage: "security",
        *run(capability, view) {
          if (capability === undefined || view.tls !== undefined) return "skipped";
          const answer = yield* command(SECURE, null);
          return answer.code === 220 ? "done" : { fail: "it was refused" };
        },
      },
    },
  });

/** Composes extensions for both protocols, XSECURE before them. */
export const groundOf = (extensions: Extensions, samples: AnySamples): Ground => {
  const all: Extensions = [xsecure(), ...extensions];
  const verbs = { ...samples.verbs, XSECURE: { args: fc.constant(null) } };
  return {
    extensions: all,
    samples: { ...samples, verbs },
    smtp: compose(all),
    lmtp: compose(all, { protocol: "lmtp" }),
  };
};

/** The extension with the parts of its spec replaced. */
export const withSpec = (extension: Extension, change: (spec: AnySpec) => AnySpec): Extension => ({
  keyword: extension.keyword,
  spec: change(specOf(extension)),
});
