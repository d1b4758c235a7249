/** TLS sessions are resumed, and are judged as the one that they go back to was (security.md C7). */
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { type AddressInfo, createServer as createNetServer, type Socket } from "node:net";
import { createSecureContext, createServer, type Server, type TlsOptions, TLSSocket } from "node:tls";
import { type ConnectOptions, connect, createPool, type Observation, transcript } from "@posthorn/client";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Certificate, certificate, rejection } from "./support.ts";

let authority: Certificate;
let good: Certificate;
let other: Certificate;

beforeAll(async () => {
  authority = await certificate("Posthorn Test Authority", { authority: true });
  [good, other] = await Promise.all([
    certificate("localhost", { ca: authority }),
    certificate("other.example", { ca: authority }),
  ]);
});

const fingerprint = ({ cert }: Certificate): `sha256:${string}` => `sha256:${new X509Certificate(cert).fingerprint256}`;

/** Says what a server says; over a socket that is secure, or is to be made so by `upgrade`. */
const speak = (socket: Socket, upgrade?: (socket: Socket) => TLSSocket): void => {
  socket.on("error", () => {});
  const listen = (chunk: Buffer): void => {
    for (const line of chunk.toString("latin1").split("\r\n").slice(0, -1)) {
      if (line.startsWith("EHLO"))
        socket.write(`250-x${upgrade === undefined ? "" : "\r\n250-STARTTLS"}\r\n250 NOOP\r\n`);
      else if (line === "STARTTLS" && upgrade !== undefined) {
        socket.write("220 go\r\n");
        socket.off("data", listen);
        const secured = upgrade(socket);
        speak(secured);
      } else if (line === "QUIT") socket.end("221 bye\r\n");
      else if (line === "DATA") socket.write("354 go\r\n");
      else if (line === "." || !line.includes(" ") || /^(MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n");
    }
  };
  socket.on("data", listen);
};

interface Served {
  readonly port: number;
  /** Of each handshake, whether the server resumed a session. */
  readonly reused: readonly boolean[];
  /** Connections that were taken. */
  readonly taken: () => number;
  readonly server: Server;
}

const implicit = async (options: TlsOptions): Promise<Served> => {
  const reused: boolean[] = [];
  let taken = 0;
  const server = createServer(options, (socket) => {
    reused.push(socket.isSessionReused());
    socket.write("220 secure\r\n");
    speak(socket);
  });
  server.on("connection", () => void (taken += 1));
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, reused, taken: () => taken, server };
};

/** STARTTLS with a context that stays. */
const startTls = async (
  how: { readonly options?: TlsOptions; readonly drop?: (number: number) => boolean } = {},
): Promise<Omit<Served, "server">> => {
  const reused: boolean[] = [];
  let taken = 0;
  const secureContext = createSecureContext({ ...good, sessionIdContext: "x" });
  const server = createNetServer((socket) => {
    const number = taken++;
    socket.write("220 x\r\n");
    speak(socket, (plain) => {
      if (how.drop?.(number) === true) {
        plain.once("data", () => plain.destroy());
        return plain as TLSSocket;
      }
      const secured = new TLSSocket(plain, { isServer: true, secureContext, ...how.options });
      secured.once("secure", () => reused.push(secured.isSessionReused()));
      return secured;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, reused, taken: () => taken };
};

/** Connects, says NOOP, so that tickets have come, and leaves. Whether the session was resumed; `undefined` without TLS. */
const visit = async (options: ConnectOptions): Promise<boolean | undefined> => {
  const seen: Observation[] = [];
  const connection = await connect({
    host: "localhost",
    family: 4,
    ca: authority.cert,
    observe: (one) => seen.push(one),
    ...options,
  });
  await connection.noop();
  await connection.quit();
  return seen.find((one) => one.type === "tls")?.resumed;
};

const visits = async (times: number, options: ConnectOptions): Promise<readonly (boolean | undefined)[]> => {
  const seen: (boolean | undefined)[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (let at = 0; at < times; at++) seen.push(await visit(options));
  return seen;
};

describe("what is resumed", () => {
  test("TLS 1.3: each ticket once; a server of Node's gives two with each full handshake", async () => {
    const { port, reused } = await implicit({ ...good });
    const seen = await visits(7, { port, tls: "implicit" });
    expect(seen).toEqual([false, true, true, false, true, true, false]);
    expect(reused).toEqual(seen);
  });

  test("TLS 1.2: a session is good for many", async () => {
    const { port, reused } = await implicit({ ...good, maxVersion: "TLSv1.2" });
    const seen = await visits(5, { port, tls: "implicit" });
    expect(seen).toEqual([false, true, true, true, true]);
    expect(reused).toEqual(seen);
  });

  test.each<[string, ConnectOptions]>([
    ["required and verified", { tls: "required" }],
    ["required, by a fingerprint", { tls: "required" }],
    ["opportunistic", { tls: "opportunistic" }],
  ])("STARTTLS, %s", async (name, options) => {
    const { port, reused } = await startTls();
    const verify = name.includes("fingerprint") ? { verify: fingerprint(good) } : {};
    const seen = await visits(4, { port, ...options, ...verify });
    expect(seen).toEqual([false, true, true, false]);
    expect(reused).toEqual(seen);
  });

  test("it is the same to extensions and observers: the subject, the bindings, the transcript", async () => {
    const { port } = await implicit({ ...good });
    const lines: string[] = [];
    const facts: (readonly [unknown, unknown, unknown])[] = [];
    for (let at = 0; at < 2; at++) {
      const options: ConnectOptions = { host: "localhost", family: 4, port, tls: "implicit", ca: authority.cert };
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const connection = await connect({ ...options, observe: transcript((line) => lines.push(line)) });
      const { peer, bindings = {}, version } = connection.tls ?? { version: undefined };
      expect(bindings["tls-exporter"]).toHaveLength(32);
      facts.push([peer, version, bindings["tls-server-end-point"]]);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await connection.noop();
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await connection.quit();
    }
    expect(facts[0]?.[0]).toContain("localhost");
    expect(facts[1]).toEqual(facts[0]);
    expect(lines.filter((line) => line.startsWith("* TLS")).map((line) => line.endsWith(", resumed"))).toEqual([
      false,
      true,
    ]);
  });

  test("a pool's connections, too, and those that come when its others are gone", async () => {
    const { port, reused } = await implicit({ ...good });
    const pool = createPool({
      host: "localhost",
      family: 4,
      port,
      tls: "implicit",
      ca: authority.cert,
      perConnection: 1,
    });
    const mail = { from: "a@x.example", to: "b@x.example", content: "x" };
    for (let at = 0; at < 3; at++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await pool.send(mail)).accepted).toHaveLength(1);
    }
    await pool.close();
    expect(reused).toEqual([false, true, true]);
  });
});

describe("what is not resumed", () => {
  test("anything that differs in what it depends on", async () => {
    const { port, reused } = await implicit({ ...good, maxVersion: "TLSv1.2" });
    const mine = await certificate("client.example");
    const base: ConnectOptions = { port, tls: "implicit", verify: false };
    const differing: readonly ConnectOptions[] = [
      { ...base },
      { ...base, servername: "other.example" },
      { ...base, verify: true },
      { ...base, verify: fingerprint(good) },
      { ...base, ca: [authority.cert, mine.cert] },
      { ...base, cert: mine.cert, key: mine.key },
      { ...base, host: "127.0.0.1" },
      { ...base, localAddress: "127.0.0.9" },
    ];
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (const options of differing) expect(await visit(options), JSON.stringify(options)).toBe(false);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (const options of differing) expect(await visit(options), JSON.stringify(options)).toBe(true);
    expect(reused).toHaveLength(16);
  });

  test("where it is turned off: neither shown nor kept", async () => {
    const { port, reused } = await implicit({ ...good, maxVersion: "TLSv1.2" });
    const options: ConnectOptions = { port, tls: "implicit" };
    expect(await visits(2, { ...options, resume: false })).toEqual([false, false]);
    expect(await visit(options)).toBe(false);
    expect(await visit({ ...options, resume: false })).toBe(false);
    expect(reused).toEqual([false, false, false, false]);
  });

  test("what the server no longer knows: its keys have changed, and it falls back by itself", async () => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { port, reused, server, taken } = await implicit({ ...good, maxVersion });
      const options: ConnectOptions = { port, tls: "implicit" };
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await visits(2, options)).toEqual([false, true]);
      server.setTicketKeys(randomBytes(48));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await visits(2, options)).toEqual([false, true]);
      expect(reused).toEqual([false, true, false, true]);
      expect(taken()).toBe(4);
    }
  });

  test("a session whose certificate is no longer valid", async () => {
    const { port } = await implicit({ ...good });
    const end = new X509Certificate(good.cert).validToDate.getTime();
    vi.useFakeTimers({ toFake: ["Date"], now: end - 40 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await visit({ port, tls: "implicit" })).toBe(false);
    vi.setSystemTime(end - 60_000);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await visits(2, { port, tls: "implicit" })).toEqual([false, true]);
  });

  test("what a connection that was refused was given", async () => {
    const { port, reused } = await implicit({ ...good, maxVersion: "TLSv1.2" });
    const options: ConnectOptions = { host: "localhost", family: 4, port, tls: "implicit", verify: fingerprint(other) };
    for (let at = 0; at < 2; at++)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await rejection(connect(options))).toMatchObject({ code: "certificate-fingerprint" });
    const named: ConnectOptions = { ...options, verify: true, ca: authority.cert, servername: "other.example" };
    for (let at = 0; at < 2; at++)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await rejection(connect(named))).toMatchObject({ code: "certificate-name" });
    expect(reused).not.toContain(true);
  });
});

