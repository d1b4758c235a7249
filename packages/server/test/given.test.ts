/** What a decoder made and gave away is let go once a sink that is `transient` has had it; what anybody keeps is left alone. */
import { type Decoder, defineExtension, type Extension, type Verb, verb } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { createServer, type ContentSink } from "@posthorn/server";
import { integer, none } from "@posthorn/wire";
import { describe, expect, test } from "vitest";
import { dial, ENVELOPE, type Raw, serve } from "./support.ts";

const LARGE = 2048;

/** Half the lines begin with a dot. */
const LINES = Array.from({ length: 20_000 }, (_, at) => `${at % 2 === 0 ? "." : ""}line ${at} ${"x".repeat(60)}\r\n`);
const CONTENT = LINES.join("");
const SENT = LINES.map((line) => (line.startsWith(".") ? `.${line}` : line)).join("");

/** What a sink was given, with what was in it then. */
interface Had {
  readonly piece: Uint8Array;
  readonly text: string;
}

const had = (piece: Uint8Array): Had => ({ piece, text: Buffer.from(piece).toString("latin1") });

const textOf = (pieces: readonly Had[]): string => pieces.map(({ text }) => text).join("");

/** Those that were made of a chunk, fill their memory and are worth letting go. */
const large = (pieces: readonly Had[]): readonly Had[] => pieces.filter(({ text }) => text.length >= LARGE);

const begin = async (port: number): Promise<Raw> => {
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  for (const line of ENVELOPE) await raw.ask(line);
  return raw;
};

/** Sends content with dots into a sink; what was answered. */
const deliver = async (sink: ContentSink): Promise<string> => {
  const { server, port } = await serve({ hooks: { content: () => sink } });
  const raw = await begin(port);
  await raw.ask("DATA");
  raw.send(`${SENT}.\r\n`);
  const answer = await raw.reply();
  raw.socket.destroy();
  await server.close({ grace: 0 });
  return answer;
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.each([
  ["", () => undefined],
  [", whose write is a promise", turn],
])("a sink that is transient%s", (_, after) => {
  test("has all of it, and the memory is let go", async () => {
    const pieces: Had[] = [];
    const write = (piece: Uint8Array): void | Promise<void> => {
      pieces.push(had(piece));
      return after();
    };
    expect(await deliver({ transient: true, write })).toMatch(/^250/);
    expect(textOf(pieces)).toBe(CONTENT);
    expect(large(pieces).length).toBeGreaterThan(0);
    expect(large(pieces).filter(({ piece }) => piece.length > 0)).toEqual([]);
  });

  test("and keeps nothing of it: what it is given is whole as long as it writes", async () => {
    const pieces: Had[] = [];
    const late: string[] = [];
    const write = (piece: Uint8Array): void | Promise<void> => {
      for (const { piece: before, text } of pieces) if (text.length >= LARGE && before.length > 0) late.push(text);
      pieces.push(had(piece));
      return after();
    };
    await deliver({ transient: true, write });
    expect(late).toEqual([]); // each is gone before the next comes
  });
});

test("a sink that keeps finds every piece as it was", async () => {
  const pieces: Had[] = [];
  expect(await deliver({ write: (piece) => void pieces.push(had(piece)) })).toMatch(/^250/);
  expect(textOf(pieces)).toBe(CONTENT);
  expect(large(pieces).length).toBeGreaterThan(0);
  expect(textOf(pieces.map(({ piece }) => had(piece)))).toBe(CONTENT);
});

test("what nobody wants any more is let go too, and of what a sink kept before nothing", async () => {
  const pieces: Had[] = [];
  const write = (piece: Uint8Array): boolean => {
    pieces.push(had(piece));
    return textOf(pieces).length < 200_000;
  };
  expect(await deliver({ write })).toMatch(/^250/);
  const kept = textOf(pieces.map(({ piece }) => had(piece)));
  expect(kept.length).toBeGreaterThanOrEqual(200_000);
  expect(CONTENT.startsWith(kept)).toBe(true);
});

test("a sink that throws keeps what it was given, where it does not say that it is transient", async () => {
  const pieces: Had[] = [];
  const write = (piece: Uint8Array): void => {
    pieces.push(had(piece));
    if (textOf(pieces).length > 200_000) throw new Error("full");
  };
  expect(await deliver({ write })).toMatch(/^451/);
  expect(textOf(pieces.map(({ piece }) => had(piece)))).toBe(textOf(pieces));
});

test("a session that ends while a sink has a piece takes nothing from a sink that keeps", async () => {
  const pieces: Had[] = [];
  const ends: Promise<void>[] = [];
  const { server, port } = await serve({
    hooks: {
      content: () => ({
        write(piece) {
          pieces.push(had(piece));
          if (piece.length >= LARGE && ends.length === 0) ends.push(server.close({ grace: 0 }));
        },
      }),
    },
  });
  const raw = await begin(port);
  await raw.ask("DATA");
  raw.send(`${SENT}.\r\n`);
  await raw.until(() => raw.closed || raw.ended, "the end");
  await Promise.all(ends);
  raw.socket.destroy();
  expect(large(pieces).length).toBeGreaterThan(0);
  expect(textOf(pieces.map(({ piece }) => had(piece)))).toBe(textOf(pieces));
});

declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
};

