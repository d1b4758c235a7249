/** TLS: STARTTLS and what must be forgotten, TLS first with ALPN, certificates by name and replaced, client certificates. */
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { manualClock } from "@posthorn/node";
import type { Listener, Session } from "@posthorn/server";
import { createTransport } from "nodemailer";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { type Certificate, certificate, collector, dial, ENVELOPE, Raw, serve } from "./support.ts";

let first: Certificate;
let second: Certificate;
let client: Certificate;

beforeAll(async () => {
  [first, second, client] = await Promise.all([
    certificate("mx.example.org"),
    certificate("other.example.net"),
    certificate("tim"),
  ]);
});

const STARTTLS: readonly Listener[] = [{ role: "exchanger", tls: "starttls", port: 0 }];
const IMPLICIT: readonly Listener[] = [{ role: "exchanger", tls: "implicit", port: 0 }];

/** A handshake as a client; rejects as the socket fails. */
const secure = (options: ConnectionOptions): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connectTls({ host: "127.0.0.1", rejectUnauthorized: false, ...options });
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
  });

const upgrade = async (raw: Raw, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const plain = raw.socket;
  for (const event of ["data", "end", "close"]) plain.removeAllListeners(event);
  const socket = await secure({ socket: plain, ...options });
  raw.adopt(socket);
  return socket;
};

const commonName = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);

test("STARTTLS: all is forgotten, the offer is gone, and a second one is refused", async () => {
  const { hooks, messages } = collector();
  const sessions: Session[] = [];
  const { server, port, seen } = await serve({
    hooks: { ...hooks, recipient: (_recipient, session) => void sessions.push(session) },
    listeners: STARTTLS,
    tls: first,
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  expect(await raw.ask("EHLO client.example")).toContain("STARTTLS");
  await raw.ask("MAIL FROM:<a@client.example>");
  expect(await raw.ask("STARTTLS")).toMatch(/^503 /); // not inside a transaction
  await raw.ask("RSET");
  expect(await raw.ask("STARTTLS x")).toMatch(/^501 /);
  expect(await raw.ask("STARTTLS")).toMatch(/^220 /);
  const socket = await upgrade(raw);
  expect(await raw.ask("MAIL FROM:<a@client.example>")).toMatch(/^503 /);
  expect(await raw.ask("EHLO client.example")).not.toContain("STARTTLS");
  expect(await raw.ask("STARTTLS")).toMatch(/^503 /);
  expect(await raw.codes([...ENVELOPE, "DATA"])).toEqual(["250", "250", "354"]);
  raw.send("text\r\n.\r\n");
  expect(await raw.reply()).toMatch(/^250 /);
  expect(messages).toEqual(["text\r\n"]);
  const { tls } = sessions[0] ?? {};
  expect(tls?.version).toBe("TLSv1.3");
  const exported = socket.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0));
  expect(Buffer.from(tls?.bindings?.["tls-exporter"] ?? [])).toEqual(exported);
  const { createHash } = await import("node:crypto");
  const digest = createHash("sha256").update(socket.getPeerCertificate().raw).digest();
  expect(Buffer.from(tls?.bindings?.["tls-server-end-point"] ?? [])).toEqual(digest);
  expect(await raw.ask("QUIT")).toMatch(/^221 /);
  await raw.until(() => server.connections === 0 || raw.ended);
  raw.socket.end();
  await raw.until(() => server.connections === 0);
  expect(seen.map(({ type }) => type)).toContain("tls");
  expect(seen.at(-1)).toMatchObject({ type: "closed", reason: "quit", messages: 1 });
});