describe("how a resumed session is judged", () => {
  test("another fingerprint is refused, however often the right one was met", async () => {
    const { port, reused } = await implicit({ ...good });
    const options: ConnectOptions = { port, tls: "implicit" };
    expect(await visits(2, { ...options, verify: fingerprint(good) })).toEqual([false, true]);
    expect(await rejection(visit({ ...options, verify: fingerprint(other) }))).toMatchObject({
      code: "certificate-fingerprint",
    });
    expect(reused.filter(Boolean)).toHaveLength(1);
  });

  test("a certificate of another name, taken by `verify: false`, is authorized neither at first nor later", async () => {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { port, reused } = await implicit({ ...other, maxVersion });
      for (let at = 0; at < 3; at++) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const connection = await connect({
          host: "localhost",
          family: 4,
          port,
          tls: "implicit",
          ca: authority.cert,
          verify: false,
        });
        const { socket } = connection;
        expect(connection.tls?.peer).toBeUndefined();
        expect(socket).toMatchObject({ authorized: false, authorizationError: "ERR_TLS_CERT_ALTNAME_INVALID" });
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await connection.noop();
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await connection.quit();
      }
      expect(reused).toEqual([false, true, true]);
    }
  });

  test("authorities that the process believes no more have it begin anew", async () => {
    const { getCACertificates, setDefaultCACertificates } = process.getBuiltinModule("node:tls");
    const before = getCACertificates("default");
    onTestFinished(() => setDefaultCACertificates(before));
    const { port, reused } = await implicit({ ...good });
    const options: ConnectOptions = { port, tls: "implicit", ca: undefined };
    expect(await rejection(visit(options))).toMatchObject({ code: "certificate-untrusted" });
    setDefaultCACertificates([authority.cert]);
    expect(await visits(2, options)).toEqual([false, true]);
    setDefaultCACertificates([other.cert]);
    expect(await rejection(visit(options))).toMatchObject({ code: "certificate-untrusted" });
    expect(reused.filter(Boolean)).toHaveLength(1);
  });
});

