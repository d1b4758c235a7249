/**
 * Servers that mean harm or are broken (security.md C8 to C11). Each attempt ends, in bounded time and memory, and none
 * ends in a message that is believed to be accepted and was not.
 */
import { type ClientError, connect, type ConnectOptions, type Outcome } from "@posthorn/client";
import { manualClock } from "@posthorn/node";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  greet,
  mailServer,
  type Peer,
  rejection,
  resources,
  type Scripted,
  serve,
  takeMail,
  until,
} from "./support.ts";

const mail = { from: "a@x.example", to: ["b@x.example", "c@x.example"], content: "\r\nhello\r\n" };

interface Ended {
  readonly error?: ClientError;
  readonly outcome?: Outcome;
}

/** Connects and sends; whatever happens is returned. */
const attempt = async (server: Scripted, options: ConnectOptions = {}): Promise<Ended> => {
  try {
    const connection = await connect({ host: server.host, port: server.port, ...options });
    const outcome = await connection.send(mail);
    connection.destroy();
    return { outcome };
  } catch (error) {
    return { error: error as ClientError };
  }
};

const MAIL = ["250 ok", "250 ok", "250 ok"] as const;

/** Up to the content, which is read. */
const toContent = async (peer: Peer): Promise<void> => {
  await greet(peer, "PIPELINING");
  await peer.answer(...MAIL, "354 go");
  await peer.content();
};

/** Sends without an end, for as long as the client takes it. */
const flood = async (peer: Peer, text: string): Promise<void> => {
  const chunk = Buffer.from(text.repeat(Math.ceil(16_384 / text.length)), "latin1");
  for (let sent = 0; sent < 4_000 && !peer.socket.destroyed; sent++) {
    if (!peer.socket.write(chunk))
      await new Promise((resolve) => peer.socket.once("drain", resolve).once("close", resolve));
  }
};

