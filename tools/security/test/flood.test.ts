/**
 * Floods and exhaustion (docs/security.md A10, A11, A12, S6 c, S7): however much comes, posthornd keeps a bounded part of
 * it, serves others meanwhile, and never ends. Its memory is measured from outside.
 */
import { connect } from "node:net";
import { setTimeout as later } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { growth, RUNS, serve } from "./program.ts";
import { deliver, dial } from "./raw.ts";

const MEBI = 2 ** 20;
const PIECE = Buffer.alloc(MEBI, "x");

/** What memory may grow by, and what a heap may take before it is collected. A collector is free to be late: hence a second try. */
const BOUND = (16 + 16) * MEBI;

/** A server whose heap has been through a large message already. */
const warm = async (args: readonly string[] = []) => {
  const server = await serve(["--log", "off", ...args]);
  const first = await dial(server.port);
  for (const line of ["MAIL FROM:<>", "RCPT TO:<u@example.org>", "DATA"]) await first.say(line);
  await first.flood(PIECE, 64);
  await first.say("\r\n.");
  first.socket.destroy();
  return server;
};

describe("octets without a newline cost no memory (A10, S7)", () => {
  test.each<[string, readonly string[], RegExp]>([
    ["in a command", [], /^500 Line too long$/],
    ["in an argument", ["EHLO client.example"], /^500 5\.5\.2 /],
    ["in content", ["EHLO client.example", "MAIL FROM:<>", "RCPT TO:<u@example.org>", "DATA"], /^552 5\.3\.4 /],
    ["in an answer to AUTH", ["EHLO client.example", "AUTH LOGIN"], /^500 5\.5\.\d /],
  ])("%s", { retry: 2 }, async (_where, before, refusal) => {
    const server = await warm(["--users", "/dev/null", "--auth-in-clear"]);
    const raw = await dial(server.port, "");
    for (const line of before) await raw.say(line);
    const more = await growth(server, async () => {
      expect(await raw.flood(PIECE, 256 * Math.min(RUNS, 4))).toBeGreaterThanOrEqual(256 * MEBI);
      raw.send("\r\n.\r\n");
      expect(await raw.reply()).toMatch(refusal);
      expect(await (await dial(server.port)).say("NOOP")).toMatch(/^250/);
    });
    // What comes is read into new memory, 64 KiB at a time: a collector that is late has up to 45 MiB of it, of any flood.
    expect(more).toBeLessThan(2 * BOUND);
  });
});

test(
  "a million commands that get nothing done: 421, and time and memory stay as they are (A10)",
  { retry: 2 },
  async () => {
    const server = await warm();
    for (const [line, most] of [
      ["NOOP", 101],
      ["EHLO client.example", 101],
      ["RSET", 101],
      ["XYZZY", 21],
      ["VRFY x", 101],
      ["HELP", 101],
      ["MAIL FROM:<a@b.example> X=1", 21],
      [`MAIL FROM:<> ${"A=1 ".repeat(400)}`, 21],
    ] as const) {
      const raw = await dial(server.port);
      const more = await growth(server, async () => {
        raw.socket.on("error", () => undefined);
        const piece = Buffer.from(`${line}\r\n`.repeat(Math.ceil(MEBI / line.length)));
        const flooding = raw.flood(piece, 8);
        const said = await raw.rest();
        expect(said.split("\r\n").filter((text) => /^\d{3} /.test(text)).length).toBeLessThanOrEqual(most);
        expect(said.trimEnd().split("\r\n").at(-1)).toMatch(/^421 (?:4\.7\.0 )?Too many errors$/);
        raw.socket.destroy();
        await flooding;
      });
      expect(more, line).toBeLessThan(BOUND);
    }
  },
);

test("a million recipients: 452 after a thousand, 421 after another thousand (A10)", { retry: 2 }, async () => {
  const server = await warm();
  const raw = await dial(server.port);
  await raw.say("MAIL FROM:<>");
  const began = performance.now();
  const more = await growth(server, async () => {
    const flooding = raw.flood(Buffer.from("RCPT TO:<u@example.org>\r\n".repeat(100_000)), 10);
    const codes = (await raw.rest()).split("\r\n").map((line) => line.slice(0, 3));
    expect(codes.filter((code) => code === "250")).toHaveLength(1000);
    expect(codes.filter((code) => code === "452")).toHaveLength(1000);
    expect(codes.at(-2)).toBe("421");
    raw.socket.destroy();
    await flooding;
  });
  expect(performance.now() - began).toBeLessThan(5000);
  expect(more).toBeLessThan(BOUND);
});

test("a hundred thousand chunks of one octet: bounded, and the message is whole (S6 c)", { retry: 2 }, async () => {
  const server = await warm();
  const raw = await dial(server.port);
  await raw.codes("MAIL FROM:<>", "RCPT TO:<u@example.org>");
  const more = await growth(server, async () => {
    const times = 20;
    const each = 5000;
    const flooding = raw.flood(Buffer.from("BDAT 1\r\nx".repeat(each)), times);
    for (let left = times * each; left > 0; left--) {
      const said = await raw.reply();
      if (!said.startsWith("250")) throw new Error(said);
    }
    await flooding;
    expect(await raw.say("BDAT 0 LAST")).toMatch(/^250 2\.0\.0 OK id=/);
  });
  expect(more).toBeLessThan(BOUND);
});

test("who never reads replies is read no further, and others are served (A11)", { retry: 2 }, async () => {
  const server = await warm(["--limit", "junk=0"]);
  const raw = await dial(server.port);
  raw.socket.pause();
  const taken = (): number => raw.socket.bytesWritten - raw.socket.writableLength;
  const more = await growth(server, async () => {
    raw.send("EHLO client.example\r\n".repeat(500_000));
    for (let before = -1; before !== taken();) {
      before = taken();
      await later(200);
    }
    expect(raw.socket.writableLength).toBeGreaterThan(0);
    const others = await dial(server.port);
    expect(await deliver(others)).toMatch(/^250/);
  });
  expect(more).toBeLessThan(BOUND);
});

test("a trickle ends at its deadline with 421 4.4.2, in a command, in content, in AUTH (A11)", async () => {
  const server = await warm([
    "--users",
    "/dev/null",
    "--auth-in-clear",
    "--limit",
    "command=1500",
    "--limit",
    "content=1500",
  ]);
  const places = [
    ["EHLO client.example"],
    ["EHLO client.example", "MAIL FROM:<>", "RCPT TO:<u@example.org>", "DATA"],
    ["EHLO client.example", "AUTH LOGIN"],
  ];
  await Promise.all(
    places.map(async (lines) => {
      const raw = await dial(server.port, "");
      for (const line of lines) await raw.say(line);
      const trickle = setInterval(() => raw.send("x"), 200);
      const began = performance.now();
      expect(await raw.reply()).toMatch(/^421 4\.4\.2 /);
      clearInterval(trickle);
      expect(performance.now() - began).toBeLessThan(6000);
      await raw.rest();
    }),
  );
});

test("when descriptors run out the process lives, and serves again when there are some (A12)", async () => {
  const server = await serve([], { descriptors: 80 });
  const sockets = Array.from({ length: 200 }, () => connect({ port: server.port, host: "127.0.0.1" }));
  for (const socket of sockets) socket.on("error", () => undefined).resume();
  await later(1000);
  expect(server.child.exitCode).toBeNull();
  for (const socket of sockets) socket.destroy();
  await later(300);
  const raw = await dial(server.port);
  expect(await deliver(raw)).toMatch(/^250/);
  raw.socket.destroy();
  expect((await server.stop()).status).toBe(0);
});
