/** Two questions, kept apart: whether there is TLS, and whom it is with (security.md C6, C7). */
import { X509Certificate } from "node:crypto";
import { createServer as createTlsServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { type ClientError, connect, type ConnectOptions, type TlsMode } from "@posthorn/client";
import { standardClient } from "@posthorn/esmtp";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Certificate,
  certificate,
  greet,
  hello,
  mailServer,
  rejection,
  type Scripted,
  serve,
  takeMail,
} from "./support.ts";
import { tlsPolicy } from "../src/policy.ts";

let authority: Certificate;
let good: Certificate;
let wrongName: Certificate;
let expired: Certificate;
let selfSigned: Certificate;

beforeAll(async () => {
  authority = await certificate("Posthorn Test Authority", { authority: true });
  [good, wrongName, expired, selfSigned] = await Promise.all([
    certificate("localhost", { ca: authority }),
    certificate("other.example", { ca: authority }),
    certificate("localhost", { ca: authority, expired: true }),
    certificate("localhost"),
  ]);
});

const fingerprint = ({ cert }: Certificate): `sha256:${string}` => `sha256:${new X509Certificate(cert).fingerprint256}`;

/** Offers STARTTLS with a certificate, and after it whatever a mail server has. */
const startTlsServer = (pems: Certificate): Promise<Scripted> =>
  serve(async (peer) => {
    await greet(peer, "STARTTLS", "PIPELINING");
    for (;;) {
      const line = await peer.line();
      if (line === "STARTTLS") {
        peer.send("220 go\r\n");
        await peer.secure(pems);
        await hello(peer, "PIPELINING", "AUTH PLAIN");
      } else if (line?.startsWith("AUTH") === true) peer.send("235 2.7.0 ok\r\n");
      else if (line === "QUIT") {
        peer.send("221 bye\r\n");
        return;
      } else if (line === undefined) return;
      else peer.send("250 ok\r\n");
    }
  });

const localhost = (server: Scripted, options: ConnectOptions = {}): ConnectOptions => ({
  host: "localhost",
  port: server.port,
  lookup: () => Promise.resolve([{ address: server.host, family: 4 }]),
  ...options,
});