describe("before the first message: no connection", () => {
  test.each<[string, (peer: Peer) => Promise<void> | void, string]>([
    ["no newline in the greeting", (peer) => flood(peer, "220 x"), "protocol"],
    ["a greeting without an end", (peer) => flood(peer, "220-more\r\n"), "protocol"],
    ["an EHLO reply without an end", (peer) => (peer.send("220 x\r\n"), flood(peer, "250-X\r\n")), "protocol"],
    ["two digits", (peer) => peer.send("22 x\r\n"), "protocol"],
    ["four digits", (peer) => peer.send("2200 x\r\n"), "protocol"],
    ["an empty line", (peer) => peer.send("\r\n220 x\r\n"), "protocol"],
    ["a code that changes within a reply", (peer) => peer.send("220-x\r\n221 y\r\n"), "protocol"],
    ["NUL", (peer) => peer.send("220 x\0y\r\n"), "protocol"],
    ["250 as a greeting", (peer) => peer.send("250 x\r\n"), "protocol"],
    ["HTTP", (peer) => peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol"],
    ["a greeting twice", (peer) => peer.send("220 x\r\n220 y\r\n"), "protocol"],
    ["554", (peer) => peer.send("554 5.7.1 not you\r\n"), "refused"],
    ["421", (peer) => peer.send("421 4.3.2 busy\r\n"), "service-closing"],
    ["nothing, and the end", (peer) => void peer.socket.end(), "connection-lost"],
    ["half a line, and the end", (peer) => void peer.socket.end("220 x"), "connection-lost"],
    ["a reset", async (peer) => (await delay(20), void peer.socket.resetAndDestroy()), "connection-lost"],
  ])("%s", async (_name, script, code) => {
    const server = await serve(async (peer) => {
      await script(peer);
      if (code === "refused") await peer.answer("221 bye");
    });
    const { error } = await attempt(server);
    expect(error).toMatchObject({ code, nextHost: true });
    await until(() => server.peers.every(({ socket }) => socket.destroyed || socket.readyState !== "open"));
    for (const { seen } of server.peers) expect(seen).not.toContain("MAIL");
  });

  test("an endless reply costs no memory", async () => {
    const server = await serve((peer) => flood(peer, "220-more\r\n"));
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    await attempt(server);
    expect(process.memoryUsage().rss - before).toBeLessThan(24_000_000);
  });

  test("the EHLO reply refused twice: no mail", async () => {
    const server = await serve(async (peer) => {
      peer.send("220 x\r\n");
      await peer.answer("502 what", "550 no", "221 bye");
    });
    const { error } = await attempt(server);
    expect(error).toMatchObject({ code: "refused", reply: { code: 550 } });
  });
});

describe("in a transaction: nothing is accepted that was not", () => {
  const verdicts = (ended: Ended): readonly string[] => (ended.outcome?.verdicts ?? []).map(({ kind }) => kind);

  test("all recipients refused, but 354: only the dot is sent, and the connection goes on", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer("250 ok", "550 no", "550 no", "354 go");
      await peer.content();
      peer.send("250 accepted, says the server\r\n");
      await takeMail(peer);
    });
    expect(verdicts(await attempt(server))).toEqual(["refused", "refused"]);
    expect(server.peers[0]?.seen).toMatch(/DATA\r\n\.\r\n/);
  });

  test.each([503, 554, 451])("DATA answered by %i: no content is sent", async (code) => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer(...MAIL, `${code} no`);
      await takeMail(peer);
    });
    expect(verdicts(await attempt(server))).toEqual(["refused", "refused"]);
    expect(server.peers[0]?.seen).not.toContain("hello");
  });

  test("DATA answered by 250, without 354", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer(...MAIL, "250 accepted");
      await peer.gone();
    });
    expect(verdicts(await attempt(server))).toEqual(["unsent", "unsent"]);
  });

  test.each<[string, (peer: Peer) => void]>([
    ["the end", (peer) => void peer.socket.end()],
    ["a reset", (peer) => void peer.socket.resetAndDestroy()],
    ["a garbled reply", (peer) => peer.send("25\r\n")],
    ["a code that changes", (peer) => peer.send("250-ok\r\n550 no\r\n")],
    ["half a reply, and the end", (peer) => void peer.socket.end("250 o")],
    ["354 again", (peer) => peer.send("354 more\r\n")],
  ])("%s instead of the last reply: in doubt", async (_name, script) => {
    const server = await serve(async (peer) => {
      await toContent(peer);
      script(peer);
    });
    const ended = await attempt(server);
    expect(verdicts(ended)).toEqual(["in-doubt", "in-doubt"]);
    expect(ended.outcome).toMatchObject({ accepted: [], failure: { retry: true } });
  });

  test("replies that came too early are none (C10)", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.line();
      peer.send("250 mail\r\n250 rcpt\r\n250 rcpt\r\n354 go\r\n250 accepted, before it was sent\r\n");
      await peer.gone();
    });
    const { outcome } = await attempt(server);
    expect(outcome?.accepted).toEqual([]);
    expect(outcome?.failure).toMatchObject({ code: "protocol" });
  });

  test("421 in the middle", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer("250 ok", "421 4.3.2 going down");
    });
    const { outcome } = await attempt(server);
    expect(outcome?.verdicts).toMatchObject([
      { kind: "refused", reply: { code: 421 }, retry: true },
      { kind: "unsent", retry: true },
    ]);
    expect(outcome?.failure).toMatchObject({ code: "service-closing" });
  });

  test("a reply that nothing asked for, after the last one: no second message over this connection", async () => {
    const server = await serve(async (peer) => {
      await toContent(peer);
      peer.send("250 ok\r\n250 and one more\r\n");
      await peer.gone();
    });
    const connection = await connect({ host: server.host, port: server.port });
    const { accepted } = await connection.send(mail);
    expect(accepted).toHaveLength(2);
    await connection.closed;
    expect(connection.usable).toBe(false);
    expect(await rejection(connection.send(mail))).toMatchObject({ code: "protocol" });
  });

  test("LMTP: 354 with no recipient accepted ends the connection", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer("250 ok", "550 no", "550 no", "354 go");
      await peer.gone();
    });
    expect(verdicts(await attempt(server, { protocol: "lmtp" }))).toEqual(["refused", "refused"]);
  });

  test("terminal escapes in replies stay data, and are escaped in the transcript", async () => {
    const { transcript } = await import("@posthorn/client");
    const lines: string[] = [];
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer("250 ok", "550 \xe4\x9b red", "550 no", "503 no");
      await takeMail(peer);
    });
    const { outcome } = await attempt(server, { observe: transcript((line) => lines.push(line)) });
    expect(outcome?.refused).toHaveLength(2);
    // oxlint-disable-next-line no-control-regex
    expect(lines.join("")).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

