/** A pool: how many connections, who is served when, which may be shared, and what is sent again and what never. */
import { setTimeout as delay } from "node:timers/promises";
import { type ConnectOptions, createPool, type Pool } from "@posthorn/client";
import { manualClock } from "@posthorn/node";
import { describe, expect, test } from "vitest";
import { Listeners } from "../src/observe.ts";
import { Keys } from "../src/pool-key.ts";
import { greet, mailServer, type Peer, rejection, resources, serve, takeMail, until } from "./support.ts";

const mail = (name = "m"): { readonly from: string; readonly to: string; readonly content: string } => ({
  from: "a@x.example",
  to: `${name}@x.example`,
  content: `\r\n${name}\r\n`,
});

const MAIL = ["250 ok", "250 ok", "354 go"] as const;

describe("connections", () => {
  test("one is used again and again, without RSET", async () => {
    const server = await mailServer("PIPELINING");
    const pool = createPool({ host: server.host, port: server.port });
    for (const name of ["a", "b", "c"]) expect((await pool.send(mail(name))).accepted).toHaveLength(1);
    expect(pool.connections).toBe(1);
    await pool.close();
    expect(server.peers).toHaveLength(1);
    expect(server.peers[0]?.seen.match(/MAIL/g)).toHaveLength(3);
    expect(server.peers[0]?.seen).not.toContain("RSET");
    expect(server.peers[0]?.seen).toContain("QUIT");
    expect(await rejection(pool.send(mail()))).toMatchObject({ code: "closed" });
  });

  test("no more than `max`; who waits is served in turn", async () => {
    const order: string[] = [];
    let now = 0;
    let most = 0;
    const server = await serve(async (peer) => {
      now += 1;
      most = Math.max(most, now);
      await greet(peer, "PIPELINING");
      await takeMail(peer, (text) => order.push(text.trim()));
      now -= 1;
    });
    const pool = createPool({ host: server.host, port: server.port, max: 2 });
    const names = Array.from({ length: 12 }, (_, at) => `m${at}`);
    const done: string[] = [];
    await Promise.all(
      names.map(async (name) => {
        await pool.send(mail(name));
        done.push(name);
      }),
    );
    await pool.close();
    expect(most).toBe(2);
    expect(server.peers).toHaveLength(2);
    // Two at a time: each ends no more than one place away from its turn.
    for (const [at, name] of done.entries()) expect(Math.abs(names.indexOf(name) - at)).toBeLessThanOrEqual(1);
    expect(order.toSorted()).toEqual(names.toSorted());
  });

  test("closed after `perConnection` messages, and after `idle` milliseconds without one", async () => {
    const clock = manualClock();
    const server = await mailServer();
    const pool = createPool({ host: server.host, port: server.port, perConnection: 2, idle: 5000, clock });
    for (const name of ["a", "b", "c"]) await pool.send(mail(name));
    expect(server.peers).toHaveLength(2);
    clock.advance(4000);
    expect(pool.connections).toBe(1);
    clock.advance(2000);
    await until(() => pool.connections === 0);
    await until(() => server.peers[1]?.seen.includes("QUIT"));
    await pool.send(mail("d"));
    expect(server.peers).toHaveLength(3);
    await pool.close();
  });

  test("idle connections keep no process alive, and nothing is left after the close", async () => {
    const before = resources().length;
    const server = await mailServer();
    const pool = createPool({ host: server.host, port: server.port });
    await pool.send(mail());
    await pool.close();
    await server.close();
    await until(() => resources().length <= before);
    expect(pool.connections).toBe(0);
  });

  test("one that cannot be opened is the failure of who waited for it, and of nobody else", async () => {
    let refuse = true;
    const server = await serve(async (peer) => {
      if (refuse) {
        peer.send("554 no\r\n");
        await peer.answer("221 bye");
        return;
      }
      await greet(peer);
      await takeMail(peer);
    });
    const pool = createPool({ host: server.host, port: server.port, max: 1 });
    const first = rejection(pool.send(mail()));
    await first;
    refuse = false;
    expect((await pool.send(mail())).accepted).toHaveLength(1);
    expect(await first).toMatchObject({ code: "refused" });
    await pool.close();
  });

  test("who gives up while he waits loses nothing to others", async () => {
    const server = await serve(async (peer) => {
      await greet(peer);
      await peer.answer(...MAIL);
      await peer.content();
      await delay(50);
      peer.send("250 ok\r\n");
      await takeMail(peer);
    });
    const pool = createPool({ host: server.host, port: server.port, max: 1 });
    const abort = new AbortController();
    const first = pool.send(mail("a"));
    const second = rejection(pool.send(mail("b"), { signal: abort.signal }));
    const third = pool.send(mail("c"));
    await until(() => server.peers[0]?.seen.includes("DATA"));
    abort.abort();
    expect(await second).toMatchObject({ code: "aborted" });
    expect((await first).accepted).toHaveLength(1);
    expect((await third).accepted).toHaveLength(1);
    await pool.close();
    expect(server.peers[0]?.seen).not.toContain("b@x.example");
  });
});