describe("STARTTLS", () => {
  test("opportunistic: TLS with anybody, everything known before it is forgotten", async () => {
    const server = await startTlsServer(selfSigned);
    const connection = await connect(localhost(server));
    expect(connection.tls?.version).toBe("TLSv1.3");
    expect(connection.tls?.peer).toBeUndefined();
    expect(Object.keys(connection.tls?.bindings ?? {})).toEqual(["tls-exporter", "tls-server-end-point"]);
    expect([...connection.offer.keys()]).toEqual(["PIPELINING", "AUTH"]);
    await connection.quit();
  });

  test.each<[string, () => ConnectOptions, string | undefined]>([
    ["the authority is believed", () => ({ ca: authority.cert }), undefined],
    ["nobody vouches", () => ({}), "certificate-untrusted"],
    ["`verify: false`", () => ({ verify: false }), undefined],
    ["its fingerprint", () => ({ verify: fingerprint(good) }), undefined],
    ["another's fingerprint", () => ({ verify: fingerprint(selfSigned) }), "certificate-fingerprint"],
    [
      "the name that is asked for is another",
      () => ({ ca: authority.cert, servername: "mail.example" }),
      "certificate-name",
    ],
  ])("required: %s", async (_name, options, code) => {
    const server = await startTlsServer(good);
    const ended: unknown = await connect(localhost(server, { tls: "required", ...options() })).catch(
      (error: unknown) => error,
    );
    expect(ended).toMatchObject(
      code === undefined ? { usable: true, tls: { version: "TLSv1.3" } } : { code, retry: false },
    );
    expect(server.peers[0]?.seen).not.toContain("MAIL");
  });

  test.each<[string, () => Certificate, string]>([
    ["a wrong name", () => wrongName, "certificate-name"],
    ["an expired certificate", () => expired, "certificate-expired"],
    ["a self-signed certificate", () => selfSigned, "certificate-untrusted"],
  ])(
    "%s: refused where it is verified, under any mode; taken by its fingerprint or by `verify: false`",
    async (_name, pems, code) => {
      const server = await startTlsServer(pems());
      const verified: readonly ConnectOptions[] = [
        { tls: "required" },
        { tls: "opportunistic", verify: true },
        { credentials: { name: "u", password: "p" } },
      ];
      for (const options of verified) {
        const error = await rejection(connect(localhost(server, { ca: authority.cert, ...options })));
        expect(error).toMatchObject({ code });
      }
      for (const verify of [false, fingerprint(pems())] as const) {
        const connection = await connect(localhost(server, { tls: "required", verify }));
        expect(connection.tls).toBeDefined();
        await connection.quit();
      }
      for (const { seen } of server.peers) expect(seen).not.toMatch(/AUTH|MAIL/);
    },
  );

  test.each<[string, string | undefined, string]>([
    ["not offered", undefined, "does not offer STARTTLS"],
    ["454", "454 4.7.0 not now", "454"],
    ["502", "502 5.5.1 no", "502"],
  ])("required, but %s: no mail, no credentials", async (_name, answer, words) => {
    const server = await serve(async (peer) => {
      await greet(peer, ...(answer === undefined ? [] : ["STARTTLS"]), "AUTH PLAIN");
      if (answer !== undefined) await peer.answer(answer);
      await takeMail(peer);
    });
    const credentials = { name: "u", password: "p" };
    for (const options of [
      { tls: "required" },
      { credentials },
      { tls: "opportunistic", credentials },
    ] satisfies ConnectOptions[]) {
      const error = await rejection(connect(localhost(server, options)));
      expect(error).toMatchObject({ code: "tls-unavailable", message: expect.stringContaining(words) });
    }
    for (const { seen } of server.peers) expect(seen).not.toMatch(/AUTH|MAIL/);
  });

  test("required, with extensions of the caller's that are content with less: no mail", async () => {
    const server = await mailServer();
    const extensions = standardClient({ tls: "opportunistic" });
    const { host, port } = server;
    expect(await rejection(connect({ host, port, tls: "required", extensions }))).toMatchObject({
      code: "tls-unavailable",
    });
    expect(server.peers[0]?.seen).not.toMatch(/AUTH|MAIL/);
  });

  test("an address is looked for in the certificate as an address", async () => {
    const server = await startTlsServer(await certificate("127.0.0.1", { ca: authority }));
    const connection = await connect({ host: server.host, port: server.port, verify: true, ca: authority.cert });
    expect(connection.tls?.peer).toContain("127.0.0.1");
    await connection.quit();
    const other = await startTlsServer(good);
    const attempt = connect({ host: other.host, port: other.port, verify: true, ca: authority.cert });
    expect(await rejection(attempt)).toMatchObject({ code: "certificate-name", host: "127.0.0.1" });
  });

  test("who asks for verification is not served without TLS", async () => {
    const server = await mailServer();
    for (const verify of [true, fingerprint(good)] as const)
      expect(await rejection(connect(localhost(server, { verify })))).toMatchObject({ code: "tls-unavailable" });
  });

  test("opportunistic: a handshake that fails is followed by a connection without TLS, and only then", async () => {
    const server = await serve(async (peer, number) => {
      await greet(peer, "STARTTLS");
      if (number === 0) {
        await peer.answer("220 go");
        await peer.octets(5);
        peer.send("this is no handshake\r\n");
        return;
      }
      await takeMail(peer);
    });
    const connection = await connect(localhost(server));
    expect(connection.tls).toBeUndefined();
    expect(server.peers).toHaveLength(2);
    await connection.quit();
  });

  test("required: a handshake that fails is the end", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "STARTTLS");
      await peer.answer("220 go");
      await peer.octets(5);
      peer.send("this is no handshake\r\n");
    });
    expect(await rejection(connect(localhost(server, { tls: "required" })))).toMatchObject({ code: "tls-failed" });
    expect(server.peers).toHaveLength(1);
  });

  test.each(["220 go\r\n250-x\r\n250 AUTH PLAIN\r\n", "220 go\r\n250", "220 go\r\n\r\n"])(
    "what came with 220 ends the connection before the handshake: %j (C6)",
    async (answer) => {
      const server = await serve(async (peer) => {
        await greet(peer, "STARTTLS");
        await peer.line();
        peer.send(answer);
        await peer.gone();
      });
      for (const tls of ["opportunistic", "required"] satisfies TlsMode[]) {
        const error = await rejection(connect(localhost(server, { tls })));
        expect(error).toMatchObject({ code: "protocol" });
      }
      // Nothing that looks like the client's side of a handshake.
      for (const { seen } of server.peers) expect(seen).toMatch(/^EHLO [^\r]*\r\nSTARTTLS\r\n$/);
    },
  );

  test("a reply that comes after the hello and before its command ends the connection (C11)", async () => {
    const server = await serve(async (peer) => {
      await greet(peer, "STARTTLS");
      await peer.answer("220 go");
      await peer.secure(selfSigned);
      const line = await peer.line();
      expect(line).toMatch(/^EHLO/);
      peer.send("250-test.example\r\n250 PIPELINING\r\n250 early\r\n");
      await peer.gone();
    });
    const attempt = connect(localhost(server, { tls: "required", verify: false })).then((connection) =>
      connection.send({ from: "a@x.example", to: "b@x.example", content: "x" }),
    );
    const ended = await attempt.catch((error: unknown) => error);
    const text = JSON.stringify(ended) + String(ended);
    expect(text).toMatch(/protocol|nothing had asked/);
    expect(text).not.toContain('accepted":["b');
  });

  test("a server that goes away in the handshake, and one that never begins it", async () => {
    const gone = await serve(async (peer) => {
      await greet(peer, "STARTTLS");
      await peer.line();
      peer.send("220 go\r\n");
      peer.socket.end();
    });
    expect(await rejection(connect(localhost(gone, { tls: "required" })))).toMatchObject({ code: "tls-failed" });
    const silent = await serve(async (peer) => {
      await greet(peer, "STARTTLS");
      await peer.answer("220 go");
    });
    const error = await rejection(connect(localhost(silent, { tls: "required", timeouts: { tls: 60 } })));
    expect(error).toMatchObject({ code: "timeout", message: expect.stringContaining("tls") });
  });
});

