/** From a host to a connection: addresses in turn, names, sockets, and giving up at every stage. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClientError, connect, type ConnectOptions, type HostAddress, type Lookup } from "@posthorn/client";
import fc from "fast-check";
import { toASCII } from "tr46";
import { describe, expect, test } from "vitest";
import { hostToAscii } from "../src/idna.ts";
import { addressLiteral, helloName } from "../src/names.ts";
import { greet, mailServer, Peer, rejection, resources, serve, takeMail, until } from "./support.ts";

const mail = { from: "a@x.example", to: "b@x.example", content: "\r\nhello\r\n" };
const among =
  (...addresses: readonly HostAddress[]): Lookup =>
  () =>
    Promise.resolve(addresses);

/** A port at which nobody listens on this address. */
const closedPort = async (): Promise<number> => {
  const server = await serve(() => {});
  await server.close();
  return server.port;
};

describe("addresses", () => {
  test("each in turn: what is closed is passed by", async () => {
    const server = await serve(async (peer) => (await greet(peer), await takeMail(peer)), "127.0.0.2");
    const connection = await connect({
      host: "mail.example",
      port: server.port,
      lookup: among({ address: "127.0.0.1", family: 4 }, { address: "127.0.0.2", family: 4 }),
    });
    expect(connection.socket.remoteAddress).toBe("127.0.0.2");
    await connection.quit();
  });

  test("IPv6, and an address literal of it in EHLO", async () => {
    const server = await serve(async (peer) => (await greet(peer), await takeMail(peer)), "::1");
    const lookup = among({ address: "127.0.0.1", family: 4 }, { address: "::1", family: 6 });
    const connection = await connect({ host: "mail.example", port: server.port, family: 6, lookup });
    await connection.quit();
    const name = hostname().includes(".") ? /EHLO \S+/ : /^EHLO \[IPv6:::1\]/;
    expect(server.peers[0]?.seen).toMatch(name);
    expect(await rejection(connect({ host: "::1", port: server.port, family: 4 }))).toMatchObject({
      code: "host-not-found",
    });
  });

  test("an address that refuses the mail system is passed by, but not for ever", async () => {
    let greeted = 0;
    const refusing = (address: string, port: number): Promise<() => void> =>
      new Promise((resolve) => {
        const server = createServer((socket) => {
          greeted += 1;
          socket.on("error", () => {});
          socket.write("421 4.3.2 busy\r\n");
        });
        server.listen(port, address, () => resolve(() => void server.close()));
      });
    const good = await serve(async (peer) => (await greet(peer), await takeMail(peer)), "127.0.0.3");
    const stop = [await refusing("127.0.0.1", good.port), await refusing("127.0.0.2", good.port)];
    const all = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map((address): HostAddress => ({ address, family: 4 }));
    const [first, , last] = all;
    if (first === undefined || last === undefined) throw new Error("no addresses");
    const connection = await connect({ host: "mail.example", port: good.port, lookup: among(first, last) });
    await connection.quit();
    greeted = 0;
    const error = await rejection(connect({ host: "mail.example", port: good.port, lookup: among(...all) }));
    expect(error).toMatchObject({ code: "service-closing", retry: true, reply: { code: 421 } });
    expect(greeted).toBe(2);
    for (const close of stop) close();
  });

  test.each<[string, Lookup, string, boolean]>([
    ["ENOTFOUND", () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" })), "host-not-found", false],
    ["EAI_AGAIN", () => Promise.reject(Object.assign(new Error("x"), { code: "EAI_AGAIN" })), "lookup-failed", true],
    ["no address", () => Promise.resolve([]), "host-not-found", false],
  ])("%s", async (_name, lookup, code, retry) => {
    expect(await rejection(connect({ host: "mail.example", lookup }))).toMatchObject({ code, retry, nextHost: true });
  });

  test("all of them closed: one error that names each", async () => {
    const port = await closedPort();
    const lookup = among({ address: "127.0.0.1", family: 4 }, { address: "127.0.0.2", family: 4 });
    const error = await rejection(connect({ host: "mail.example", port, lookup }));
    expect(error).toMatchObject({
      code: "connect-failed",
      retry: true,
      message: expect.stringMatching(/127.0.0.1.*127.0.0.2/),
    });
  });

  test("five of them at most", async () => {
    const port = await closedPort();
    const all = [1, 2, 3, 4, 5, 6, 7].map((last): HostAddress => ({ address: `127.0.0.${last}`, family: 4 }));
    const error = await rejection(connect({ host: "mail.example", port, lookup: among(...all) }));
    expect(String(error).match(/no connection to/g)).toHaveLength(5);
  });

  test("what all addresses would say is asked of one only", async () => {
    const server = await mailServer();
    const same: HostAddress = { address: server.host, family: 4 };
    const connecting = connect({ host: "mail.example", port: server.port, tls: "required", lookup: among(same, same) });
    expect(await rejection(connecting)).toMatchObject({ code: "tls-unavailable" });
    expect(server.peers).toHaveLength(1);
  });

  test("an address that answers nothing has its time", async () => {
    const connecting = connect({
      host: "mail.example",
      port: await closedPort(),
      // RFC 6890: not routed; nothing answers there.
      lookup: among({ address: "192.0.2.1", family: 4 }),
      timeouts: { connect: 50 },
    });
    expect(await rejection(connecting)).toMatchObject({
      code: expect.stringMatching(/^(timeout|connect-failed)$/),
      retry: true,
    });
  });

  test("a host that is not ASCII is asked for in A-labels", async () => {
    let asked = "";
    const lookup: Lookup = (host) => {
      asked = host;
      return Promise.resolve([]);
    };
    await rejection(connect({ host: "Bücher.example.", lookup }));
    expect(asked).toBe("xn--bcher-kva.example");
  });
});

describe("a Unix socket", () => {
  test("LMTP, without TLS by default", async () => {
    const folder = await mkdtemp(join(tmpdir(), "posthorn-"));
    const path = join(folder, "lmtp");
    const seen: Peer[] = [];
    const server = createServer((socket) => {
      const peer = new Peer(socket);
      seen.push(peer);
      void (async () => {
        await greet(peer, "STARTTLS");
        await takeMail(peer);
      })();
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const connection = await connect({ path, protocol: "lmtp" });
    expect((await connection.send(mail)).accepted).toHaveLength(1);
    await connection.quit();
    expect(seen[0]?.seen).toMatch(/^LHLO \S+\r\nMAIL/);
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
    expect(await rejection(connect({ path }))).toMatchObject({ code: "connect-failed", address: path });
  });
});

describe("names", () => {
  test.each([
    ["::ffff:192.0.2.1", "[192.0.2.1]"],
    ["192.0.2.1", "[192.0.2.1]"],
    ["fe80::1%eth0", "[IPv6:fe80::1]"],
    ["::1", "[IPv6:::1]"],
  ])("%s is written %s", (address, literal) => {
    expect(addressLiteral(address)).toBe(literal);
  });

  test.each([
    [undefined, "127.0.0.1", "mail.client.example", "mail.client.example"],
    [undefined, "127.0.0.1", "mail", "[127.0.0.1]"],
    [undefined, "::1", "under_score.example", "[IPv6:::1]"],
    [undefined, undefined, "mail", "[127.0.0.1]"],
    [undefined, "127.0.0.1", "192.0.2.7", "[127.0.0.1]"],
    ["given", "127.0.0.1", "mail.client.example", "given"],
  ])("given %j, at %j, on %j: %s", (given, local, machine, name) => {
    expect(helloName(given, local, machine)).toBe(name);
  });

  const read = (host: string): string | undefined => {
    try {
      return hostToAscii(host);
    } catch (error) {
      if (error instanceof ClientError && error.code === "bad-option") return undefined;
      throw error;
    }
  };

  test("a host becomes what can be asked for, or nothing (law 4)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (host) => {
        const ascii = read(host) ?? "a";
        expect(ascii).toMatch(/^[\da-z.:%-]+$/i);
        expect(hostToAscii(ascii)).toBe(ascii);
      }),
      { numRuns: 1000 },
    );
  });

  test("plain names are what UTS #46 makes of them", () => {
    const label = fc.string({ unit: fc.constantFrom("a", "Z", "0", "-", "xn--", "b"), maxLength: 70 });
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 5 }), (labels) => {
        const host = `${labels.join(".")}.example`;
        const strict = {
          checkBidi: true,
          checkHyphens: true,
          checkJoiners: true,
          useSTD3ASCIIRules: true,
          verifyDNSLength: true,
        };
        expect(read(host) ?? null).toBe(toASCII(host, strict));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("giving up", () => {
  const stages: readonly [string, (peer: Peer) => Promise<void>][] = [
    ["before the greeting", async () => {}],
    ["in EHLO", (peer) => Promise.resolve(peer.send("220 x\r\n"))],
    ["in STARTTLS", async (peer) => (await greet(peer, "STARTTLS"), void (await peer.line()))],
    ["in the handshake", async (peer) => (await greet(peer, "STARTTLS"), await peer.answer("220 go"))],
  ];
  test.each(stages)("connect, %s", async (_name, script) => {
    const before = resources().length;
    let reached = false;
    const server = await serve(async (peer) => {
      await script(peer);
      reached = true;
    });
    const abort = new AbortController();
    const connecting = rejection(connect({ host: server.host, port: server.port, signal: abort.signal }));
    await until(() => reached);
    await delay(10);
    abort.abort(new Error("enough"));
    expect(await connecting).toMatchObject({
      code: "aborted",
      message: expect.stringContaining("enough"),
      cause: { message: "enough" },
    });
    await server.close();
    await until(() => resources().length <= before);
  });

  test.each<[string, (abort: AbortController) => ConnectOptions]>([
    ["before anything", (abort) => (abort.abort(), {})],
    ["in the lookup", (abort) => ({ lookup: () => (setTimeout(() => abort.abort(), 5), new Promise(() => {})) })],
    [
      "while it connects",
      (abort) => (setTimeout(() => abort.abort(), 5), { lookup: among({ address: "192.0.2.1", family: 4 }) }),
    ],
  ])("connect, %s", async (_name, options) => {
    const abort = new AbortController();
    const error = await rejection(connect({ host: "mail.example", signal: abort.signal, ...options(abort) }));
    expect(error).toMatchObject({ code: expect.stringMatching(/^(aborted|connect-failed)$/) });
  });

  const MAIL = ["250 ok", "250 ok"] as const;
  const sending: readonly [string, (peer: Peer) => Promise<void>, string][] = [
    ["in MAIL", async (peer) => void (await peer.line()), "unsent"],
    ["in RCPT", (peer) => peer.answer("250 ok"), "unsent"],
    ["in DATA", (peer) => peer.answer(...MAIL), "unsent"],
    ["in the content", (peer) => peer.answer(...MAIL, "354 go"), "unsent"],
    [
      "after the last dot",
      async (peer) => (await peer.answer(...MAIL, "354 go"), void (await peer.content())),
      "in-doubt",
    ],
  ];
  test.each(sending)("send, %s: nothing half is accepted", async (name, script, kind) => {
    let reached = false;
    const server = await serve(async (peer) => {
      await greet(peer, "8BITMIME");
      await script(peer);
      reached = true;
      await peer.gone();
    });
    const abort = new AbortController();
    const connection = await connect({ host: server.host, port: server.port });
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        yield Buffer.from("more\r\n");
        await delay(1);
      }
    };
    const content = name === "in the content" ? endless : "\r\nhello\r\n";
    const sent = connection.send({ ...mail, content }, { signal: abort.signal });
    await until(() => reached);
    await delay(10);
    abort.abort();
    const outcome = await sent;
    expect(outcome.verdicts).toMatchObject([{ kind }]);
    expect(outcome.failure).toMatchObject({ code: "aborted", retry: false });
    await until(() => server.peers.some(({ socket }) => socket.destroyed || socket.readableEnded));
    const dots = /\r\n\.\r\n/.test(server.peers[0]?.seen ?? "");
    expect(dots).toBe(kind === "in-doubt");
    expect(connection.usable).toBe(false);
  });

  test("send, before anything: the connection stays", async () => {
    const server = await mailServer();
    const connection = await connect({ host: server.host, port: server.port });
    expect(await rejection(connection.send(mail, { signal: AbortSignal.abort() }))).toMatchObject({ code: "aborted" });
    expect((await connection.send(mail)).accepted).toHaveLength(1);
    await connection.quit();
  });
});