/** Where a stranger's decoder puts its octets. */
type Place = () => Uint8Array;

/** `XSAME n`: so many octets of content, each x a y, from one array that is filled again and again. */
const same = (
  place: Place,
  gives: boolean,
): Extension<{ keyword: "XSAME"; capability: null; verbs: { XSAME: number } }> => {
  const row: Verb<number, Uint8Array, "XSAME"> = verb("XSAME", {
    syntax: "XSAME SP octets",
    args: integer({ max: 1e9 }),
    from: ["rcpt"],
    on: {},
    group: "free",
    intake: {
      opens: "with-command",
      carries: "content",
      decode(octets): Decoder<Uint8Array> {
        const array = place();
        let left = octets;
        let filled = 0;
        return {
          out: undefined,
          done: false,
          fault: undefined,
          gives,
          step(chunk, from, end) {
            const to = Math.min(end, from + left, from + array.length - filled);
            for (let at = from; at < to; at++) array[filled++] = chunk[at] === 120 ? 121 : (chunk[at] ?? 0);
            left -= to - from;
            this.done = left === 0;
            this.out = filled === array.length || this.done ? array.subarray(0, filled) : undefined;
            if (this.out !== undefined) filled = 0;
            return to;
          },
        };
      },
      encode: () => ({ write: (piece) => piece, end: () => new Uint8Array(0) }),
      last: () => true,
      then: { 2: { to: "idle" }, 4: { to: "idle" }, 5: { to: "idle" } },
      answers: "recipients",
    },
  });
  return defineExtension({
    keyword: "XSAME",
    rfc: 5321,
    capability: none,
    verbs: [row],
    server: { advertise: () => null },
  });
};

const MANY = 200_000;

const strange = async (place: Place, gives: boolean): Promise<string> => {
  let text = "";
  const server = createServer({
    hostname: "mx.example.org",
    extensions: [...standardServer(), same(place, gives)],
    listeners: [{ role: "exchanger", tls: "none", port: 0 }],
    hooks: { content: () => ({ transient: true, write: (piece) => void (text += had(piece).text) }) },
  });
  const [bound] = await server.listen();
  const raw = await begin(bound?.port ?? 0);
  raw.send(`XSAME ${MANY}\r\n${"x1".repeat(MANY / 2)}NOOP\r\n`);
  expect(await raw.reply()).toMatch(/^250/);
  expect(await raw.reply()).toMatch(/^250/);
  raw.socket.destroy();
  await server.close({ grace: 0 });
  return text;
};

describe("a stranger's decoder", () => {
  test("that says nothing keeps the array that it uses again", async () => {
    expect(await strange(() => new Uint8Array(LARGE), false)).toBe("y1".repeat(MANY / 2));
  });

  test("that gives views of a larger array keeps that", async () => {
    expect(await strange(() => new Uint8Array(2 * LARGE).subarray(0, LARGE), true)).toBe("y1".repeat(MANY / 2));
  });

  test("that gives memory which cannot be let go does no harm", async () => {
    const memory = (): Uint8Array => new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer);
    expect(await strange(memory, true)).toBe("y1".repeat(MANY / 2));
  });
});