describe("implicit TLS", () => {
  const implicit = async (pems: Certificate): Promise<{ readonly port: number; close(): Promise<void> }> => {
    const server = createTlsServer({ key: pems.key, cert: pems.cert }, (socket) => {
      socket.on("error", () => {});
      socket.write("220 secure\r\n");
      socket.on("data", (chunk) => {
        const line = chunk.toString();
        if (line.startsWith("EHLO")) socket.write("250 secure\r\n");
        else socket.end("221 bye\r\n");
      });
    });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      port: (server.address() as AddressInfo).port,
      close: () => new Promise((resolve) => server.close(() => resolve())),
    };
  };

  test("from the first octet; verified by default", async () => {
    const server = await implicit(good);
    const options: ConnectOptions = { host: "localhost", family: 4, port: server.port, tls: "implicit" };
    const connection = await connect({ ...options, ca: authority.cert });
    expect(connection.tls?.peer).toContain("localhost");
    await connection.quit();
    expect(await rejection(connect(options))).toMatchObject({ code: "certificate-untrusted" });
    await server.close();
  });

  test("a server that speaks in the clear, and one that never speaks", async () => {
    const clear = await mailServer();
    expect(await rejection(connect({ host: clear.host, port: clear.port, tls: "implicit" }))).toMatchObject({
      code: "tls-failed",
    });
    const silent = await serve(() => {});
    const error = await rejection(
      connect({ host: silent.host, port: silent.port, tls: "implicit", timeouts: { tls: 60 } }),
    );
    expect(error).toMatchObject({ code: "timeout" });
  });
});

