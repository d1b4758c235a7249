/** How connections end: shut down, reset or closed at every octet, and nothing is left. */
import { spawn } from "node:child_process";
import { reply } from "@posthorn/contract";
import { manualClock } from "@posthorn/node";
import { type ContentSink, createServer, type Listener } from "@posthorn/server";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Certificate, certificate, collector, dial, ENVELOPE, type Raw, serve } from "./support.ts";

const mishaps: unknown[] = [];
const note = (error: unknown): void => void mishaps.push(error);
beforeAll(() => {
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
});
afterAll(() => {
  process.off("uncaughtException", note);
  process.off("unhandledRejection", note);
});

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("shutdown: the idle are told at once, what flows may finish, then all is cut", async () => {
  const clock = manualClock();
  const { hooks, messages } = collector();
  const { server, port, seen } = await serve({ hooks, clock });
  const [idle, flowing, stuck] = [await dial(port), await dial(port), await dial(port)];
  for (const raw of [idle, flowing, stuck]) {
    await raw.reply();
    await raw.ask("EHLO client.example");
  }
  for (const raw of [flowing, stuck]) await raw.codes([...ENVELOPE, "DATA"]);
  const closing = server.close();
  expect(await idle.reply()).toMatch(/^421 4\.3\.2 /);
  await expect(dial(port).then((raw) => raw.reply())).rejects.toThrow(/closed without a reply/);
  flowing.send("text\r\n.\r\n");
  expect(await flowing.reply()).toMatch(/^250 2\.0\.0 OK id=/);
  expect(await flowing.reply()).toMatch(/^421 4\.3\.2 /);
  expect(messages).toEqual(["text\r\n"]);
  for (const raw of [idle, flowing]) raw.socket.end();
  await idle.until(() => server.connections === 1);
  clock.advance(29_000);
  expect(server.connections).toBe(1);
  clock.advance(2000);
  await closing;
  expect(server.connections).toBe(0);
  expect(await stuck.reply().catch(() => "gone")).toMatch(/^421|gone/);
  stuck.socket.destroy();
  expect(seen.filter(({ type }) => type === "closed").map((event) => "reason" in event && event.reason)).toEqual([
    "shutdown",
    "shutdown",
    "shutdown",
  ]);
});

test("whoever leaves first: the others are kept, looked at by the sweep, and told at shutdown", async () => {
  const clock = manualClock();
  const { server, port } = await serve({ clock, limits: { command: 60_000 } });
  const all = [];
  for (let count = 0; count < 6; count++) all.push(await dial(port));
  for (const raw of all) await raw.reply();
  const [first, second, third, fourth, fifth, last] = all as [Raw, Raw, Raw, Raw, Raw, Raw];
  for (const [left, raw] of [first, last, third].entries()) {
    raw.socket.destroy();
    await second.until(() => server.connections === 5 - left);
  }
  clock.advance(40_000);
  await second.ask("NOOP");
  await fifth.ask("NOOP");
  clock.advance(30_000);
  expect(await fourth.reply()).toMatch(/^421 Timeout/);
  fourth.socket.end();
  await second.until(() => server.connections === 2);
  const closing = server.close();
  for (const raw of [second, fifth]) {
    expect(await raw.reply()).toMatch(/^421 Service is shutting down/);
    raw.socket.end();
  }
  await closing;
  expect(server.connections).toBe(0);
});

test("close waits for what ends with the connections: hooks, observations, sinks that clean up", async () => {
  const told: string[] = [];
  const { server, port, seen } = await serve({
    hooks: {
      content: () => ({
        write: () => true,
        async abort() {
          await later(30);
          told.push("cleaned");
        },
      }),
      closed: () => void told.push("closed"),
    },
  });
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([...ENVELOPE, "DATA"]);
  raw.send("half\r\n");
  await server.close({ grace: 0 });
  expect(told).toEqual(["closed", "cleaned"]);
  expect(seen.at(-1)).toMatchObject({ type: "closed", reason: "shutdown" });
  raw.socket.destroy();
});

