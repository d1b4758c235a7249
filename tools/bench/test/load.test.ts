// Both generators against our own server, which counts: what was sent is what arrived. And against servers that answer
// something else than the script expects.
import { createServer as createNetServer, type Server as NetServer } from "node:net";
import { once } from "node:events";
import { standardServer } from "@posthorn/esmtp";
import { createServer } from "@posthorn/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { base64, dotted } from "../src/load/content.ts";
import { type Generator, generator, hold, play } from "../src/load/generator.ts";
import {
  bdat,
  decodeScript,
  encodeScript,
  glued,
  lockstep,
  pipelined,
  type Script,
  visit,
} from "../src/load/script.ts";

const seen = { messages: 0, octets: 0, sessions: 0 };
const server = createServer({
  hostname: "bench.example",
  extensions: standardServer(),
  listeners: [{ role: "exchanger", tls: "none", port: 0 }],
  hooks: {
    connection: () => void seen.sessions++,
    closed: () => void seen.sessions--,
    content: () => ({
      write: (octets) => void (seen.octets += octets.length),
      end: () => void seen.messages++,
    }),
  },
});
let port = 0;
let made: Generator;

beforeAll(async () => {
  const [listening] = await server.listen();
  port = listening?.port ?? 0;
  made = await generator();
});
afterAll(() => server.close({ grace: 0 }));

const content = base64(4096);
const undotted = (octets: Uint8Array): number => Buffer.from(octets).toString("latin1").replaceAll(/^\./gm, "").length;
const modes: readonly (readonly [string, Script, number, number])[] = [
  ["lockstep", lockstep(content), content.length, 4],
  ["pipelined", pipelined(content), content.length, 4],
  ["50 recipients", pipelined(content, 50), content.length, 53],
  ["glued", glued(content), content.length, 4],
  ["BDAT", bdat(content), content.length, 3],
  ["dotted", pipelined(dotted(100_000)), undotted(dotted(100_000)), 4],
  ["large", pipelined(base64(3_000_000)), base64(3_000_000).length, 4],
];

const both = ["compiled", "Node"] as const;
const by = async (which: (typeof both)[number]): Promise<Generator> =>
  which === "compiled" ? made : await generator("no-compiler-of-this-name");

describe.each(both)("the generator (%s)", (which) => {
  test.each(modes)("%s: messages, octets and replies are all there", async (_, script, octets, replies) => {
    const before = { ...seen };
    const played = await play(await by(which), { script, port, sessions: 3, messages: 10, limit: 20 });
    expect(seen.messages - before.messages).toBe(10);
    expect(seen.octets - before.octets).toBe(10 * octets);
    expect(played).toMatchObject({ messages: 10, connections: 3 });
    // Greeting, EHLO and QUIT of each session beside those of the messages.
    expect(played.replies).toBe(10 * replies + 3 * 3);
  });

  test("one message a connection: as many connections as messages, and no more", async () => {
    const load = { script: pipelined(content), port, sessions: 4, messages: 9, each: 1, addresses: 5, limit: 20 };
    expect(await play(await by(which), load)).toMatchObject({ messages: 9, connections: 9 });
  });

  test("sessions are held open while somebody looks", async () => {
    const script = { ...visit(), close: [] };
    const open = await hold(await by(which), { script, port, sessions: 30, messages: 1 }, () =>
      Promise.resolve(seen.sessions),
    );
    expect(open).toBe(30);
  });

  test.each([
    ["another code", "220 x\r\n", "550 5.7.1 Not you\r\n", "expected 250, got: 550 5.7.1 Not you"],
    ["no code", "220 x\r\n", "hello\r\n", ""],
    ["one reply too many", "220 x\r\n", "250 a\r\n250 b\r\n", "expected 221, got: 250"],
    ["the end", "220 x\r\n", undefined, "closed by the server"],
  ])("%s is reported", async (_, greeting, answer, why) => {
    const wrong: NetServer = createNetServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.write(greeting);
      socket.on("data", () => (answer === undefined ? socket.end() : socket.write(answer)));
    }).listen(0, "127.0.0.1");
    await once(wrong, "listening");
    const address = wrong.address();
    const there = typeof address === "object" && address !== null ? address.port : 0;
    const playing = play(await by(which), { script: visit(), port: there, sessions: 1, messages: 1, limit: 10 });
    await expect(playing).rejects.toThrow(`load: ${why}`);
    wrong.close();
  });
});

test("a script is read as it was written", () => {
  for (const [, script] of modes) {
    const read = decodeScript(encodeScript(script), script.window);
    expect(Buffer.from(encodeScript(read)).equals(encodeScript(script))).toBe(true);
  }
});