describe("dead connections", () => {
  /** The first connection takes one message, then `script` is what becomes of it. */
  const dying = async (
    script: (peer: Peer) => Promise<void>,
  ): Promise<{ readonly pool: Pool; readonly contents: string[]; readonly peers: readonly Peer[] }> => {
    const contents: string[] = [];
    const server = await serve(async (peer, number) => {
      await greet(peer, "PIPELINING");
      if (number > 0) {
        await takeMail(peer, (text) => contents.push(text));
        return;
      }
      await peer.answer(...MAIL);
      contents.push((await peer.content()) ?? "");
      peer.send("250 ok\r\n");
      await script(peer);
    });
    return { pool: createPool({ host: server.host, port: server.port }), contents, peers: server.peers };
  };

  test("a pool that is closed meanwhile waits for the other connection too", async () => {
    const { pool, contents, peers } = await dying(async (peer) => (await peer.line(), void peer.socket.end()));
    await pool.send(mail("a"));
    const order: string[] = [];
    const sent = pool.send(mail("b")).then(({ accepted }) => order.push(`sent to ${accepted.length}`));
    await pool.close();
    order.push("closed");
    await sent;
    expect(order).toEqual(["sent to 1", "closed"]);
    expect(contents).toHaveLength(2);
    expect(pool.connections).toBe(0);
    expect(peers[1]?.seen).toContain("QUIT");
  });

  test.each<[string, (peer: Peer) => Promise<void>]>([
    ["closed while idle", (peer) => Promise.resolve(void peer.socket.end())],
    ["421 while idle", (peer) => Promise.resolve(void peer.socket.end("421 4.4.2 idle\r\n"))],
    ["closed at MAIL", async (peer) => (await peer.line(), void peer.socket.end())],
    ["reset at MAIL", async (peer) => (await peer.line(), void peer.socket.resetAndDestroy())],
    ["421 at MAIL", async (peer) => (await peer.line(), void peer.socket.end("421 4.4.2 idle\r\n"))],
  ])("%s: the message goes over another", async (_name, script) => {
    const { pool, contents, peers } = await dying(script);
    await pool.send(mail("first"));
    await delay(20);
    const { accepted, failure } = await pool.send(mail("second"));
    expect({ accepted, failure }).toEqual({ accepted: ["second@x.example"], failure: undefined });
    expect(contents).toEqual(["\r\nfirst\r\n", "\r\nsecond\r\n"]);
    expect(peers).toHaveLength(2);
    await pool.close();
  });

  test.each<[string, (peer: Peer) => Promise<void>, string]>([
    ["after MAIL was answered", async (peer) => (await peer.answer("250 ok"), void peer.socket.end()), "unsent"],
    [
      "after the last dot",
      async (peer) => (await peer.answer(...MAIL), await peer.content(), void peer.socket.end()),
      "in-doubt",
    ],
    ["by 421 to RCPT", async (peer) => await peer.answer("250 ok", "421 4.3.2 down"), "refused"],
    ["by 451 to MAIL", async (peer) => (await peer.answer("451 later"), await takeMail(peer)), "refused"],
  ])("one that ends %s is no reason to send again", async (_name, script, kind) => {
    const { pool, contents, peers } = await dying(script);
    await pool.send(mail("first"));
    const { verdicts } = await pool.send(mail("second"));
    expect(verdicts).toMatchObject([{ kind }]);
    expect(contents).toHaveLength(1);
    expect(peers).toHaveLength(1);
    await pool.close();
  });

  test("a fresh connection that ends at MAIL is the answer", async () => {
    const server = await serve(async (peer) => {
      await greet(peer);
      await peer.line();
      peer.socket.end();
    });
    const pool = createPool({ host: server.host, port: server.port });
    expect((await pool.send(mail())).verdicts).toMatchObject([{ kind: "unsent", retry: true }]);
    expect(server.peers).toHaveLength(1);
    await pool.close();
  });
});