test("a certificate of this side's own is shown where it is asked for", async () => {
  const mine = await certificate("client.example");
  const shown = Promise.withResolvers<string | undefined>();
  const server = createTlsServer({ ...good, requestCert: true, rejectUnauthorized: false }, (socket) => {
    socket.resume();
    shown.resolve(socket.getPeerX509Certificate()?.subject);
    socket.on("error", () => {});
    socket.end("554 no\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const options: ConnectOptions = {
    host: "127.0.0.1",
    port,
    tls: "implicit",
    verify: false,
    localAddress: "127.0.0.9",
  };
  const error = await rejection(connect({ ...options, cert: mine.cert, key: mine.key }));
  expect(error).toMatchObject({ nextHost: true });
  expect(await shown.promise).toContain("client.example");
  await new Promise((resolve) => server.close(resolve));
});

describe("what holds", () => {
  const pin = `sha256:${"0".repeat(64)}` as const;
  test.each<[Parameters<typeof tlsPolicy>[0], ReturnType<typeof tlsPolicy>]>([
    [{ identity: false }, { mode: "opportunistic", verify: false, fallback: true }],
    [
      { identity: false, tls: "opportunistic", verify: true },
      { mode: "opportunistic", verify: true, fallback: false },
    ],
    [
      { identity: false, tls: "opportunistic", verify: pin },
      { mode: "opportunistic", verify: pin, fallback: false },
    ],
    [
      { identity: false, verify: true },
      { mode: "required", verify: true, fallback: false },
    ],
    [
      { identity: false, verify: pin },
      { mode: "required", verify: pin, fallback: false },
    ],
    [
      { identity: false, tls: "none" },
      { mode: "none", verify: true, fallback: false },
    ],
    [
      { identity: false, port: 465 },
      { mode: "implicit", verify: true, fallback: false },
    ],
    [
      { identity: false, path: "/x" },
      { mode: "none", verify: true, fallback: false },
    ],
    [{ identity: true }, { mode: "required", verify: true, fallback: false }],
    [
      { identity: true, path: "/x" },
      { mode: "required", verify: true, fallback: false },
    ],
    [
      { identity: true, port: 465 },
      { mode: "implicit", verify: true, fallback: false },
    ],
    [
      { identity: true, tls: "opportunistic" },
      { mode: "required", verify: true, fallback: false },
    ],
    [
      { identity: true, verify: false },
      { mode: "required", verify: false, fallback: false },
    ],
    [
      { identity: true, authInClear: true },
      { mode: "opportunistic", verify: true, fallback: false },
    ],
    [
      { identity: true, authInClear: true, tls: "none" },
      { mode: "none", verify: true, fallback: false },
    ],
  ])("%j", (asked, holds) => {
    expect(tlsPolicy(asked)).toEqual(holds);
  });
});

describe("options that cannot be", () => {
  const credentials = { name: "u", password: "p" };
  test.each<[ConnectOptions, string]>([
    [{ tls: "none", credentials }, "credentials"],
    [{ verify: "sha256:abc" }, "fingerprint"],
    [{ port: 0 }, "port"],
    [{ path: "/run/x", host: "x" }, "path"],
    [{ host: "a..b" }, "host name"],
    [{ host: "-a.example" }, "host name"],
    [{ host: "１２７.0.0.1" }, "host name"],
    [{ host: "a b" }, "host name"],
    [{ host: "127.1" }, "host name"],
    [{ host: "x\r\ny" }, "host name"],
    [{ without: ["STARTTLS"], tls: "required" }, "TLS is required"],
  ])("%j", async (options, words) => {
    const error = await rejection(connect(options));
    expect(error).toMatchObject({ code: "bad-option", kind: "usage", message: expect.stringContaining(words) });
  });

  test("a mode that there is not, as JavaScript can say it, is none that asks for less", async () => {
    // @ts-expect-error `required` was meant
    const error = await rejection(connect({ tls: "require" }));
    expect(error).toMatchObject({ code: "bad-option", message: expect.stringContaining("is none of none,") });
  });

  test("a name that is none is refused before a word is said", async () => {
    const server = await mailServer();
    for (const name of ["a b", "x\r\nMAIL FROM:<>", "-", ""]) {
      expect(await rejection(connect({ host: server.host, port: server.port, name }))).toMatchObject({
        code: "unencodable",
      });
    }
    expect(server.peers.map(({ seen }) => seen).join("")).toBe("");
  });

  test("errors are recognised across copies", async () => {
    const error = (await rejection(connect({ host: "a..b" }))) as ClientError;
    expect(Object.getOwnPropertySymbols(error)).toContain(Symbol.for("posthorn.ClientError"));
  });
});
