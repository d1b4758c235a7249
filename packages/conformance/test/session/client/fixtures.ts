/**
 * Extensions for the client's tests, written with the contract alone, and small enough to see what they do: a window, 8-bit content, chunks, an
 * upgrade, a parameter that widens, a limit of recipients, a login.
 */
import { command, defineExtension, type Extension, item, type Move, ok, type Verb, verb } from "@posthorn/contract";
import { countedDecoder, countedEncoder } from "@posthorn/data";
import { encodeUtf8, integer, lineDecoder, lineEncoder, none, text, token } from "@posthorn/wire";

/** A window of so many commands. */
export const group = (window: number): Extension<{ keyword: "GROUP"; capability: null }> =>
  defineExtension({ keyword: "GROUP", rfc: 0, capability: none, client: { window: () => window } });

/** Carries 8-bit content, and says so by BODY. */
export const eight = (): Extension<{ keyword: "EIGHT"; capability: null; mail: { BODY: "8BITMIME" | "7BIT" } }> =>
  defineExtension({
    keyword: "EIGHT",
    rfc: 0,
    capability: none,
    mail: { BODY: { ...token(["7BIT", "8BITMIME"]), tokens: ["7BIT", "8BITMIME"], unoffered: "refuse", adds: 14 } },
    client: {
      prepare: ({ facts }, capability) =>
        capability === undefined || facts.octets === "7bit"
          ? undefined
          : { carries: "8bit", mail: { BODY: "8BITMIME" } },
    },
  });

export interface Piece {
  readonly size: number;
  readonly last: boolean;
}

const OPEN: Move = { to: "CHUNKS:open" };
const FAILED: Move = { to: "CHUNKS:failed" };
const ENDED: Move = { to: "idle", forgets: "transaction" };

export const chunk: Verb<Piece, Uint8Array, "CHUNK"> = verb("CHUNK", {
  syntax: "CHUNK SP size [SP LAST]",
  args: {
    decode: () => ok({ size: 0, last: false }),
    encode: ({ size, last }) => `${size}${last ? " LAST" : ""}`,
  },
  from: ["rcpt", "CHUNKS:open"],
  on: {},
  group: "free",
  intake: {
    opens: "with-command",
    carries: "content",
    decode: ({ size }) => countedDecoder(size),
    encode: ({ size }) => countedEncoder(size),
    last: ({ last }) => last,
    then: {
      2: { of: [OPEN, ENDED], which: ({ last }) => (last ? 1 : 0) },
      4: { of: [FAILED, ENDED], which: ({ last }) => (last ? 1 : 0) },
      5: { of: [FAILED, ENDED], which: ({ last }) => (last ? 1 : 0) },
    },
    answers: "recipients",
  },
});

/** Content by CHUNK, 8-bit and binary. */
export const chunks = (
  row: Verb<Piece, Uint8Array, "CHUNK"> = chunk,
): Extension<{ keyword: "CHUNKS"; capability: null; verbs: { CHUNK: Piece } }> =>
  defineExtension({
    keyword: "CHUNKS",
    rfc: 0,
    capability: none,
    verbs: [row],
    client: {
      prepare: (_message, capability) => (capability === undefined ? undefined : { carries: "binary" }),
      content: () => ({ verb: "CHUNK", args: (size, last) => ({ size, last }) }),
    },
  });

export const secure: Verb<null, never, "SECURE"> = verb("SECURE", {
  syntax: "SECURE",
  args: none,
  from: ["ready"],
  on: { 2: { upgrade: "tls" }, 4: { to: "same" }, 5: { to: "same" } },
  group: "last",
});

/** An upgrade; `required` fails where there is none. */
export const secured = (
  required: boolean,
): Extension<{ keyword: "SECURED"; capability: null; verbs: { SECURE: null } }> =>
  defineExtension({
    keyword: "SECURED",
    rfc: 0,
    capability: none,
    verbs: [secure],
    client: {
      negotiate: {
        stage: "security",
        *run(capability, view) {
          if (view.tls !== undefined) return "skipped";
          if (capability === undefined) return required ? { fail: "the server offers no TLS" } : "skipped";
          const answer = yield* command(secure, null);
          return answer.code === 220 ? "done" : required ? { fail: "the server refuses TLS" } : "skipped";
        },
      },
    },
  });

/** A parameter that widens the grammar. */
export const wide = (): Extension<{ keyword: "WIDE"; capability: null; mail: { WIDE: null } }> =>
  defineExtension({
    keyword: "WIDE",
    rfc: 0,
    capability: none,
    mail: { WIDE: { ...none, unoffered: "refuse", adds: 5, widens: "utf8" } },
    client: {
      prepare: ({ from }, capability) =>
        capability !== undefined && from !== null && /[^\0-\x7f]/.test(from.local)
          ? { mail: { WIDE: null } }
          : undefined,
    },
  });

/** So many recipients in a transaction. */
export const few = (): Extension<{ keyword: "FEW"; capability: number }> =>
  defineExtension({
    keyword: "FEW",
    rfc: 0,
    capability: integer({ max: 1000 }),
    client: { prepare: (_message, most) => (most === undefined ? undefined : { split: most, note: "few at a time" }) },
  });

/** Parameters of both kinds: PRIO is left out where it is not offered, TAG refuses that recipient. */
export const marks = (): Extension<{
  keyword: "MARKS";
  capability: null;
  mail: { PRIO: number };
  rcpt: { TAG: string };
}> =>
  defineExtension({
    keyword: "MARKS",
    rfc: 0,
    capability: none,
    mail: { PRIO: { ...integer({ max: 9 }), unoffered: "omit", adds: 7 } },
    rcpt: { TAG: { ...text, unoffered: "refuse", adds: 20 } },
    client: {
      prepare: (_message, capability) => ({
        rcpt: ({ local }) =>
          local === "nobody"
            ? { refuse: "there is nobody" }
            : capability !== undefined && local === "tagged"
              ? { TAG: "t" }
              : undefined,
      }),
    },
  });

export const login: Verb<string, Uint8Array, "LOGIN"> = verb("LOGIN", {
  syntax: "LOGIN SP name",
  args: text,
  from: ["ready"],
  on: { 2: { to: "same" }, 3: "opens", 4: { to: "same" }, 5: { to: "same" } },
  group: "last",
  secret: true,
  intake: {
    opens: "on-3yz",
    carries: "items",
    decode: () => lineDecoder(1000),
    encode: () => lineEncoder(1000),
    last: () => false,
    then: { 2: { to: "same" }, 3: "again", 4: { to: "same" }, 5: { to: "same" } },
  },
});

/** A login with as many lines as the server asks for. */
export const known = (
  name: string,
  secret: string,
): Extension<{ keyword: "KNOWN"; capability: string; verbs: { LOGIN: string } }> =>
  defineExtension({
    keyword: "KNOWN",
    rfc: 0,
    capability: { decode: (raw) => ok(raw ?? ""), encode: (value) => (value === "" ? undefined : value) },
    verbs: [login],
    client: {
      negotiate: {
        stage: "identity",
        *run(capability) {
          if (capability === undefined) return { fail: "no login is offered" };
          let answer = yield* command(login, name);
          while (answer.code === 334) answer = yield* item(login, encodeUtf8(secret));
          return answer.code === 235 ? "done" : { fail: `not logged in: ${answer.code}` };
        },
      },
    },
  });
