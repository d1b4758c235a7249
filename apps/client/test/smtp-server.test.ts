// npm's smtp-server as a peer: another's idea of the protocol, over STARTTLS, with a login.
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, test } from "vitest";
import { here, posthorn } from "./harness.ts";
import { certificate } from "./servers.ts";

let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

interface Peer {
  readonly at: string;
  readonly messages: string[];
}

const start = async (options: SMTPServerOptions): Promise<Peer> => {
  const messages: string[] = [];
  const server = new SMTPServer({
    ...options,
    onData(stream, _, done) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        messages.push(Buffer.concat(pieces).toString("latin1"));
        done(null, "taken");
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  stop = () => new Promise((resolve) => server.close(() => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { at: `127.0.0.1:${port}`, messages };
};

const to = ({ at }: Peer, ...more: readonly string[]): string[] => [
  "send",
  "--server",
  at,
  "--from",
  "ada@a.example",
  "--to",
  "bob@b.example",
  ...more,
];

const input = "Subject: x\r\n\r\n.\r\n..dots\r\n\u00fc\r\n";

describe("over STARTTLS, with a login", () => {
  test.each(["PLAIN", "LOGIN", "CRAM-MD5"])("%s", async (mechanism) => {
    const { cert, key, fingerprint } = await certificate();
    const peer = await start({
      cert,
      key,
      authMethods: [mechanism],
      onAuth(login, _, done) {
        const known = login.password === "sesame" || login.validatePassword?.("sesame");
        const right = login.username === "ada" && known;
        done(right ? null : new Error("who are you?"), { user: "ada" });
      },
    });
    const env = { POSTHORN_PASSWORD: "sesame" };
    const { code, stdout } = await here(to(peer, "--user", "ada", "--verify", fingerprint, "--json"), { input, env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ mechanism, tls: { verified: "fingerprint" } });
    expect(Buffer.from(peer.messages[0] ?? "", "latin1").toString("utf8")).toBe(input);
    const wrong = await here(to(peer, "--user", "ada", "--verify", fingerprint), {
      input,
      env: { POSTHORN_PASSWORD: "wrong" },
    });
    expect(wrong.code).toBe(77);
    expect(peer.messages).toHaveLength(1);
  });
});

test("3 MiB from standard input, octet for octet", async () => {
  const peer = await start({ disabledCommands: ["AUTH", "STARTTLS"] });
  const text = Array.from({ length: 40_000 }, (_, at) => `${at} ${"x".repeat(70)}\r\n`).join("");
  const { code, stdout } = await posthorn(to(peer, "--data", "-", "--json"), { input: text });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, octets: text.length });
  expect(peer.messages[0] === text).toBe(true);
});
