/**
 * TLS on posthornd's sockets (docs/security.md A1, A9, A11, A13, S6 e, C11): what was said before it is forgotten, what comes with
 * STARTTLS is not executed, other protocols are turned away, and a handshake that does not go on ends.
 */
import { connect } from "node:net";
import * as tls from "node:tls";
import { setTimeout as later } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { filesIn, newFolder, serve, type Server } from "./program.ts";
import { dial, dialSecure, Raw } from "./raw.ts";

/** One server for all: in the clear, and with TLS from the first octet. */
let server: Server;
let [clear, implicit] = [0, 0];
const maildir = newFolder();
beforeAll(async () => {
  const listeners = ["--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0"];
  server = await serve([...listeners, "--maildir", maildir, "--limit", "handshake=1500"]);
  [clear = 0, implicit = 0] = server.ports;
});

describe("A1: STARTTLS takes nothing over", () => {
  test.each([
    "MAIL FROM:<inj@x.example>\r\n",
    "RSET\r\nMAIL FROM:<inj@x.example>\r\nRCPT TO:<u@example.org>\r\nDATA\r\nx\r\n.\r\n",
    "EHLO inj\r\n",
    "MAIL",
    "\r\n",
    "STARTTLS\r\n",
  ])("what comes in the same segment is never executed: %j", async (tail) => {
    const raw = await dial(clear);
    raw.send(`STARTTLS\r\n${tail}`);
    expect(await raw.reply()).toMatch(/^220 /);
    const secured = await Promise.race([raw.secure().then(() => true), later(3000).then(() => raw.over)]);
    const early = raw.heard;
    const codes = raw.over ? ["closed"] : await raw.codes("RCPT TO:<u@example.org>", "DATA", "MAIL FROM:<a@x.example>");
    expect([secured, early, codes.join(" ")]).toEqual([true, "", expect.stringMatching(/^(?:503 503 503|closed)$/)]);
    raw.socket.destroy();
    expect(filesIn(maildir)).toEqual([]);
    await later(20);
    expect(server.err()).not.toContain("inj");
  });

  test("a transaction and an identity that began in the clear are gone, and there is no second STARTTLS", async () => {
    const raw = await dial(clear);
    expect(await raw.say("STARTTLS x")).toMatch(/^501 /);
    expect(await raw.codes("MAIL FROM:<inj@x.example>", "RCPT TO:<u@example.org>")).toEqual(["250", "250"]);
    expect(await raw.codes("STARTTLS", "RSET", "STARTTLS")).toEqual(["503", "250", "220"]);
    await raw.secure();
    expect(await raw.codes("RCPT TO:<u@example.org>", "DATA")).toEqual(["503", "503"]);
    expect(await raw.say("EHLO client.example")).not.toContain("STARTTLS");
    expect(await raw.say("STARTTLS")).toMatch(/^503 /);
    expect(await raw.say("NOOP")).toMatch(/^250/);
  });
});