test("a server that is closed before it listens is closed", async () => {
  const bound: number[] = [];
  const listeners: readonly Listener[] = [0, 0].map((port) => ({ role: "exchanger", tls: "none", port }));
  const server = createServer({ hostname: "mx.example.org", extensions: [], listeners });
  const listening = server.listen();
  await server.close();
  for (const { port } of await listening) bound.push(port);
  expect(bound).toHaveLength(2);
  for (const port of bound) expect((await dial(port)).error).toMatchObject({ code: "ECONNREFUSED" });
});

test("a hook `closed` that takes its time is waited for, and what it rejects with is observed", async () => {
  const { server, port, seen } = await serve({
    hooks: {
      async closed() {
        await later(20);
        throw new Error("the books are shut");
      },
    },
  });
  const raw = await dial(port);
  await raw.reply();
  expect(await raw.ask("QUIT")).toMatch(/^221 /);
  raw.socket.end();
  await raw.end();
  await server.close();
  expect(seen.at(-1)).toMatchObject({ type: "error", where: "closed", error: { message: "the books are shut" } });
});

test("what breaks a connection is told once, also where TLS tells it twice", async () => {
  const listeners: readonly Listener[] = [{ role: "exchanger", tls: "implicit", port: 0 }];
  const { server, port, seen } = await serve({ tls: await certificate("mx.example.org"), listeners });
  const raw = await dial(port);
  raw.send("GET / HTTP/1.1\r\n\r\n");
  await raw.until(() => seen.at(-1)?.type === "closed", "the close");
  expect(seen.map(({ type }) => type)).toEqual(["connection", "error", "closed"]);
  raw.socket.destroy();
  await server.close();
});

test("an answer that comes after the connection is gone is nobody's", async () => {
  const answers: (() => void)[] = [];
  const { server, port, seen } = await serve({
    hooks: { mail: () => new Promise<void>((resolve) => answers.push(resolve)) },
  });
  const peers = [await dial(port), await dial(port)];
  for (const raw of peers) {
    await raw.reply();
    await raw.ask("EHLO client.example");
    raw.send(`${ENVELOPE[0]}\r\n`);
  }
  await later(30);
  peers[0]?.socket.resetAndDestroy();
  await server.close({ grace: 0 });
  for (const answer of answers) answer();
  await later(10);
  expect(answers).toHaveLength(2);
  expect(seen.filter((event) => event.type === "error" && event.where !== "socket")).toEqual([]);
  peers[1]?.socket.destroy();
});

test("after close no socket and no timer is left, on the system's clock too", async () => {
  await later(50);
  const before = process.getActiveResourcesInfo().length;
  const { server, port } = await serve();
  const peers = await Promise.all(Array.from({ length: 20 }, () => dial(port)));
  for (const raw of peers) await raw.reply();
  const closing = server.close({ grace: 0 });
  await closing;
  for (const raw of peers) raw.socket.destroy();
  await later(50);
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
  await server.close();
});

const SCRIPT = [
  "EHLO client.example\r\n",
  "MAIL FROM:<a@client.example> BODY=8BITMIME\r\n",
  "RCPT TO:<b@mx.example.org>\r\nDATA\r\n",
  "Subject: x\r\n\r\n..\r\n.\r\n",
  "MAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\nBDAT 4\r\nabcdBDAT 2 LAST\r\nefQUIT\r\n",
].join("");

const slow = async (): Promise<void> => later(1);
const slowHooks = {
  connection: slow,
  mail: slow,
  recipient: slow,
  message: slow,
  content: async (): Promise<ContentSink> => {
    await slow();
    return { write: slow, end: slow, abort: slow };
  },
};

