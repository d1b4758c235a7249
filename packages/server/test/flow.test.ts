/** Flow: a slow sink stops the socket, memory stays bounded, writes are one a chunk, and content arrives as it was sent. */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { reply } from "@posthorn/contract";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { collector, dial, ENVELOPE, serve } from "./support.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("64 MiB into a slow sink: the socket is paused, and what waits is bounded", async () => {
  const MEBI = 1_048_576;
  const line = `${"0123456789abcdef".repeat(4)}\r\n`;
  const block = Buffer.from(line.repeat(Math.ceil(MEBI / line.length)));
  const blocks = 64;
  const digest = createHash("sha256");
  let taken = 0;
  let sent = 0;
  let most = 0;
  const { server, port } = await serve({
    extensions: (await import("@posthorn/esmtp")).standardServer(),
    hooks: {
      content: () => ({
        async write(octets) {
          digest.update(octets);
          taken += octets.length;
          most = Math.max(most, sent - taken);
          if (taken % 32 === 0) await later(1);
          else await Promise.resolve();
        },
      }),
      message: ({ octets }) => reply(250, "2.0.0", `${octets}`),
    },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([...ENVELOPE, "DATA"]);
  const expected = createHash("sha256");
  const before = process.memoryUsage().rss;
  for (let n = 0; n < blocks; n++) {
    expected.update(block);
    await new Promise<void>((resolve) => void raw.socket.write(block, () => resolve()));
    sent += block.length;
  }
  raw.send(".\r\n");
  expect(await raw.reply()).toBe(`250 2.0.0 ${blocks * block.length}`);
  expect(digest.digest("hex")).toBe(expected.digest("hex"));
  // What the kernel's buffers hold, and a block: not what a server keeps that reads on.
  expect(most).toBeLessThan(16 * MEBI);
  expect(process.memoryUsage().rss - before).toBeLessThan(96 * MEBI);
  raw.socket.destroy();
});