describe("A13: other protocols", () => {
  const failure = async (port: number, options: tls.ConnectionOptions): Promise<string> =>
    new Promise((resolve) => {
      const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
      socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
      socket.on("secureConnect", () => {
        resolve(String(socket.alpnProtocol));
        socket.destroy();
      });
    });

  test("ALPN: smtp, or none at all, but not h2 or http/1.1", async () => {
    expect(await failure(implicit, { ALPNProtocols: ["smtp"] })).toBe("smtp");
    expect(await failure(implicit, { ALPNProtocols: ["h2", "smtp"] })).toBe("smtp");
    expect(await failure(implicit, {})).toBe("false");
    for (const ALPNProtocols of [["h2"], ["http/1.1"], ["h2", "http/1.1"]])
      expect(await failure(implicit, { ALPNProtocols })).toMatch(/ALERT_NO_APPLICATION_PROTOCOL|ECONNRESET/);
    expect(await failure(implicit, { maxVersion: "TLSv1.1", minVersion: "TLSv1" })).toMatch(/^E/);
    expect(await (await dialSecure(implicit)).say("NOOP")).toMatch(/^250/);
  });

  test.each([
    "GET / HTTP/1.1\r\nHost: x\r\n\r\nEHLO evil\r\nMAIL FROM:<evil@x>\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nEHLO evil\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<u@example.org>\r\nDATA\r\n",
    "CONNECT a:25 HTTP/1.1\r\n\r\nEHLO evil\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ])("a request of HTTP ends the connection, and nothing behind it is heard: %j", async (request) => {
    const raw = await dial(clear, "");
    raw.send(request);
    expect(await raw.rest()).toMatch(/^421 [^\r]*\r\n$/);
    raw.socket.destroy();
    expect(server.err()).not.toContain("evil");
  });

  test("who another proxy says that he is counts for nothing (A9)", async () => {
    const raw = await dial(clear, "");
    expect(await raw.say("EHLO client.example")).not.toMatch(/XCLIENT|XFORWARD/);
    for (const line of [
      "XCLIENT ADDR=127.0.0.1 LOGIN=admin",
      "XFORWARD ADDR=10.0.0.1",
      "PROXY TCP4 127.0.0.1 127.0.0.1 1 2",
      "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
    ])
      expect(await raw.say(line)).toMatch(/^500 /);
  });

  test("a TLS hello in the clear is no command, and is not echoed", async () => {
    const socket = connect({ port: clear, host: "127.0.0.1" });
    const raw = new Raw(socket);
    await raw.reply();
    raw.send(`\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${"\x9b\x1b[31m".repeat(100)}\r\n`);
    expect(await raw.reply()).toMatch(/^500 [ -~]*$/);
  });
});

test("a handshake that does not go on ends at its time, and others are served meanwhile (A11)", async () => {
  const began = performance.now();
  const slow = Array.from({ length: 50 }, () => new Raw(connect({ port: implicit, host: "127.0.0.1" })));
  const upgrade = await dial(clear);
  await upgrade.say("STARTTLS");
  const opening = ["\x16", "\x03", "\x01", "\x02", "\x00", "\x01", "\x00", "\x01", "\xfc", "\x03", "\x03"];
  const trickle = setInterval(() => {
    const octet = opening.shift() ?? "\0";
    for (const raw of [...slow, upgrade]) if (!raw.socket.destroyed) raw.send(octet);
  }, 200);
  expect(await (await dialSecure(implicit)).say("NOOP")).toMatch(/^250/);
  for (const raw of [...slow, upgrade]) await raw.rest();
  clearInterval(trickle);
  expect(performance.now() - began).toBeGreaterThan(1400);
  expect(performance.now() - began).toBeLessThan(8000);
});

test("no renegotiation (C11)", async () => {
  const raw = await dialSecure(implicit, { maxVersion: "TLSv1.2" });
  const { socket } = raw;
  if (!(socket instanceof tls.TLSSocket)) throw new TypeError("no TLS");
  const outcome = await new Promise<string>((resolve) => {
    const begun = socket.renegotiate({}, (error) => resolve(error === null ? "renegotiated" : "refused"));
    if (begun !== true) resolve("refused");
    socket.on("close", () => resolve("closed"));
    void later(1500).then(() => resolve("ignored"));
  });
  expect(outcome).not.toBe("renegotiated");
  expect(await (await dialSecure(implicit)).say("NOOP")).toMatch(/^250/);
});

test("TLS that ends inside a chunk ends the session: nothing is taken in the clear after it (S6 e)", async () => {
  const plain = connect({ port: implicit, host: "127.0.0.1", allowHalfOpen: true });
  const raw = new Raw(plain);
  const secure = await raw.secure();
  await raw.reply();
  await raw.codes("EHLO client.example", "MAIL FROM:<a@x.example>", "RCPT TO:<u@example.org>");
  raw.send("BDAT 10 LAST\r\n12345");
  await later(100);
  secure.end(); // close_notify
  await later(100);
  plain.write("67890QUIT\r\n");
  await Promise.race([raw.rest(), later(2000)]);
  expect(raw.heard).not.toMatch(/^250/m);
  plain.destroy();
  expect(filesIn(maildir)).toEqual([]);
});