describe("deadlines (RFC 5321 §4.5.3.2), by a clock that is moved by hand", () => {
  /** Runs a server that stops at a point, moves the clock to just before the deadline, then past it. */
  const late = async (
    script: (peer: Peer) => Promise<void>,
    ms: number,
    stopped: (peer: Peer | undefined) => boolean,
  ): Promise<Ended> => {
    const server = await serve(script);
    const clock = manualClock();
    const running = attempt(server, { clock });
    let over = false;
    const noted = running.finally(() => {
      over = true;
    });
    await until(() => stopped(server.peers[0]));
    await delay(20);
    clock.advance(ms - 1500);
    await delay(20);
    expect(over).toBe(false);
    clock.advance(3000);
    return await noted;
  };

  test.each<[string, (peer: Peer) => Promise<void>, number, RegExp]>([
    ["the greeting", async () => {}, 300_000, /^$/],
    ["EHLO", (peer) => Promise.resolve(peer.send("220 x\r\n")), 300_000, /EHLO/],
    ["MAIL", async (peer) => void (await greet(peer)), 300_000, /MAIL/],
    ["RCPT", async (peer) => (await greet(peer), await peer.answer("250 ok")), 300_000, /RCPT/],
    ["DATA", async (peer) => (await greet(peer), await peer.answer(...MAIL)), 120_000, /DATA/],
    ["the last reply", toContent, 600_000, /\r\n\.\r\n$/],
  ])("%s", async (_name, script, ms, stopped) => {
    const { error, outcome } = await late(script, ms, (peer) => peer !== undefined && stopped.test(peer.seen));
    expect(error ?? outcome?.failure).toMatchObject({ code: "timeout", retry: true });
    expect(outcome?.accepted ?? []).toEqual([]);
  });

  test("a trickle does not move a deadline", async () => {
    const { error } = await late(
      async (peer) => {
        for (const character of "220 x") peer.send(character);
      },
      300_000,
      (peer) => peer !== undefined,
    );
    expect(error).toMatchObject({ code: "timeout" });
  });

  test("each reply of a group has a time of its own", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer("250 ok");
      for (let line = 0; line < 3; line++) await peer.line();
      await takeMail(peer);
    });
    const clock = manualClock();
    const running = attempt(server, { clock });
    await until(() => server.peers[0]?.seen.endsWith("DATA\r\n"));
    for (let reply = 0; reply < 2; reply++) {
      await delay(20);
      clock.advance(200_000);
      server.peers[0]?.send("250 ok\r\n");
    }
    await delay(20);
    clock.advance(119_000);
    server.peers[0]?.send("554 no\r\n");
    const { outcome } = await running;
    expect(outcome?.verdicts).toMatchObject([{ kind: "refused", verb: "DATA" }, { kind: "refused" }]);
  });

  test("a server that takes no content", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "PIPELINING");
      await peer.answer(...MAIL, "354 go");
      peer.socket.pause();
    });
    const clock = manualClock();
    const connection = await connect({ host: server.host, port: server.port, clock });
    const content = Buffer.alloc(64_000_000, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n");
    let written = 0;
    const sending = connection.send({ ...mail, content }, { progress: (octets) => (written = octets) });
    await until(() => written > 0);
    for (let before = -1; before !== written;) {
      before = written;
      await delay(100);
    }
    expect(written).toBeLessThan(content.length);
    clock.advance(185_000);
    const outcome = await sending;
    expect(outcome.failure).toMatchObject({ code: "timeout", message: expect.stringContaining("dataBlock") });
    expect(outcome.verdicts.map(({ kind }) => kind)).toEqual(["unsent", "unsent"]);
    expect(connection.socket.destroyed).toBe(true); // and not only when the server has taken the rest
  });

  test("QUIT that is not answered: closed after its time, without a complaint", async () => {
    const server = await serve(async (peer) => void (await greet(peer)));
    const clock = manualClock();
    const connection = await connect({ host: server.host, port: server.port, clock });
    const quitting = connection.quit();
    await until(() => server.peers[0]?.seen.includes("QUIT"));
    clock.advance(11_000);
    await quitting;
    expect(connection.usable).toBe(false);
  });
});

test("nothing is left over: no socket, no timer", async () => {
  const before = resources().length;
  const server = await mailServer();
  await attempt(server);
  await attempt(server, { timeouts: { greeting: 50 } });
  await server.close();
  await until(() => resources().length <= before);
  expect(resources().length).toBeLessThanOrEqual(before);
});
