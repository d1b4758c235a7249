import { connect, type Socket } from "node:net";
import { standardServer } from "@posthorn/esmtp";
import { createServer } from "@posthorn/server";
import { describe, expect, test } from "vitest";
import { NextTurn } from "../src/turn.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const catchUp = (): boolean => false;

/** So many answers in one turn, each deferred where that is advised; how many were. */
const answer = async (next: NextTurn, count: number): Promise<number> => {
  let deferred = 0;
  for (let nth = 0; nth < count; nth++) {
    if (!next.crowded()) continue;
    deferred += 1;
    next.add({ catchUp, turned: () => undefined });
  }
  await turn();
  await turn();
  return deferred;
};

describe("the end of a turn", () => {
  test("each is called once, in the order in which they came", async () => {
    const next = new NextTurn();
    const called: number[] = [];
    for (let nth = 0; nth < 5; nth++) next.add({ catchUp, turned: () => called.push(nth) });
    expect(called).toStrictEqual([]);
    await turn();
    await turn();
    expect(called).toStrictEqual([0, 1, 2, 3, 4]);
  });

  test("who adds itself anew while called is called in the turn after", async () => {
    const next = new NextTurn();
    let calls = 0;
    const one = { catchUp, turned: () => void (++calls < 3 && next.add(one)) };
    next.add(one);
    for (let nth = 0; nth < 8; nth++) await turn();
    expect(calls).toBe(3);
  });

  test("all have caught up before one sends, and what settles at once has settled", async () => {
    const next = new NextTurn();
    const called: string[] = [];
    const settle = async (nth: number): Promise<void> => {
      for (let hops = 0; hops < 9; hops++) await Promise.resolve();
      called.push(`settled ${nth}`);
    };
    for (let nth = 0; nth < 2; nth++)
      next.add({
        catchUp() {
          called.push(`caught up ${nth}`);
          void settle(nth);
          return nth === 0; // one that waits is enough
        },
        turned: () => called.push(`turned ${nth}`),
      });
    await turn();
    await turn();
    expect(called).toStrictEqual(["caught up 0", "caught up 1", "settled 0", "settled 1", "turned 0", "turned 1"]);
  });

  test("where nobody waits for an answer, all send when all have caught up, before any microtask", async () => {
    const next = new NextTurn();
    const called: string[] = [];
    for (let nth = 0; nth < 2; nth++)
      next.add({
        catchUp() {
          queueMicrotask(() => called.push(`microtask ${nth}`));
          called.push(`caught up ${nth}`);
          return false;
        },
        turned: () => called.push(`turned ${nth}`),
      });
    await turn();
    await turn();
    expect(called).toStrictEqual(["caught up 0", "caught up 1", "turned 0", "turned 1", "microtask 0", "microtask 1"]);
  });

  test("few in a turn are answered at once, however many turns there are", async () => {
    const next = new NextTurn();
    for (let nth = 0; nth < 100; nth++) expect(await answer(next, 3)).toBe(0);
  });

  test("many wait for its end, once that was seen, and until there are few again", async () => {
    const next = new NextTurn();
    expect(await answer(next, 20)).toBe(0);
    expect(await answer(next, 20)).toBe(20);
    expect(await answer(next, 5)).toBe(5);
    expect(await answer(next, 2)).toBe(2);
    expect(await answer(next, 20)).toBe(0);
  });

  test("many wait on while turns bring more, and for 32 answers at most", async () => {
    const next = new NextTurn();
    const called: number[] = [];
    const said = (nth: number): void => {
      if (next.crowded()) next.add({ catchUp, turned: () => called.push(nth) });
    };
    await answer(next, 20);
    await answer(next, 20);
    for (let nth = 0; nth < 10; nth++) said(nth);
    await turn();
    said(10);
    await turn();
    expect(called).toStrictEqual([]);
    await turn();
    expect(called).toStrictEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    called.length = 0;
    const waited: number[] = [];
    for (let nth = 0; nth < 100; nth++) {
      said(nth);
      await turn();
      waited.push(nth + 1 - called.length);
    }
    expect(Math.max(...waited)).toBe(31);
  });
});

/** What comes, up to the end, which the server makes behind its reply to QUIT. */
const replies = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("latin1").on("data", (more) => {
      text += String(more);
    });
    socket.on("end", () => (/^221 .*\r\n$/m.test(text) ? resolve(text) : reject(new Error(`ended after ${text}`))));
    socket.on("close", () => reject(new Error(`closed after ${text}`)));
  });

test("many sessions at once each get their own replies, all of them, in order", async () => {
  const server = createServer({
    hostname: "mx.example.org",
    listeners: [{ role: "exchanger", tls: "none", port: 0 }],
    extensions: standardServer({ maxSize: 1000 }),
    limits: { total: 0, perAddress: 0 },
  });
  const [listening] = await server.listen();
  const sessions = Array.from({ length: 40 }, () => connect({ host: "127.0.0.1", port: listening?.port ?? 0 }));
  const rounds = 30;
  const talks = sessions.map(async (socket, nth) => {
    const heard = replies(socket);
    for (let round = 0; round < rounds; round++) {
      socket.write(round === 0 ? `EHLO c${nth}.example\r\nNOOP\r\nVRFY a${nth}\r\n` : `NOOP\r\nVRFY a${nth}\r\n`);
      await turn();
    }
    if (nth % 2 === 0) socket.write("QUIT\r\n");
    else socket.end("QUIT\r\n");
    const lines = (await heard).split("\r\n");
    socket.destroy();
    return lines.slice(lines.indexOf("250 2.0.0 OK"), -2);
  });
  for (const lines of await Promise.all(talks)) {
    expect(lines).toHaveLength(2 * rounds);
    for (const [at, line] of lines.entries()) expect(line).toMatch(at % 2 === 0 ? /^250 2\.0\.0 OK$/ : /^252 /);
  }
  await server.close();
});
