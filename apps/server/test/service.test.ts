/** Users, TLS, LMTP, relaying, signals: the program over sockets. */
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect as dial, createServer } from "node:net";
import path from "node:path";
import { nodeCrypto } from "@posthorn/node";
import { formatUser, verifiers } from "@posthorn/sasl";
import { createTransport } from "nodemailer";
import { describe, expect, test } from "vitest";
import { fingerprint, selfSigned } from "../src/tls.ts";
import { filesIn, newFolder } from "./folder.ts";
import { start } from "./program.ts";
import { connect, deliver, Talk } from "./talk.ts";

const PASSWORD = "correct horse battery";

/** A users file with tim. */
const usersFile = async (): Promise<string> => {
  const file = path.join(newFolder(), "users");
  const cheap = await verifiers(PASSWORD, { rounds: 4096 }, nodeCrypto);
  writeFileSync(file, `# users\n${formatUser("tim", cheap)}\n`);
  return file;
};

const plain = (name: string, password: string): string => Buffer.from(`\0${name}\0${password}`).toString("base64");

describe("users", () => {
  test("authenticate after TLS, are not offered it before, and leave no secret in the log", async () => {
    const users = await usersFile();
    const { port, stop } = await start(["--users", users, "--domain", "example.org"]);
    const talk = await connect(port, "");
    expect(await talk.say("EHLO client.example")).not.toContain("AUTH");
    const clear = await connect(port);
    expect(await clear.say(`AUTH PLAIN ${plain("tim", PASSWORD)}`)).toMatch(/^538 5\.7\.11/);
    clear.end();
    await talk.say("STARTTLS");
    await talk.secure();
    expect(await talk.say("EHLO client.example")).toMatch(/AUTH SCRAM-SHA-256-PLUS .*SCRAM-SHA-1 PLAIN LOGIN/);
    expect(await talk.say(`AUTH PLAIN ${plain("tim", "wrong password")}`)).toMatch(/^535 5\.7\.8/);
    expect(await talk.say(`AUTH PLAIN ${plain("tom", PASSWORD)}`)).toMatch(/^535 5\.7\.8/);
    await talk.say("AUTH LOGIN");
    await talk.say(Buffer.from("tim").toString("base64"));
    expect(await talk.say(Buffer.from(PASSWORD).toString("base64"))).toMatch(/^235 2\.7\.0/);
    await talk.say("MAIL FROM:<a@client.example>");
    expect(await talk.say("RCPT TO:<u@other.example>")).toBe("550 5.7.1 Relaying is not configured on this server");
    await talk.say("QUIT");
    talk.end();
    const { err } = await stop();
    expect(err).toContain('"event":"auth"');
    for (const secret of [PASSWORD, plain("tim", PASSWORD), Buffer.from(PASSWORD).toString("base64"), "wrong"])
      expect(err).not.toContain(secret);
  });

  test("may be asked in the clear, and submission asks for them", async () => {
    const maildir = newFolder();
    const args = ["--submission", "127.0.0.1:0", "--users", await usersFile(), "--maildir", maildir];
    const strict = await connect((await start(args)).port);
    expect(await strict.say("MAIL FROM:<>")).toMatch(/^530 5\.7\.0/);
    const { port, listening } = await start([...args, "--auth-in-clear"]);
    expect(listening[0]).toMatchObject({ protocol: "submission", tls: "starttls" });
    const talk = await connect(port);
    expect(await talk.say("MAIL FROM:<>")).toMatch(/^530 5\.7\.0/);
    expect(await talk.say(`AUTH PLAIN ${plain("tim", PASSWORD)}`)).toMatch(/^235/);
    expect(await deliver(talk)).toMatch(/^250/);
  });

  test("submit by nodemailer over TLS from the first octet", async () => {
    const maildir = newFolder();
    const { port, listening } = await start([
      "--submissions",
      "127.0.0.1:0",
      "--users",
      await usersFile(),
      "--maildir",
      `${maildir}/%n`,
      "--create",
    ]);
    expect(listening[0]).toMatchObject({ protocol: "submission", tls: "implicit" });
    const auth = { user: "tim", pass: PASSWORD };
    const transport = createTransport({
      port,
      host: "127.0.0.1",
      secure: true,
      auth,
      tls: { rejectUnauthorized: false },
    });
    const sent = await transport.sendMail({ from: "a@client.example", to: "u@example.org", text: "Hello" });
    transport.close();
    expect(sent.accepted).toEqual(["u@example.org"]);
    expect(filesIn(maildir)[0]).toMatch(/^u\/new\//);
  });

  test("that nobody is have the same salt before and after a restart", async () => {
    const args = ["--users", await usersFile(), "--auth-in-clear"];
    const first = Buffer.from("n,,n=nobody,r=abcdefgh").toString("base64");
    const salts = [];
    for (const { port, stop } of [await start(args), await start(args)]) {
      const talk = await connect(port);
      const challenge = Buffer.from((await talk.say(`AUTH SCRAM-SHA-256 ${first}`)).slice(4), "base64").toString();
      salts.push(/s=([^,]+),i=(\d+)/.exec(challenge)?.[0]);
      await talk.say("*");
      talk.end();
      await stop();
    }
    expect(salts[0]).toMatch(/^s=.{8,},i=4096$/);
    expect(salts[1]).toBe(salts[0]);
  });
});

describe("TLS", () => {
  test("without a certificate is one that was made, written out, and named by its fingerprint", async () => {
    const file = path.join(newFolder(), "cert.pem");
    const { port, records, listening } = await start(["--listen-tls", "127.0.0.1:0", "--tls-self-signed-out", file]);
    expect(listening[0]).toMatchObject({ protocol: "smtp", tls: "implicit" });
    const talk = new Talk(dial(port, "127.0.0.1"));
    const socket = await talk.secure({ ALPNProtocols: ["smtp"] });
    const [record] = await records("self-signed-certificate");
    expect(record?.["fingerprint"]).toBe(`sha256:${socket.getPeerX509Certificate()?.fingerprint256}`);
    expect(fingerprint(readFileSync(file, "utf8"))).toBe(record?.["fingerprint"]);
    expect(readFileSync(file, "utf8")).not.toContain("PRIVATE");
    expect(await talk.reply()).toMatch(/^220 /);
  });

  test("reads a new certificate on SIGHUP, and keeps the old one if that is none", async () => {
    const folder = newFolder();
    const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")];
    const write = async (): Promise<string> => {
      const made = await selfSigned("mx.example.org");
      writeFileSync(cert, made.cert);
      writeFileSync(key, made.key);
      return fingerprint(made.cert);
    };
    const shown = async (port: number): Promise<string> => {
      const talk = await connect(port);
      await talk.say("STARTTLS");
      return `sha256:${(await talk.secure()).getPeerX509Certificate()?.fingerprint256}`;
    };
    const first = await write();
    const { port, kill, records } = await start(["--tls-cert", cert, "--tls-key", key]);
    expect(await shown(port)).toBe(first);
    const second = await write();
    kill("SIGHUP");
    await records("reloaded");
    expect(await shown(port)).toBe(second);
    writeFileSync(cert, "nonsense");
    kill("SIGHUP");
    expect(await records("not-reloaded")).toMatchObject([{ level: "error" }]);
    expect(await shown(port)).toBe(second);
  });

  test("can be left out", async () => {
    const { port, listening } = await start(["--without", "starttls"]);
    expect(listening[0]?.tls).toBe("none");
    expect(await (await connect(port, "")).say("EHLO client.example")).not.toContain("STARTTLS");
  });
});

test("LMTP answers for each recipient", async () => {
  const maildir = newFolder();
  const { port, listening } = await start([
    "--listen-lmtp",
    "127.0.0.1:0",
    "--maildir",
    maildir,
    "--domain",
    "example.org",
  ]);
  expect(listening[0]).toMatchObject({ protocol: "lmtp" });
  const talk = await connect(port, "LHLO client.example");
  await talk.say("MAIL FROM:<>");
  for (const [path, code] of [
    ["u@example.org", "250"],
    ["u@other.example", "550"],
    ["v@example.org", "250"],
  ])
    expect((await talk.say(`RCPT TO:<${path}>`)).slice(0, 3)).toBe(code);
  await talk.say("DATA");
  expect(await talk.say("x\r\n.")).toMatch(/^250/);
  expect(await talk.reply()).toMatch(/^250/);
  expect(filesIn(maildir)).toHaveLength(1);
  await talk.say("MAIL FROM:<>");
  for (const name of ["u", "v"]) await talk.say(`RCPT TO:<${name}@example.org>`);
  await talk.say("DATA");
  expect(await talk.say(`${"Received: x\r\n".repeat(101)}\r\n.`)).toMatch(/^554 5\.4\.6/);
  expect(await talk.reply()).toMatch(/^554 5\.4\.6/);
});

test("nobody relays, by none of the forms that there are", async () => {
  const { port } = await start(["--domain", "local.example", "--limit", "errors=1000"]);
  const talk = await connect(port);
  await talk.say("MAIL FROM:<a@client.example>");
  for (const path of [
    "<u@other.example>",
    "<u%other.example@local.example>",
    "<other.example!u>",
    "<other!u@local.example>",
    "<@local.example:u@other.example>",
    '<"u@other.example"@local.example>',
    "<u@other.example@local.example>",
    "<u@[127.0.0.1]>",
    "<u@[IPv6:::1]>",
    "<u@local.example.>",
    "<@>",
    "<>",
    '<"u"@other.example>',
    "<@a.example,@local.example:u@other.example>",
    "u@other.example",
    "<u@LOCAL.example.other.example>",
    "<postmaster@other.example>",
    "<u@local.example@other.example>",
    '<"a\\"@local.example>"@other.example>',
    "<u@xn--lcal-55a.example>",
  ])
    expect(await talk.say(`RCPT TO:${path}`), path).toMatch(/^5/);
  expect(await talk.say("DATA")).toMatch(/^503/);
  for (const path of ["<u@LOCAL.example>", "<Postmaster>", "<@other.example:u@local.example>"])
    expect(await talk.say(`RCPT TO:${path}`), path).toMatch(/^250/);
});

describe("signals", () => {
  test("SIGTERM lets a message finish, and tells the idle good-bye", async () => {
    const maildir = newFolder();
    const { port, kill, ended } = await start(["--maildir", maildir]);
    const [idle, busy] = [await connect(port), await connect(port)];
    await busy.say("MAIL FROM:<>");
    await busy.say("RCPT TO:<u@example.org>");
    await busy.say("DATA");
    kill("SIGTERM");
    expect(await idle.reply()).toMatch(/^421 4\.3\.2/);
    idle.end();
    expect(await busy.say("x\r\n.")).toMatch(/^250/);
    expect(await busy.reply()).toMatch(/^421 4\.3\.2/);
    busy.end();
    expect((await ended).status).toBe(0);
    expect(filesIn(maildir)).toHaveLength(1);
  });

  test("a second one ends, and leaves nothing of a message behind", async () => {
    const maildir = newFolder();
    const { port, kill, ended, records } = await start(["--maildir", maildir]);
    const busy = await connect(port);
    await busy.say("MAIL FROM:<>");
    await busy.say("RCPT TO:<u@example.org>");
    await busy.say("DATA");
    kill("SIGTERM");
    await records("stopping");
    kill("SIGTERM");
    expect((await ended).status).toBe(0);
    expect(filesIn(maildir)).toEqual([]);
  });
});

describe("listeners", () => {
  test("are Unix sockets, which are private", async () => {
    const file = path.join(newFolder(), "lmtp");
    const { listening } = await start(["--listen-lmtp", `unix:${file}`]);
    expect(listening).toEqual([{ event: "listening", protocol: "lmtp", host: file, port: 0, tls: "starttls" }]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const talk = new Talk(dial(file));
    expect(await talk.reply()).toMatch(/^220 .* LMTP/);
    expect(await talk.say("LHLO client.example")).toMatch(/^250-/);
    expect(await deliver(talk)).toMatch(/^250/);
  });

  test("are descriptors that were inherited", async () => {
    const opened = createServer();
    opened.listen(0, "127.0.0.1");
    await once(opened, "listening");
    const fd: unknown = Reflect.get(Reflect.get(opened, "_handle"), "fd");
    const { port } = opened.address() as AddressInfo;
    const { listening } = await start(["--listen", "fd:3"], { fd: Number(fd) });
    opened.close();
    expect(listening[0]).toMatchObject({ host: "127.0.0.1", port });
    expect(await deliver(await connect(port))).toMatch(/^250/);
  });
});

test("a sink takes mail for anybody, and says at the start that it throws it away", async () => {
  const { port, stop, listening } = await start([]);
  expect(listening).toEqual([{ event: "listening", protocol: "smtp", host: "127.0.0.1", port, tls: "starttls" }]);
  const talk = await connect(port);
  expect(await deliver(talk, { to: ["<anybody@any.example>"] })).toMatch(/^250 2\.0\.0/);
  talk.end();
  const { status, out, err } = await stop();
  expect(status).toBe(0);
  expect(out.split("\n")).toHaveLength(2);
  for (const event of ["sink", "any-domain", "message", "stopped"]) expect(err).toContain(`"event":"${event}"`);
});

test("--log off says nothing, --log pretty says it for people", async () => {
  const silent = await start(["--log", "off"]);
  expect((await silent.stop()).err).toBe("");
  const pretty = await start(["--log", "pretty"]);
  const talk = await connect(pretty.port, "EHLO a\u001b]b");
  talk.end();
  const { err } = await pretty.stop();
  expect(err).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: sink advice=/m);
  expect(err).toMatch(/INFO: \w{12} connection role=exchanger/);
  expect(err).not.toContain("\u001b");
});