test("the certificate is told as often as it is asked for, and the binding is of it", async () => {
  const chain = { key: good.key, cert: `${good.cert}\n${authority.cert}` };
  const { raw, fingerprint256 } = new X509Certificate(good.cert);
  const hash = createHash("sha256").update(raw).digest();
  const { port } = await implicit(chain);
  for (const verify of [true, false, fingerprint(good)] as const) {
    for (let at = 0; at < 2; at++) {
      const options: ConnectOptions = {
        host: "localhost",
        family: 4,
        port,
        tls: "implicit",
        ca: authority.cert,
        verify,
      };
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const connection = await connect(options);
      const { socket, tls } = connection;
      const ask = (): string | undefined =>
        socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.fingerprint256 : undefined;
      expect([ask(), ask(), ask()]).toEqual([fingerprint256, fingerprint256, fingerprint256]);
      expect(Buffer.from(tls?.bindings?.["tls-server-end-point"] ?? [])).toEqual(hash);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await connection.noop();
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await connection.quit();
    }
  }
});

describe("a server that breaks off when it is shown a ticket", () => {
  test.each<ConnectOptions>([{ tls: "opportunistic" }, { tls: "required" }])(
    "is met once more without, and TLS is not given up: %j",
    async (options) => {
      // OpenSSL cannot resume where client certificates are asked for and sessions have no context of their own.
      const asks: TlsOptions = { requestCert: true, rejectUnauthorized: false };
      const secureContext = createSecureContext({ ...good });
      const { port, reused, taken } = await startTls({ options: { ...asks, secureContext } });
      expect(await visits(4, { port, ...options })).toEqual([false, false, false, false]);
      expect(reused).toEqual([false, false, false, false]);
      expect(taken()).toBe(5); // tickets were shown once
    },
  );

  test("closes, or is no server of TLS any more: the second failure counts", async () => {
    const { port, taken } = await startTls({ drop: (number) => number > 0 });
    expect(await visit({ port, tls: "required" })).toBe(false);
    expect(await rejection(visit({ port, tls: "required" }))).toMatchObject({ code: "tls-failed" });
    expect(taken()).toBe(3);
  });
});