describe("keys (C12)", () => {
  const credentials = { name: "u", password: "p" };
  const base: ConnectOptions = { host: "mail.example", port: 25, tls: "required", credentials };

  test("what is alike shares, what differs in anything does not", () => {
    const keys = new Keys();
    expect(keys.of({ ...base, credentials: { password: "p", name: "u" } })).toBe(keys.of(base));
    expect(keys.of({ ...base, signal: new AbortController().signal, observe: () => {} })).toBe(keys.of(base));
    expect(keys.of({ ...base, name: undefined })).toBe(keys.of(base));
    const different: readonly ConnectOptions[] = [
      { host: "other.example" },
      { port: 26 },
      { protocol: "lmtp" },
      { tls: "implicit" },
      { verify: false },
      { verify: `sha256:${"0".repeat(64)}` },
      { ca: "x" },
      { ca: ["x"] },
      { cert: "x" },
      { key: "x" },
      { servername: "x.example" },
      { credentials: { name: "u", password: "q" } },
      { credentials: { name: "v", password: "p" } },
      { credentials: () => credentials },
      { minMechanism: "PLAIN" },
      { authInClear: true },
      { name: "me.example" },
      { extensions: (standard) => standard },
      { without: ["CHUNKING"] },
      { timeouts: { mail: 1 } },
      { limits: { rounds: 1 } },
      { family: 6 },
      { localAddress: "127.0.0.1" },
      { lookup: () => Promise.resolve([]) },
      { path: "/run/x" },
    ];
    const all = [base, ...different.map((one) => ({ ...base, ...one }))].map((options) => keys.of(options));
    expect(new Set(all).size).toBe(all.length);
  });

  test("no key tells a secret", () => {
    expect(new Keys().of({ ...base, credentials: { name: "u", password: "correct horse" } })).not.toMatch(
      /horse|Y29ycmVj/,
    );
    expect(new Keys().of(base)).not.toBe(new Keys().of(base));
  });

  test("a message that goes another way has a connection of its own", async () => {
    const server = await mailServer();
    const pool = createPool({ host: server.host, port: server.port });
    await pool.send(mail("a"));
    await pool.send(mail("b"), { via: { name: "other.example" } });
    await pool.send(mail("c"));
    expect(server.peers).toHaveLength(2);
    expect(server.peers[1]?.seen).toContain("EHLO other.example");
    await pool.close();
  });
});

test("who is not observed tells nothing", () => {
  const wider = new Listeners();
  const listeners = new Listeners(undefined, wider);
  expect(listeners.any).toBe(false);
  const stops = [listeners.add(() => {}), wider.add(() => {})];
  expect(listeners.any).toBe(true);
  for (const stop of stops) stop();
  expect(listeners.any).toBe(false);
});

test("observers of a pool see every connection of it, and cost nothing when they have left", async () => {
  const server = await mailServer();
  const pool = createPool({ host: server.host, port: server.port });
  await pool.send(mail("a"));
  const seen: string[] = [];
  const stop = pool.observe(({ connection, type }) => seen.push(`${connection} ${type}`));
  await Promise.all([pool.send(mail("b")), pool.send(mail("c"))]);
  expect(new Set(seen.map((line) => line.split(" ")[0])).size).toBe(2);
  expect(seen.filter((line) => line.endsWith(" outcome"))).toHaveLength(2);
  stop();
  const told = seen.length;
  await pool.close();
  expect(seen).toHaveLength(told);
});

test("destroyed: those under way get their verdicts, those who wait an error", async () => {
  const server = await serve(async (peer) => {
    await greet(peer);
    await peer.line();
  });
  const pool = createPool({ host: server.host, port: server.port, max: 1 });
  const first = pool.send(mail("a"));
  const second = rejection(pool.send(mail("b")));
  await until(() => server.peers[0]?.seen.includes("MAIL"));
  pool.destroy();
  expect((await first).verdicts).toMatchObject([{ kind: "unsent" }]);
  expect(await second).toMatchObject({ code: "closed" });
});

test("destroyed while a connection is being opened: it is not opened", async () => {
  const server = await serve(async (peer) => {
    await peer.gone(); // never greets
  });
  const pool = createPool({ host: server.host, port: server.port });
  const sent = rejection(pool.send(mail("a")));
  await until(() => server.peers.length === 1);
  pool.destroy();
  expect(await sent).toMatchObject({ code: "closed" });
  expect(pool.connections).toBe(0);
  await server.peers[0]?.gone();
});