test.each([
  ["at once", {}],
  ["later", slowHooks],
] as const)(
  "reset or FIN at every octet, hooks answer %s: nothing is thrown, nothing leaks (A17)",
  async (_when, hooks) => {
    const { server, port } = await serve({ hooks, observe: () => undefined });
    const step = Number(process.env["POSTHORN_RUNS"] ?? 1) > 1 ? 1 : 3;
    const runs: Promise<void>[] = [];
    for (let cut = 0; cut <= SCRIPT.length; cut += step) {
      for (const fin of [false, true]) {
        runs.push(
          new Promise<void>((resolve) => {
            const socket = connect({ port, host: "127.0.0.1" });
            socket.on("error", () => undefined);
            socket.on("close", () => resolve());
            socket.resume();
            socket.write(SCRIPT.slice(0, cut), () => {
              if (fin) socket.end();
              else setTimeout(() => socket.resetAndDestroy(), cut % 4);
            });
          }),
        );
      }
      if (runs.length >= 40) await Promise.all(runs.splice(0));
    }
    await Promise.all(runs);
    const late = Date.now() + 20_000;
    while (server.connections > 0 && Date.now() < late) await later(10);
    expect(server.connections).toBe(0);
    await server.close();
    expect(mishaps).toEqual([]);
  },
);

test("reset during the handshake and inside TLS, at every few octets", async () => {
  const own: Certificate = await certificate("mx.example.org");
  const listeners: Listener[] = [{ role: "exchanger", tls: "starttls", port: 0 }];
  const { server, port } = await serve({ listeners, tls: own });
  for (let cut = 0; cut < 8; cut++) {
    const raw = await dial(port);
    await raw.reply();
    await raw.ask("EHLO client.example");
    raw.send("STARTTLS\r\n");
    if (cut % 2 === 0) await raw.reply();
    raw.socket.write(Buffer.from([22, 3, 1, 0, 200, 1, 0, 0].slice(0, cut)), () => {
      if (cut < 4) raw.socket.resetAndDestroy();
      else raw.socket.end();
    });
    await raw.until(() => server.connections === 0);
  }
  await server.close();
  expect(mishaps).toEqual([]);
});

test("a reply that closes, from a hook", async () => {
  const { server, port, seen } = await serve({ hooks: { mail: () => reply(421, "4.3.2", "Not now") } });
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  expect(await raw.ask(ENVELOPE[0] ?? "")).toBe("421 4.3.2 Not now");
  await raw.until(() => raw.ended);
  raw.send("NOOP\r\n"); // thrown away
  raw.socket.end();
  await raw.until(() => server.connections === 0);
  expect(raw.text).toBe("");
  expect(seen.at(-1)).toMatchObject({ type: "closed", reason: "refused" });
  await server.close();
});

test("HTTP is told to go (A13)", async () => {
  const { server, port } = await serve();
  for (const line of ["GET / HTTP/1.1", "POST /x HTTP/1.1", "CONNECT a:25 HTTP/1.1"]) {
    const raw = await dial(port);
    await raw.reply();
    expect(await raw.ask(line)).toMatch(/^421 /);
    raw.socket.destroy();
  }
  await server.close({ grace: 0 });
});

test("without descriptors left the process lives, and accepts again when there are some (A12)", async () => {
  const script = `
    import { createServer } from "@posthorn/server";
    const server = createServer({ hostname: "mx.example.org", extensions: [], listeners: [{ role: "exchanger", tls: "none", port: 0 }] });
    const [{ port }] = await server.listen();
    console.log(port);`;
  const run = `ulimit -n 64 && exec "$0" --conditions=@posthorn/source --input-type=module -e "$1"`;
  const child = spawn("sh", ["-c", run, process.execPath, script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = Number(
    await new Promise<string>((resolve) => void child.stdout.once("data", (text) => resolve(String(text)))),
  );
  const peers = await Promise.all(Array.from({ length: 120 }, () => dial(port)));
  const greeted = (): number => peers.filter(({ text }) => text.startsWith("220")).length;
  await later(300);
  expect(greeted()).toBeGreaterThan(10);
  expect(greeted()).toBeLessThan(64);
  for (const raw of peers) raw.socket.destroy();
  await later(100);
  const again = await dial(port);
  expect(await again.reply()).toMatch(/^220 /);
  again.socket.destroy();
  expect(child.exitCode).toBeNull();
  child.kill();
});