test("octets that came behind STARTTLS in the clear are never executed (CVE-2011-0411)", async () => {
  const { hooks } = collector();
  const mails: unknown[] = [];
  const { server, port } = await serve({
    hooks: { ...hooks, mail: (mail) => void mails.push(mail.path) },
    listeners: STARTTLS,
    tls: first,
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  raw.send("STARTTLS\r\nMAIL FROM:<inj@x>\r\n");
  expect(await raw.reply()).toMatch(/^220 /);
  await upgrade(raw);
  expect(await raw.ask("RCPT TO:<b@mx.example.org>")).toMatch(/^503 /);
  expect(mails).toEqual([]);
});

test("octets in the clear after the 220 end the connection", async () => {
  const { server, port, seen } = await serve({ listeners: STARTTLS, tls: first });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  expect(await raw.ask("STARTTLS")).toMatch(/^220 /);
  raw.send("MAIL FROM:<inj@x>\r\nRCPT TO:<y@z>\r\n");
  await raw.until(() => raw.ended || raw.closed);
  raw.socket.end();
  await raw.until(() => server.connections === 0);
  expect(seen.at(-1)).toMatchObject({ type: "closed", reason: "tls" });
});

test("STARTTLS is offered on listeners that have it, and nowhere else", async () => {
  const { server, ports } = await serve({
    listeners: [...STARTTLS, ...IMPLICIT, { role: "exchanger", tls: "none", port: 0 }],
    tls: first,
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const offers: boolean[] = [];
  for (const [at, port] of ports.entries()) {
    const raw = at === 1 ? new Raw(await secure({ port })) : await dial(port);
    await raw.reply();
    offers.push((await raw.ask("EHLO client.example")).includes("STARTTLS"));
    raw.socket.destroy();
  }
  expect(offers).toEqual([true, false, false]);
});

test("TLS first: ALPN smtp or none is welcome, another protocol alone is not (ALPACA)", async () => {
  const { server, port } = await serve({ listeners: IMPLICIT, tls: first });
  onTestFinished(() => server.close({ grace: 0 }));
  for (const ALPNProtocols of [["smtp"], ["h2", "smtp"], undefined]) {
    const socket = await secure({ port, ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }) });
    expect(socket.alpnProtocol).toBe(ALPNProtocols === undefined ? false : "smtp");
    const raw = new Raw(socket);
    expect(await raw.reply()).toMatch(/^220 /);
    socket.destroy();
  }
  await expect(secure({ port, ALPNProtocols: ["h2"] })).rejects.toThrow(/no application protocol/i);
  await expect(secure({ port, maxVersion: "TLSv1.1", minVersion: "TLSv1" })).rejects.toThrow(/./);
  const plain = await dial(port);
  plain.send("EHLO client.example\r\n");
  await plain.until(() => plain.ended || plain.closed);
  expect(plain.text).not.toContain("250");
  plain.socket.end();
  await plain.until(() => server.connections === 0);
});

test("certificates by name, and replaced while connections go on", async () => {
  const { server, port } = await serve({
    listeners: IMPLICIT,
    tls: { ...first, names: { "other.example.net": second, "*.example.com": second } },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const shown = async (servername: string): Promise<string> => {
    const socket = await secure({ port, servername });
    const name = commonName(socket);
    socket.destroy();
    return name;
  };
  expect(await shown("mx.example.org")).toBe("mx.example.org");
  expect(await shown("OTHER.example.net")).toBe("other.example.net");
  expect(await shown("a.example.com")).toBe("other.example.net");
  expect(await shown("a.b.example.com")).toBe("mx.example.org");
  expect(await shown("__proto__")).toBe("mx.example.org");
  const old = new Raw(await secure({ port }));
  await old.reply();
  expect(() => server.replaceTls({ key: "no", cert: "no" })).toThrow(
    expect.objectContaining({ code: "bad-certificate" }),
  );
  expect(await shown("mx.example.org")).toBe("mx.example.org");
  server.replaceTls(second);
  expect(await shown("mx.example.org")).toBe("other.example.net");
  expect(await old.ask("NOOP")).toMatch(/^250 /);
  old.socket.destroy();
});

test("client certificates: verified, unknown, absent, and required", async () => {
  const peers: (string | undefined)[] = [];
  const hooks = { connection: (session: Session<never>) => void peers.push(session.tls?.peer) };
  const asked = await serve({
    hooks,
    listeners: IMPLICIT,
    tls: { ...first, clients: { ca: client.cert } },
  });
  onTestFinished(() => asked.server.close({ grace: 0 }));
  for (const own of [client, second, {}]) {
    const raw = new Raw(await secure({ port: asked.port, ...own }));
    await raw.reply();
    raw.socket.destroy();
  }
  expect(peers).toEqual(["tim", undefined, undefined]);
  const required = await serve({ listeners: IMPLICIT, tls: { ...first, clients: { ca: client.cert, require: true } } });
  onTestFinished(() => required.server.close({ grace: 0 }));
  for (const [own, welcome] of [
    [client, true],
    [second, false],
    [{}, false],
  ] as const) {
    const raw = new Raw(await secure({ port: required.port, ...own }));
    expect(
      await raw.reply().then(
        () => true,
        () => false,
      ),
    ).toBe(welcome);
    raw.socket.destroy();
  }
});

test("nodemailer by STARTTLS and by TLS", async () => {
  const { hooks, messages } = collector();
  const { server, ports } = await serve({ hooks, listeners: [...STARTTLS, ...IMPLICIT], tls: first });
  onTestFinished(() => server.close({ grace: 0 }));
  for (const [at, port] of ports.entries()) {
    const transport = createTransport({
      host: "127.0.0.1",
      port,
      secure: at === 1,
      requireTLS: at === 0,
      tls: { ca: first.cert, servername: "mx.example.org", checkServerIdentity: () => undefined },
    });
    await transport.sendMail({ from: "a@client.example", to: "b@mx.example.org", text: "x".repeat(300_000) });
    transport.close();
  }
  expect(messages).toHaveLength(2);
});

test("a handshake that does not come to an end is given up, before the greeting and after STARTTLS", async () => {
  const clock = manualClock();
  const { server, ports, seen } = await serve({ listeners: [...IMPLICIT, ...STARTTLS], tls: first, clock });
  onTestFinished(() => server.close({ grace: 0 }));
  const [silent, asked] = [await dial(ports[0] ?? 0), await dial(ports[1] ?? 0)];
  await asked.reply();
  await asked.ask("EHLO client.example");
  expect(await asked.ask("STARTTLS")).toMatch(/^220 /);
  await asked.until(() => server.connections === 2);
  clock.advance(59_000);
  expect(server.connections).toBe(2);
  clock.advance(2000);
  await asked.until(() => silent.closed || silent.ended);
  await asked.until(() => server.connections === 0);
  expect(seen.filter(({ type }) => type === "closed").map((event) => "reason" in event && event.reason)).toEqual([
    "timeout",
    "timeout",
  ]);
  silent.socket.destroy();
  asked.socket.destroy();
});

test("half-close over TLS: what came before is answered", async () => {
  const { hooks } = collector();
  const { server, port } = await serve({
    hooks: { ...hooks, message: () => new Promise((resolve) => setTimeout(resolve, 30)) },
    listeners: IMPLICIT,
    tls: first,
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = new Raw(await secure({ port, allowHalfOpen: true } as ConnectionOptions));
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([...ENVELOPE, "DATA"]);
  raw.socket.end("text\r\n.\r\nQUIT\r\n");
  expect(await raw.reply()).toMatch(/^250 2\.0\.0 OK id=/);
  expect(await raw.reply()).toMatch(/^221 /);
  await raw.until(() => server.connections === 0);
});
