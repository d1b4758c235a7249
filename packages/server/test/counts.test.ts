/** What a dialogue costs, in counts that no clock has a part in. */
import { Socket } from "node:net";
import { manualClock, systemClock } from "@posthorn/node";
import { afterEach, expect, test, vi } from "vitest";
import { dial, ENVELOPE, type Raw, serve } from "./support.ts";

afterEach(() => void vi.restoreAllMocks());

const group = `${ENVELOPE.join("\r\n")}\r\n${"RCPT TO:<c@mx.example.org>\r\n".repeat(20)}DATA\r\n`;
const content = `Subject: x\r\n\r\n${"text\r\n".repeat(500)}.\r\n`;

/** A client that has said hello; what is counted from then on is the server's, since the client is told apart by its port. */
const opened = async (port: number): Promise<Raw> => {
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  return raw;
};

const replies = async (raw: Raw, many: number): Promise<void> => {
  for (let left = many; left > 0; left--) await raw.reply();
};

/** The calls of a method of sockets that are the server's. */
const calls = (method: "write" | "pause" | "resume", port: number): (() => number) => {
  const spy = vi.spyOn(Socket.prototype, method);
  return () => spy.mock.contexts.filter((socket) => (socket as Socket).localPort === port).length;
};

test.each(["at once", "by a promise"])(
  "hooks answer %s: one write for a group, and reading is not stopped once",
  async (how) => {
    const hooks = how === "at once" ? {} : { mail: async () => undefined, recipient: async () => undefined };
    const { server, port } = await serve({ hooks, clock: manualClock() }); // a busy machine is no reason to let others in
    const raw = await opened(port);
    const [writes, pauses, resumes] = [calls("write", port), calls("pause", port), calls("resume", port)];
    for (let message = 1; message <= 5; message++) {
      raw.send(group);
      await replies(raw, 23);
      expect(writes()).toBe(2 * message - 1);
      raw.send(content);
      await replies(raw, 1);
      expect(writes()).toBe(2 * message);
    }
    expect([pauses(), resumes()]).toEqual([0, 0]);
    raw.socket.destroy();
    await server.close({ grace: 0 });
  },
);

test.each(["at once", "by a promise"])("hooks answer %s: one write for a group where many send, too", async (how) => {
  const hooks = how === "at once" ? {} : { mail: async () => undefined, recipient: async () => undefined };
  const { server, port } = await serve({ hooks, clock: manualClock() });
  const raws = await Promise.all(Array.from({ length: 20 }, () => opened(port)));
  const writes = calls("write", port);
  for (let message = 1; message <= 6; message++) {
    for (const raw of raws) raw.send(group);
    await Promise.all(raws.map((raw) => replies(raw, 23)));
    for (const raw of raws) raw.send(content);
    await Promise.all(raws.map((raw) => replies(raw, 1)));
    expect(writes()).toBe(2 * message * raws.length);
  }
  for (const { socket } of raws) socket.destroy();
  await server.close({ grace: 0 });
});

test("one sweep for all: a connection sets no timer, and a dialogue none", async () => {
  let sweeps = 0;
  const clock = {
    now: () => systemClock.now(),
    every(ms: number, tick: () => void) {
      sweeps += 1;
      return systemClock.every(ms, tick);
    },
  };
  const { server, port } = await serve({ clock });
  const timers = vi.spyOn(Socket.prototype, "setTimeout");
  const clients = await Promise.all(Array.from({ length: 8 }, () => opened(port)));
  for (const raw of clients) {
    raw.send(group);
    await replies(raw, 23);
    raw.send(content);
    await replies(raw, 1);
  }
  expect(sweeps).toBe(1);
  expect(timers).not.toHaveBeenCalled();
  for (const raw of clients) raw.socket.destroy();
  await server.close({ grace: 0 });
});
