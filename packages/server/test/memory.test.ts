/** Whose memory content lies in: who keeps a piece has it as it came, who says that it does not has it without a copy. */
import { createServer as createNet, type Socket } from "node:net";
import { reply } from "@posthorn/contract";
import type { ContentSink, Listener } from "@posthorn/server";
import { describe, expect, test } from "vitest";
import { shareReadBuffer } from "../src/read-buffer.ts";
import { certificate, dial, ENVELOPE, type Raw, serve } from "./support.ts";

const shared = process.env["POSTHORN_SHARED_READ_BUFFER"] === "1";

const lines = (octets: number, seed: string): string => {
  let text = "";
  for (let at = 0; text.length < octets; at++) text += `${seed} line ${at} ${"x".repeat(at % 70)}\r\n`;
  return text;
};

const opened = async (port: number): Promise<Raw> => {
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  return raw;
};

const send = async (raw: Raw, content: string): Promise<string> => {
  for (const line of [...ENVELOPE, "DATA"]) await raw.ask(line);
  raw.send(`${content}.\r\n`);
  return raw.reply();
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([
  { kind: "keeps every piece", write: (pieces: Uint8Array[]) => (piece: Uint8Array) => void pieces.push(piece) },
  {
    kind: "keeps every piece, and is slow",
    write: (pieces: Uint8Array[]) => async (piece: Uint8Array) => {
      pieces.push(piece);
      await wait(1);
    },
  },
  {
    kind: "copies",
    transient: true,
    write: (pieces: Uint8Array[]) => (piece: Uint8Array) => void pieces.push(new Uint8Array(piece)),
  },
  {
    kind: "copies, and is slow",
    transient: true,
    write: (pieces: Uint8Array[]) => async (piece: Uint8Array) => {
      pieces.push(new Uint8Array(piece));
      await wait(1);
    },
  },
])("a sink that $kind", ({ transient = false, write }) => {
  test("has what was sent, beside others that send", async () => {
    const messages: string[] = [];
    const content = (): ContentSink => {
      const pieces: Uint8Array[] = [];
      return {
        transient,
        write: write(pieces),
        end: () => void messages.push(Buffer.concat(pieces).toString("latin1")),
      };
    };
    const { server, port } = await serve({ hooks: { content } });
    const sent = ["a", "b", "c", "d"].map((seed) => lines(300_000, seed));
    const clients = await Promise.all(sent.map(() => opened(port)));
    await Promise.all(clients.map((raw, at) => send(raw, sent[at] ?? "")));
    expect(messages.toSorted()).toEqual(sent);
    for (const raw of clients) raw.socket.destroy();
    await server.close({ grace: 0 });
  });

  test("has each of the messages that came in one piece, and the commands between them are heard", async () => {
    const messages: string[] = [];
    const { server, port } = await serve({
      hooks: {
        mail: async () => wait(1),
        content: () => {
          const pieces: Uint8Array[] = [];
          return { transient, write: write(pieces), end: () => void messages.push(Buffer.concat(pieces).toString()) };
        },
        message: async ({ octets }) => {
          await wait(1);
          return reply(250, `${octets}`);
        },
      },
    });
    const raw = await opened(port);
    const bodies = Array.from({ length: 12 }, (_, at) => lines(20_000, `${at}`));
    const group = (body: string): string => `${ENVELOPE.join("\r\n")}\r\nBDAT ${body.length} LAST\r\n${body}`;
    raw.send(`${bodies.map(group).join("")}NOOP\r\n`);
    for (const body of bodies) {
      await raw.reply();
      await raw.reply();
      expect(await raw.reply()).toBe(`250 2.0.0 ${body.length}`);
    }
    expect((await raw.reply()).slice(0, 3)).toBe("250");
    expect(messages).toEqual(bodies);
    raw.socket.destroy();
    await server.close({ grace: 0 });
  });
});

test("of messages that come in one stream, some into sinks that keep and some into others, each is whole", async () => {
  const messages: string[] = [];
  const { server, port } = await serve({
    hooks: {
      content: (_, { transactions }) => {
        const transient = transactions % 2 === 1;
        const pieces: Uint8Array[] = [];
        return {
          transient,
          write: (piece) => void pieces.push(transient ? new Uint8Array(piece) : piece),
          end: () => void messages.push(Buffer.concat(pieces).toString()),
        };
      },
    },
  });
  const raw = await opened(port);
  const bodies = Array.from({ length: 80 }, (_, at) => lines(30_000, `${at}`));
  const group = (body: string): string => `${ENVELOPE.join("\r\n")}\r\nBDAT ${body.length} LAST\r\n${body}`;
  raw.send(`${bodies.map(group).join("")}NOOP\r\n`);
  for (let left = 3 * bodies.length + 1; left > 0; left--) expect(await raw.reply()).toMatch(/^250/);
  expect(messages).toEqual(bodies);
  raw.socket.destroy();
  await server.close({ grace: 0 });
});

test("content that needs no change reaches its sink as a view of what was read, which is used anew at once", async () => {
  const buffers = new Map<ArrayBufferLike, number>();
  let octets = 0;
  const { server, port } = await serve({
    hooks: {
      content: () => ({
        transient: true,
        write(piece) {
          octets += piece.length;
          buffers.set(piece.buffer, piece.buffer.byteLength);
        },
      }),
    },
  });
  const raw = await opened(port);
  const content = lines(2_000_000, "view");
  await send(raw, content);
  expect(octets).toBe(content.length);
  // One buffer for all; or one for each read, which is freed when it was used, if it is large.
  const large = [...buffers].filter(([, size]) => size >= 16_384);
  expect(large.length).toBeGreaterThan(0);
  const sizes = large.map(([buffer]) => buffer.byteLength);
  expect(sizes).toEqual(shared ? [65_536] : large.map(() => 0));
  raw.socket.destroy();
  await server.close({ grace: 0 });
});

test("memory of small messages is let go too, so that they do not have the whole heap marked again and again", async () => {
  const buffers = new Set<ArrayBufferLike>();
  const { server, port } = await serve({
    hooks: { content: () => ({ transient: true, write: (piece) => void buffers.add(piece.buffer) }) },
  });
  const raw = await opened(port);
  for (let count = 0; count < 5; count++) await send(raw, lines(4000, "small"));
  expect(buffers.size).toBeGreaterThan(0);
  expect([...buffers].map((buffer) => buffer.byteLength)).toEqual(shared ? [65_536] : [...buffers].map(() => 0));
  raw.socket.destroy();
  await server.close({ grace: 0 });
});

test.each([
  { sink: "is done with each piece at once", transient: true },
  { sink: "keeps them", transient: false },
])("of messages with their commands in one piece, the memory is let go where the sink $sink", async ({ transient }) => {
  const pieces: Uint8Array[] = [];
  let octets = 0;
  const { server, port } = await serve({
    hooks: {
      content: () => ({
        transient,
        write(piece) {
          octets += piece.length;
          pieces.push(piece);
        },
      }),
    },
  });
  const raw = await opened(port);
  const body = lines(4000, "chunk");
  const group = `${ENVELOPE.join("\r\n")}\r\nBDAT ${body.length} LAST\r\n${body}`;
  for (let round = 0; round < 4; round++) {
    raw.send(group.repeat(3));
    for (let left = 9; left > 0; left--) expect(await raw.reply()).toMatch(/^250/);
  }
  expect(octets).toBe(12 * body.length);
  const left = transient ? pieces.map(({ buffer }) => buffer.byteLength) : Buffer.concat(pieces).toString();
  expect(left).toEqual(transient ? pieces.map(() => (shared ? 65_536 : 0)) : body.repeat(12));
  raw.socket.destroy();
  await server.close({ grace: 0 });
});

test("commands behind content are heard though the memory is let go while a hook waits", async () => {
  const buffers = new Set<ArrayBufferLike>();
  const { server, port } = await serve({
    hooks: {
      mail: async () => wait(5),
      content: () => ({ transient: true, write: (piece) => void buffers.add(piece.buffer) }),
    },
  });
  const raw = await opened(port);
  for (const line of [...ENVELOPE, "DATA"]) await raw.ask(line);
  raw.send(`${lines(4000, "glued")}.\r\n${ENVELOPE.join("\r\n")}\r\nVRFY it\r\n`);
  const codes: string[] = [];
  for (let left = 4; left > 0; left--) codes.push((await raw.reply()).slice(0, 3));
  expect(codes).toEqual(["250", "250", "250", "252"]);
  expect([...buffers].map((buffer) => buffer.byteLength)).toEqual([shared ? 65_536 : 0]);
  raw.socket.destroy();
  await server.close({ grace: 0 });
});

describe("one read buffer for all connections", () => {
  test("is said of the listener; it is not there with TLS from the first octet, nor unless asked for", async () => {
    const listeners: Listener[] = (["none", "starttls", "implicit"] as const).map((tls) => {
      return { role: "exchanger", tls, port: 0 };
    });
    const tls = await certificate("mx.example.org");
    for (const sharedReadBuffer of [true, false]) {
      const { server, bound } = await serve({ listeners, tls, sharedReadBuffer });
      expect(bound.map((one) => one.sharedReadBuffer)).toEqual([sharedReadBuffer, sharedReadBuffer, false]);
      await server.close();
    }
  });

  /** Hides what Node does not document, as a Node that has it no more would. */
  const without = async (name: string, run: () => Promise<void>): Promise<void> => {
    const probe = createNet();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    let owner: object = Reflect.get(probe, "_handle") as object;
    while (!Object.hasOwn(owner, name)) owner = Reflect.getPrototypeOf(owner) ?? {};
    const piece = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value: undefined, configurable: true, writable: true });
    try {
      await run();
    } finally {
      if (piece !== undefined) Object.defineProperty(owner, name, piece);
      await new Promise((resolve) => probe.close(resolve));
    }
  };

  test("where a handle takes no buffer, all is as always", async () => {
    await without("useUserBuffer", async () => {
      const { server, port, bound } = await serve({ sharedReadBuffer: true });
      expect(bound[0]?.sharedReadBuffer).toBe(false);
      const raw = await opened(port);
      expect(await send(raw, "hello\r\n")).toMatch(/^250/);
      raw.socket.destroy();
      await server.close({ grace: 0 });
    });
  });

  test("what does not listen, or has no handle, has none", () => {
    expect(shareReadBuffer(createNet())).toBe(false);
  });

  test("a connection whose handle takes no buffer is one as always", async () => {
    const sockets: Socket[] = [];
    const server = createNet((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    expect(shareReadBuffer(server)).toBe(true);
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await without("useUserBuffer", async () => {
      const raw = await dial(port);
      await raw.until(() => sockets.length === 1, "the connection");
      sockets[0]?.end("hello\r\n");
      await raw.until(() => raw.text === "hello\r\n", "the greeting");
      raw.socket.destroy();
    });
    sockets[0]?.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
