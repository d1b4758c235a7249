/**
 * An extension as a stranger would write it: it imports what is published for extensions and nothing else, and uses
 * every slot once. XSTRANGE takes an argument; MAIL and RCPT get a parameter each; XTALK is an exchange of two steps;
 * XBLOB has a counted framing of its own that carries one item; XBULK carries content in counted pieces.
 */
import {
  announced,
  ask,
  challenge,
  command,
  defineExtension,
  item,
  LocalProtocolError,
  ok,
  reply,
  verb,
} from "@posthorn/contract";
import type { Codec, Decoder, Encoder, Extension, Fault, Move, Param, Reply, Verb } from "@posthorn/contract";
import { decodeUtf8, encodeUtf8, integer, lineDecoder, lineEncoder, text } from "@posthorn/wire";

/** How many octets follow, and whether they end the message. */
export interface Piece {
  readonly size: number;
  readonly last: boolean;
}

/** What the server remembers of a peer, until STARTTLS. */
export interface StrangeState {
  /** Who has talked. */
  name: string | undefined;
  /** Octets of blobs received. */
  blobs: number;
}

/** The types that the extension brings. */
export interface Strange extends Extension<{
  keyword: "XSTRANGE";
  capability: number;
  mail: { XPRIO: number };
  rcpt: { XTAG: string };
  verbs: { XTALK: string; XBLOB: Piece; XBULK: Piece };
  state: StrangeState;
}> {}

/** The largest blob that is taken. */
export const BLOB_LIMIT = 64;

const fatal = (syntax: string): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault: { code: "bad-piece", reply: reply(501, "5.5.4", `Syntax: ${syntax}`), fatal: true },
});

const pieceOf = (syntax: string): Codec<Piece> => ({
  decode(raw = "") {
    const found = /^(\d{1,9})( LAST)?$/i.exec(raw);
    return found === null ? fatal(syntax) : ok({ size: Number(found[1]), last: found[2] !== undefined });
  },
  encode({ size, last }) {
    if (!Number.isInteger(size) || size < 0 || size > 999_999_999)
      throw new LocalProtocolError("unencodable", "no size of a piece");
    return last ? `${size} LAST` : `${size}`;
  },
});

/** Gathers a whole blob: one item, told together with `done`. */
const blobDecoder = (size: number): Decoder<Uint8Array> => {
  const blob = new Uint8Array(Math.min(size, BLOB_LIMIT));
  let had = 0;
  return {
    out: undefined,
    done: false,
    fault: undefined,
    step(chunk, from, end) {
      const take = Math.min(end - from, size - had);
      if (size > BLOB_LIMIT)
        this.fault = { code: "blob-too-large", reply: reply(552, "5.3.4", "The blob is too large") };
      else blob.set(chunk.subarray(from, from + take), had);
      had += take;
      this.done = had === size;
      if (this.done && this.fault === undefined) this.out = blob;
      return from + take;
    },
  };
};

/** Passes on so many octets as they come. */
const bulkDecoder = (size: number): Decoder<Uint8Array> => {
  let left = size;
  return {
    out: undefined,
    done: false,
    fault: undefined,
    step(chunk, from, end) {
      const take = Math.min(end - from, left);
      left -= take;
      this.out = take === 0 ? undefined : chunk.subarray(from, from + take);
      this.done = left === 0;
      return from + take;
    },
  };
};

const countedEncoder = (size: number): Encoder<Uint8Array> => {
  let left = size;
  return {
    write(piece) {
      left -= piece.length;
      if (left < 0) throw new LocalProtocolError("too-many-octets", "more octets than were announced");
      return piece;
    },
    end() {
      if (left > 0) throw new LocalProtocolError("too-few-octets", "fewer octets than were announced");
      return new Uint8Array(0);
    },
  };
};

