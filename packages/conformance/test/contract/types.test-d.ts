import { announced, ask, challenge, command, defineExtension, item, reply, verb } from "@posthorn/contract";
import type {
  Codec,
  Decoder,
  Encoder,
  Extension,
  Extensions,
  Param,
  ParamsOf,
  StateOf,
  Verb,
} from "@posthorn/contract";
import { compose, type Composition } from "@posthorn/session";

declare const authArgs: Codec<A>;
declare const blobArgs: Codec<{ n: number }>;
declare const xr: Param<string>;
declare const none: Codec<null>;
declare const text: Codec<string>;
declare const dec: Decoder<Uint8Array>;
declare const enc: Encoder<Uint8Array>;
declare const p: Param<bigint>;
declare const body: Param<"7BIT" | "8BITMIME">;
declare const binary: Param<"BINARYMIME">;

interface A {
  readonly mechanism: string;
}
const auth: Verb<A, Uint8Array, "XAUTH"> = verb("XAUTH", {
  syntax: "XAUTH",
  args: authArgs,
  from: ["ready"],
  on: { 2: { to: "same" }, 3: "opens" },
  group: "last",
  secret: true,
  intake: {
    opens: "on-3yz",
    carries: "items",
    decode: () => dec,
    encode: () => enc,
    last: () => false,
    then: { 2: { to: "same" }, 3: "again" },
  },
});
const blob: Verb<{ n: number }, Uint8Array, "XBLOB"> = verb("XBLOB", {
  syntax: "XBLOB",
  args: blobArgs,
  from: ["*"],
  on: {},
  group: "last",
  intake: {
    opens: "with-command",
    carries: "items",
    decode: () => dec,
    encode: () => enc,
    last: () => false,
    then: { 2: { to: "same" } },
  },
});
const noop: Verb<null, never, "XNOP"> = verb("XNOP", {
  syntax: "XNOP",
  args: none,
  from: ["*"],
  on: { 2: { to: "same" } },
  group: "free",
});

const x = defineExtension({
  keyword: "XTRA",
  rfc: 0,
  capability: text,
  requires: ["SIZE"],
  mail: { XM: p },
  rcpt: { XR: xr },
  verbs: [auth, blob, noop],
  memory: { scope: "security", initial: (): { who: string | undefined } => ({ who: undefined }) },
  server: {
    advertise: (view, state) => (view.mail?.params.XM === 3n && state.who ? "a" : undefined),
    admit: {
      XNOP: (args, _v, s) => (args === null && s.who ? reply(550) : undefined),
      MAIL: (a) => (a.params.XM === 1n ? reply(550) : undefined),
    },
    handle: {
      *XAUTH(args, _view, state) {
        const line = yield* challenge(auth, reply(334, args.mechanism));
        const who = yield* ask(async () => String(line.length));
        state.who = who;
        return reply(235);
      },
      *XBLOB(args) {
        const b = yield* announced(blob);
        return reply(b.length === args.n ? 250 : 550);
      },
      XNOP: () => reply(250),
    },
  },
  client: {
    prepare: (m, cap) => ({ mail: { XM: 1n }, note: cap ?? "none" }),
    negotiate: {
      stage: "identity",
      *run(cap) {
        const r = yield* command(auth, { mechanism: "X" });
        const s = yield* item(auth, new Uint8Array());
        yield* command(blob, { n: 1 }, new Uint8Array(1));
        return r.code === s.code ? "done" : { fail: cap ?? "" };
      },
    },
    content: () => ({ verb: "XBLOB", args: (n) => ({ n }) }),
  },
});
interface Size extends Extension<{ keyword: "SIZE"; capability: bigint; mail: { SIZE: bigint } }> {}
declare const size: Size;
const eight = defineExtension({ keyword: "8BITMIME", rfc: 6152, capability: none, mail: { BODY: body } });
const bin = defineExtension({
  keyword: "BINARYMIME",
  rfc: 3030,
  capability: none,
  mail: { BODY: binary },
  requires: ["8BITMIME"],
});

declare const typed: <const X extends Extensions>(
  composition: Composition<X>,
) => {
  mail: ParamsOf<X, "mail">;
  state: StateOf<X>;
};

// What composes, and what a host then sees.
const all = typed(compose([size, x, eight, bin]));
const value: "7BIT" | "8BITMIME" | "BINARYMIME" | undefined = all.mail.BODY;
void value;
const who: string | undefined = all.state.XTRA.who;
void who;
// @ts-expect-error a parameter that nobody composed
void all.mail.RET;
// @ts-expect-error a state that nobody composed
void all.state.AUTH;

// @ts-expect-error the extension SIZE is composed twice
compose([size, size]);
// @ts-expect-error an extension requires SIZE, which is not composed
compose([x]);
const size2 = defineExtension({ keyword: "SIZE2", rfc: 0, capability: none, mail: { SIZE: p } });
// @ts-expect-error two extensions contribute the MAIL parameter SIZE
compose([size, size2]);
const third = defineExtension({ keyword: "V5", rfc: 0, capability: none, mail: { BODY: body } });
// @ts-expect-error two extensions contribute the MAIL parameter BODY: of three, two share a value
compose([eight, bin, third]);
const verb2 = defineExtension({ keyword: "V2", rfc: 0, capability: none, verbs: [noop] });
// @ts-expect-error two extensions contribute the verb XNOP
compose([size, x, verb2]);
const vrfy: Verb<null, never, "VRFY"> = verb("VRFY", {
  syntax: "VRFY",
  args: none,
  from: ["*"],
  on: {},
  group: "last",
});
// @ts-expect-error two extensions contribute the verb VRFY: the base has it
compose([defineExtension({ keyword: "V4", rfc: 0, capability: none, verbs: [vrfy] })]);

declare const perhaps: Codec<string | undefined>;
// @ts-expect-error a capability that may be undefined, as one that is not offered is
defineExtension({ keyword: "V6", rfc: 0, capability: perhaps });

const half = { keyword: "V3", rfc: 0, capability: none } as const;
defineExtension({
  ...half,
  verbs: [noop],
  server: {
    advertise: () => null,
    // @ts-expect-error a handler of a verb that it does not have
    handle: { XNOPE: () => reply(250) },
  },
});
defineExtension({
  ...half,
  server: {
    advertise: () => null,
    // @ts-expect-error a handler, and no verbs
    handle: { XNOPE: () => reply(250) },
  },
});
defineExtension({
  ...half,
  server: {
    // @ts-expect-error a capability of another type than the codec's
    advertise: () => "text",
  },
});
defineExtension({
  ...half,
  verbs: [noop],
  client: {
    // @ts-expect-error content by a verb that it does not have
    content: () => ({ verb: "BDAT", args: () => null }),
  },
});
defineExtension({
  ...half,
  mail: { XM: p },
  client: {
    // @ts-expect-error a parameter that it does not have
    prepare: () => ({ mail: { SIZE: 1n } }),
  },
});
// @ts-expect-error a factory's type that lies about its parameters
const lying: Extension<{ keyword: "V3"; capability: null; mail: { SIZE: string } }> = size2;
void lying;