test("a sink that stands still stops the peer within what buffers hold", async () => {
  let go: () => void = () => undefined;
  let pieces = 0;
  const { server, port } = await serve({
    extensions: (await import("@posthorn/esmtp")).standardServer(),
    hooks: {
      content: () => ({
        write() {
          pieces += 1;
          return pieces === 1 ? new Promise<void>((resolve) => (go = resolve)) : undefined;
        },
      }),
    },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([...ENVELOPE, "DATA"]);
  const block = Buffer.from("0123456789\r\n".repeat(10_000));
  let accepted = 0;
  const feed = (): void => {
    while (accepted < 400 * block.length && raw.socket.writableLength < block.length) {
      raw.socket.write(block, () => {
        accepted += block.length;
        feed();
      });
    }
  };
  feed();
  await later(300);
  const stopped = accepted;
  await later(200);
  expect(accepted).toBe(stopped);
  expect(accepted).toBeLessThan(400 * block.length);
  expect(pieces).toBe(1);
  go();
  await raw.until(() => accepted >= 400 * block.length);
  await raw.until(() => raw.socket.writableLength === 0);
  raw.send(".\r\n");
  expect(await raw.reply()).toMatch(/^250 /);
  raw.socket.destroy();
});

test("a client that reads late gets every reply, and until then the server keeps little of them", async () => {
  const { server, port } = await serve({ limits: { junk: 0 } });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  const help = (await raw.ask("HELP")).length + "\r\n".length + 30; // CR of each line
  raw.socket.pause();
  const before = process.memoryUsage().rss;
  const count = 40_000;
  raw.send("HELP\r\n".repeat(count));
  raw.send("NOOP\r\n");
  await later(400);
  expect(count * help).toBeGreaterThan(16_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(64_000_000);
  let octets = 0;
  let last = "";
  raw.socket.removeAllListeners("data");
  raw.socket.on("data", (chunk: Buffer) => {
    octets += chunk.length;
    last = (last + chunk.toString("latin1")).slice(-200);
  });
  raw.socket.resume();
  await raw.until(() => last.endsWith("\r\n250 2.0.0 OK\r\n"));
  expect(octets).toBeGreaterThan(count * 300);
  raw.socket.destroy();
});

test("pipelined replies leave in one write; behind hooks that are soon done too, and before one that is not", async () => {
  for (const [soon, most] of [
    [false, 1],
    [true, 1],
  ] as const) {
    const writes: number[] = [];
    const hooks = soon ? { mail: () => Promise.resolve(), recipient: () => Promise.resolve() } : {};
    const { server, port } = await serve({ hooks });
    onTestFinished(() => server.close({ grace: 0 }));
    const raw = await dial(port);
    await raw.reply();
    await raw.ask("EHLO client.example");
    raw.socket.on("data", (chunk: Buffer) => writes.push(chunk.length));
    raw.send(`${[...ENVELOPE, ENVELOPE[1], "DATA"].join("\r\n")}\r\n`);
    for (let n = 0; n < 4; n++) await raw.reply();
    expect(writes.length).toBeLessThanOrEqual(most);
    raw.socket.destroy();
  }
  let answer: () => void = () => undefined;
  const { server, port } = await serve({
    hooks: { recipient: () => new Promise<void>((resolve) => (answer = resolve)) },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  raw.send(`${ENVELOPE.join("\r\n")}\r\n`);
  expect(await raw.reply()).toMatch(/^250 2\.1\.0/);
  answer();
  expect(await raw.reply()).toMatch(/^250 2\.1\.5/);
  raw.socket.destroy();
});

test("what is sent is what arrives, however it is cut, by DATA and by BDAT, into any sink", async () => {
  const { hooks, messages } = collector();
  let slow = false;
  const { server, port } = await serve({
    hooks: {
      ...hooks,
      content(envelope, session) {
        const sink = hooks.content?.(envelope, session);
        if (sink === undefined || !("write" in sink)) return sink;
        return {
          ...sink,
          write: (octets) => {
            void sink.write(octets);
            return slow ? Promise.resolve(true) : true;
          },
        };
      },
    },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  const lines = fc.array(fc.string({ unit: fc.constantFrom(".", "a", "\0", "\xff", " "), maxLength: 8 }), {
    maxLength: 12,
  });
  const cut = async (socket: Socket, text: string, cuts: readonly number[]): Promise<void> => {
    let at = 0;
    for (const size of cuts) {
      socket.write(Buffer.from(text.slice(at, at + size), "latin1"));
      at += size;
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.write(Buffer.from(text.slice(at), "latin1"));
  };
  await fc.assert(
    fc.asyncProperty(
      lines,
      fc.array(fc.nat(9), { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      async (given, cuts, bdat, later) => {
        slow = later;
        const content = given.map((one) => `${one}\r\n`).join("");
        messages.length = 0;
        const stuffed = given.map((one) => `${one.startsWith(".") ? "." : ""}${one}\r\n`).join("");
        const mail = bdat ? "MAIL FROM:<> BODY=BINARYMIME" : "MAIL FROM:<>";
        const head = `${mail}\r\n${ENVELOPE[1]}\r\n`;
        const text = bdat ? `${head}BDAT ${content.length} LAST\r\n${content}` : `${head}DATA\r\n${stuffed}.\r\n`;
        await cut(raw.socket, text, cuts);
        const codes: string[] = [];
        for (let n = bdat ? 3 : 4; n > 0; n--) codes.push((await raw.reply()).slice(0, 3));
        expect(codes).toEqual(bdat ? ["250", "250", "250"] : ["250", "250", "354", "250"]);
        expect(messages).toEqual([content]);
      },
    ),
    { numRuns: 60 * Number(process.env["POSTHORN_RUNS"] ?? 1) },
  );
  raw.socket.destroy();
});

test("a flood of commands gives way to other connections after each burst (A10)", async () => {
  let heard = 0;
  let heardInOneTurn = 0;
  const verify = (): void => {
    heard += 1;
    if (heard === 1) setImmediate(() => (heardInOneTurn = heard));
  };
  const { server, port } = await serve({ hooks: { verify }, limits: { junk: 0 } });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  const codes = await raw.codes(Array.from({ length: 4000 }, () => "VRFY x"));
  expect(codes.every((code) => code === "252")).toBe(true);
  expect(heard).toBe(4000);
  expect(heardInOneTurn).toBeLessThanOrEqual(256);
  raw.socket.destroy();
});