/** `XTALK name`: two lines are asked for, then the host decides. */
export const xtalk: Verb<string, Uint8Array, "XTALK"> = verb("XTALK", {
  syntax: "XTALK SP name",
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

/** `XBLOB size`: so many octets at once behind the line, legal at any time. */
export const xblob: Verb<Piece, Uint8Array, "XBLOB"> = verb("XBLOB", {
  syntax: "XBLOB SP size",
  args: pieceOf("XBLOB SP size"),
  from: ["ready", "mail", "rcpt"],
  on: {},
  group: "free",
  intake: {
    opens: "with-command",
    carries: "items",
    decode: ({ size }) => blobDecoder(size),
    encode: ({ size }) => countedEncoder(size),
    last: () => false,
    then: { 2: { to: "same" }, 4: { to: "same" }, 5: { to: "same" } },
  },
});

const OPEN: Move = { to: "XSTRANGE:open" };
const FAILED: Move = { to: "XSTRANGE:failed" };
const ENDED: Move = { to: "idle", forgets: "transaction" };

/** `XBULK size [LAST]`: content in counted pieces. */
export const xbulk: Verb<Piece, Uint8Array, "XBULK"> = verb("XBULK", {
  syntax: "XBULK SP size [SP LAST]",
  args: pieceOf("XBULK SP size [SP LAST]"),
  from: ["rcpt", "XSTRANGE:open"],
  on: {},
  group: "free",
  intake: {
    opens: "with-command",
    carries: "content",
    decode: ({ size }) => bulkDecoder(size),
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

const prio: Param<number> = { ...integer({ max: 9 }), unoffered: "omit", adds: " XPRIO=9".length };
const tag: Param<string> = { ...text, unoffered: "refuse", adds: 40 };
const LEVEL: Codec<number> = integer({ max: 9 });

const FULL: Reply = reply(552, "5.3.4", "Too much for a stranger");
const WRONG: Reply = reply(535, "5.7.8", "That is not who you are");

/** What either side can be told. */
export interface StrangeOptions {
  /** The argument of the keyword, 0 to 9. 3 by default. */
  readonly level?: number;
  /** Server: the most octets of content. */
  readonly limit?: number;
  /** Server: asked by XTALK with the two lines that came; true by default. */
  readonly proves?: (name: string, lines: readonly [string, string], signal: AbortSignal) => boolean | Promise<boolean>;
  /** Client: who to be; no talk without it. */
  readonly name?: string;
  /** Client: how many commands may be unanswered. 1 by default. */
  readonly window?: number;
  /** Client: whether content goes by XBULK. */
  readonly bulk?: boolean;
}

/**
 * XSTRANGE for server and client.
 *
 * @example
 * const extensions = [strange({ level: 4, name: "casper" })];
 */
export const strange = (options: StrangeOptions = {}): Strange =>
  defineExtension({
    keyword: "XSTRANGE",
    rfc: 0,
    capability: LEVEL,
    mail: { XPRIO: prio },
    rcpt: { XTAG: tag },
    verbs: [xtalk, xblob, xbulk],
    memory: { scope: "security", initial: (): StrangeState => ({ name: undefined, blobs: 0 }) },
    server: {
      advertise: () => options.level ?? 3,
      withheld: () => reply(538, "5.7.11", "Not to strangers"),
      admit: {
        MAIL: ({ params }) => (params.XPRIO === 9 ? reply(550, "5.7.1", "Nobody is that important") : undefined),
        RCPT: ({ params }) => (params.XTAG === "refused" ? reply(550, "5.7.1", "Not with that tag") : undefined),
        XTALK: (_name, _view, state) => (state.name === undefined ? undefined : reply(503, "5.5.1", "We have met")),
      },
      handle: {
        *XTALK(name, _view, state) {
          const first = yield* challenge(xtalk, reply(334, "first"));
          if (decodeUtf8(first) === "*") return reply(501, "5.7.0", "As you wish");
          const second = yield* challenge(xtalk, reply(334, "second"));
          const lines = [decodeUtf8(first) ?? "", decodeUtf8(second) ?? ""] as const;
          if (!(yield* ask((signal) => options.proves?.(name, lines, signal) ?? true))) return WRONG;
          state.name = name;
          return reply(235, "2.7.0", "Welcome");
        },
        *XBLOB({ size }, _view, state) {
          const blob = yield* announced(xblob);
          state.blobs += blob.length;
          return reply(blob.length === size ? 250 : 451, `${size} octets`);
        },
        XBULK: () => reply(250, "2.0.0", "More"),
      },
      facts: { name: (state) => state.name },
      limit: () => (options.limit === undefined ? undefined : { octets: options.limit, reply: FULL }),
    },
    client: {
      prepare(message, level) {
        if (message.params?.XPRIO === undefined) return undefined;
        return level === undefined
          ? { note: "nobody will know how important it is" }
          : { mail: { XPRIO: Math.min(level, message.params.XPRIO) } };
      },
      negotiate: {
        stage: "identity",
        *run(level) {
          if (options.name === undefined) return "skipped";
          if (level === undefined) return { fail: "the server does not talk to strangers" };
          let answer = yield* command(xtalk, options.name);
          for (const line of ["one", "two"]) if (answer.code === 334) answer = yield* item(xtalk, encodeUtf8(line));
          if (answer.code !== 235) return { fail: "the server does not believe it" };
          const blob = encodeUtf8("boo");
          const taken = yield* command(xblob, { size: blob.length, last: false }, blob);
          return taken.code === 250 ? "done" : { fail: "the server does not take blobs" };
        },
      },
      window: () => options.window ?? 1,
      content: () => (options.bulk === true ? { verb: "XBULK", args: (size, last) => ({ size, last }) } : undefined),
    },
  });
