import { announced, ask, challenge, command, defineExtension, item, reply, verb } from "@posthorn/contract";
import type {
  Checked,
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

declare function compose<const X extends Extensions>(o: {
  extensions: X & Checked<X>;
}): { mail: ParamsOf<X, "mail">; state: StateOf<X> };
const c = compose({ extensions: [size, x, eight, bin] });
const b: "7BIT" | "8BITMIME" | "BINARYMIME" | undefined = c.mail.BODY;
void b;
const w: string | undefined = c.state.XTRA.who;
void w;
// @ts-expect-error composed twice
compose({ extensions: [size, size] });
// @ts-expect-error missing requirement
compose({ extensions: [x] });
const size2 = defineExtension({ keyword: "SIZE2", rfc: 0, capability: none, mail: { SIZE: p } });
// @ts-expect-error parameter clash
compose({ extensions: [size, size2] });
const verb2 = defineExtension({ keyword: "V2", rfc: 0, capability: none, verbs: [noop] });
// @ts-expect-error verb clash
compose({ extensions: [size, x, verb2] });
// @ts-expect-error unknown handler
defineExtension({
  keyword: "V3",
  rfc: 0,
  capability: none,
  verbs: [noop],
  server: { advertise: () => null, handle: { XNOPE: () => reply(250) } },
});
// @ts-expect-error handler without verbs
defineExtension({
  keyword: "V3",
  rfc: 0,
  capability: none,
  server: { advertise: () => null, handle: { XNOPE: () => reply(250) } },
});
// @ts-expect-error capability of another type
defineExtension({ keyword: "V3", rfc: 0, capability: none, server: { advertise: () => "text" } });
// @ts-expect-error content by a verb it does not have
defineExtension({
  keyword: "V3",
  rfc: 0,
  capability: none,
  verbs: [noop],
  client: { content: () => ({ verb: "BDAT", args: () => null }) },
});
