/** npm's smtp-server as a peer: an implementation that nobody here wrote. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, type ConnectOptions, createPool, transcript } from "@posthorn/client";
import { cramMd5, login, plain, scramSha256 } from "@posthorn/sasl";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { describe, expect, onTestFinished, test } from "vitest";
import { certificate, rejection } from "./support.ts";

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly secure: boolean;
  readonly content: string;
}

const PASSWORD = "correct horse battery";

const start = async (
  options: SMTPServerOptions = {},
): Promise<{ readonly at: ConnectOptions; readonly mails: readonly Received[] }> => {
  const mails: Received[] = [];
  const server = new SMTPServer({
    ...(await certificate("localhost")),
    authMethods: ["PLAIN", "LOGIN", "CRAM-MD5"],
    onAuth(auth, _session, callback) {
      const good =
        auth.username === "tim" &&
        (auth.method === "CRAM-MD5" ? auth.validatePassword(PASSWORD) : auth.password === PASSWORD);
      if (good) callback(null, { user: "tim" });
      else callback(new Error("no"));
    },
    onData(stream, session, callback) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: session.user,
          secure: session.secure,
          content: Buffer.concat(pieces).toString("latin1"),
        });
        callback(stream.sizeExceeded ? Object.assign(new Error("too large"), { responseCode: 552 }) : null);
      });
    },
    ...options,
  });
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return { at: { host: "127.0.0.1", port, servername: "localhost", verify: false }, mails };
};

const mail = { from: "a@x.example", to: ["b@x.example", "c@x.example"], content: "Subject: x\n\n.\n..\nhello\n" };
const content = "Subject: x\r\n\r\n.\r\n..\r\nhello\r\n";

test("plain", async () => {
  const { at, mails } = await start({ authOptional: true, disabledCommands: ["STARTTLS"] });
  const connection = await connect(at);
  expect(connection.tls).toBeUndefined();
  await connection.send(mail);
  await connection.send({ ...mail, from: "", to: "d@x.example" });
  await connection.quit();
  expect(mails).toMatchObject([
    { from: "a@x.example", to: ["b@x.example", "c@x.example"], secure: false, content },
    { from: "", to: ["d@x.example"], content },
  ]);
});

test("STARTTLS where it is offered, and 8-bit octets as they are", async () => {
  const { at, mails } = await start({ authOptional: true });
  const connection = await connect(at);
  expect(connection.tls?.version).toBe("TLSv1.3");
  await connection.send({ ...mail, content: new Uint8Array([13, 10, 0xe4, 0xff, 13, 10]) });
  await connection.quit();
  expect(mails).toMatchObject([{ secure: true, content: "\r\n\xe4\xff\r\n" }]);
});

describe("credentials", () => {
  const credentials = { name: "tim", password: PASSWORD };

  test.each([plain, login, cramMd5])("$name over TLS, and nothing of it in the transcript", async (mechanism) => {
    const { at, mails } = await start();
    const lines: string[] = [];
    const connection = await connect({
      ...at,
      credentials,
      mechanisms: [mechanism],
      observe: transcript((line) => lines.push(line)),
    });
    expect(connection.mechanism).toBe(mechanism.name);
    await connection.send(mail);
    await connection.quit();
    expect(mails).toMatchObject([{ user: "tim", secure: true, content }]);
    expect(lines).toContain(`C: AUTH ${mechanism.name} ****`);
    const said = lines.join("\n");
    for (const secret of [PASSWORD, btoa(PASSWORD), btoa(`\0tim\0${PASSWORD}`), btoa("tim")])
      expect(said).not.toContain(secret);
  });

  test("the strongest that the server offers", async () => {
    const { at } = await start();
    const connection = await connect({ ...at, credentials });
    expect(connection.mechanism).toBe("CRAM-MD5");
    await connection.quit();
  });

  test.each<[string, ConnectOptions, string]>([
    ["a wrong password", { credentials: { name: "tim", password: "x" } }, "535"],
    ["a mechanism that the server has not", { credentials, mechanisms: [scramSha256] }, "no mechanism"],
    ["none that is strong enough", { credentials, minMechanism: "SCRAM-SHA-256" }, "no mechanism"],
    [
      "credentials that cannot be had",
      { credentials: () => Promise.reject(new Error("the vault is shut")) },
      "the vault is shut",
    ],
  ])("%s: not authenticated, and no mail", async (_name, options, words) => {
    const { at } = await start();
    const error = await rejection(connect({ ...at, ...options }));
    expect(error).toMatchObject({
      code: "not-authenticated",
      kind: "no-permission",
      message: expect.stringContaining(words),
    });
    expect(JSON.stringify(error) + String(error)).not.toContain(PASSWORD);
  });

  test("a refusal that passes is one that may be tried again", async () => {
    const { at } = await start({
      onAuth: (_auth, _session, callback) => callback(Object.assign(new Error("later"), { responseCode: 454 })),
    });
    const error = await rejection(connect({ ...at, credentials, mechanisms: [plain] }));
    expect(error).toMatchObject({ code: "not-authenticated", kind: "temporary", retry: true, reply: { code: 454 } });
  });

  test("in the clear only by name", async () => {
    const { at, mails } = await start({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true });
    expect(await rejection(connect({ ...at, credentials }))).toMatchObject({ code: "tls-unavailable" });
    const connection = await connect({ ...at, credentials, authInClear: true });
    await connection.send(mail);
    await connection.quit();
    expect(mails).toMatchObject([{ user: "tim", secure: false }]);
  });

  test("a token is asked for once for each connection", async () => {
    const { at } = await start();
    let asked = 0;
    const pool = createPool({ ...at, max: 1, credentials: () => (asked++, Promise.resolve(credentials)) });
    for (let message = 0; message < 3; message++) await pool.send(mail);
    await pool.close();
    expect(asked).toBe(1);
  });
});

test("too large: by the plan where it is stated, by the server where it is not", async () => {
  const { at, mails } = await start({ authOptional: true, size: 1000 });
  const connection = await connect(at);
  const large = `\n${"x".repeat(70)}\n`.repeat(20);
  const planned = await connection.send({ ...mail, content: large });
  expect(planned.verdicts).toMatchObject([{ kind: "planned-out", reason: expect.stringContaining("1000") }, {}]);
  expect(mails).toHaveLength(0);
  const stream = (): AsyncIterable<Uint8Array> => new Blob([large.replaceAll("\n", "\r\n")]).stream();
  const refused = await connection.send({ ...mail, content: stream });
  expect(refused.verdicts).toMatchObject([{ kind: "refused", reply: { code: 552 } }, { kind: "refused" }]);
  expect((await connection.send(mail)).accepted).toHaveLength(2);
  await connection.quit();
});

test("implicit TLS", async () => {
  const { at, mails } = await start({ secure: true, authOptional: true });
  const connection = await connect({ ...at, tls: "implicit" });
  await connection.send(mail);
  await connection.quit();
  expect(mails).toMatchObject([{ secure: true, content }]);
});

test("LMTP", async () => {
  const { at, mails } = await start({ lmtp: true, authOptional: true });
  const connection = await connect({ ...at, protocol: "lmtp" });
  const { verdicts } = await connection.send(mail);
  await connection.quit();
  expect(verdicts).toMatchObject([{ kind: "accepted" }, { kind: "accepted" }]);
  expect(mails).toHaveLength(1);
});
