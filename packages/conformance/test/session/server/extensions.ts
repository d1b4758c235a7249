/** Small extensions, each for one thing that a server's session does: no part of the product. */
import { announced, ask, challenge, defineExtension, ok, reply, verb } from "@posthorn/contract";
import type { Param, Verb } from "@posthorn/contract";
import { lineDecoder, lineEncoder, none, text } from "@posthorn/wire";

const plain = <const N extends string>(name: N): Verb<null, never, N> =>
  verb(name, {
    syntax: name,
    args: none,
    from: ["ready"],
    on: { 2: { to: "same" }, 4: { to: "same" }, 5: { to: "same" } },
    group: "last",
  });

const secure: Verb<null, never, "XTLS"> = verb("XTLS", {
  syntax: "XTLS",
  args: none,
  from: ["ready"],
  on: { 2: { upgrade: "tls" }, 4: { to: "same" }, 5: { to: "same" } },
  group: "last",
});

/** A security layer: what STARTTLS is. */
export const xtls = defineExtension({
  keyword: "XTLS",
  rfc: 0,
  capability: none,
  verbs: [secure],
  server: {
    advertise: (view) => (view.tls === undefined ? null : undefined),
    withheld: () => reply(503, "5.5.1", "Already secure"),
    handle: { XTLS: () => reply(220, "2.0.0", "Go ahead") },
  },
});

/** Puts the enhanced status on the wire: what RFC 2034 is. */
export const xstatus = defineExtension({
  keyword: "XSTATUS",
  rfc: 0,
  capability: none,
  server: {
    advertise: () => null,
    amend: (wire, said) => ({ ...wire, status: said.status ?? `${Math.trunc(said.code / 100)}.0.0` }),
  },
});

/** Marks every reply, so that the order of amenders shows. */
export const xmark = defineExtension({
  keyword: "XMARK",
  rfc: 0,
  capability: none,
  server: { advertise: () => null, amend: (wire) => ({ ...wire, lines: wire.lines.map((line) => `${line} *`) }) },
});

const wide: Param<null> = { ...none, unoffered: "refuse", adds: 6, widens: "utf8" };

/** Widens the grammar: what SMTPUTF8 is. */
export const xwide = defineExtension({
  keyword: "XWIDE",
  rfc: 0,
  capability: none,
  mail: { XWIDE: wide },
  rcpt: { XWIDTH: { ...text, unoffered: "omit", adds: 40 } },
  server: { advertise: () => null },
});

const line: Verb<string | undefined, Uint8Array, "XLINE"> = verb("XLINE", {
  syntax: "XLINE [SP what]",
  args: { decode: (raw) => ok(raw), encode: (value) => value },
  from: ["ready"],
  on: { 2: { to: "same" }, 3: "opens", 4: { to: "same" }, 5: { to: "same" } },
  group: "last",
  line: 4096,
  intake: {
    opens: "on-3yz",
    carries: "items",
    decode: () => lineDecoder(20),
    encode: () => lineEncoder(20),
    last: () => false,
    then: { 2: { to: "same" }, 3: "again", 4: { to: "same" }, 5: { to: "same" } },
  },
});

/** What happened inside of XLINE. */
export interface Diary {
  readonly notes: string[];
  signal: AbortSignal | undefined;
}

/** Misbehaves as its argument says. */
export const xodd = (diary: Diary) =>
  defineExtension({
    keyword: "XODD",
    rfc: 0,
    capability: text,
    verbs: [line, plain("XTHROW"), plain("XBAD"), plain("XCODE"), plain("XGONE"), plain("XSEEN")],
    memory: { scope: "hello", initial: () => ({ seen: 0 }) },
    server: {
      advertise: (view) => (view.transactions > 3 ? "many" : "few"),
      handle: {
        *XLINE(what) {
          try {
            if (what === "announced") yield* announced(line);
            if (what === "throw") throw new Error("as asked");
            if (what === "ask") return reply(250, yield* ask((signal) => ((diary.signal = signal), "answered")));
            if (what === "fail")
              yield* ask(() => {
                throw new Error("the host fails");
              });
            if (what === "for ever") for (let nth = 0; ; nth++) yield* challenge(line, reply(334, `${nth}`));
            const got = yield* challenge(line, reply(334, "go on"));
            diary.notes.push(`got ${got.length}`);
            return reply(250, "2.0.0", "Done");
          } finally {
            diary.notes.push("over");
          }
        },
        XTHROW() {
          throw new Error("as asked");
        },
        XBAD: () => reply(250, "a\r\nb"),
        XCODE: () => reply(354, "Not in the row"),
        XGONE: () => reply(421, "4.3.2", "Enough"),
        XSEEN: (_args, _view, state) => reply(250, `${++state.seen}`),
      },
    },
  });
