/** Roles: submission and what it demands first, LMTP and its many replies; AUTH, its failures and its rate. */
import { connect as connectTls } from "node:tls";
import { reply } from "@posthorn/contract";
import { standardServer, type StandardWithAuth } from "@posthorn/esmtp";
import { type ManualClock, manualClock, nodeCrypto } from "@posthorn/node";
import { login, plain } from "@posthorn/sasl";
import { createServer, type Hooks, type Listener, type Observation, type ServerOptions } from "@posthorn/server";
import { createTransport } from "nodemailer";
import { expect, onTestFinished, test } from "vitest";
import { certificate, dial, ENVELOPE, type Raw, serve } from "./support.ts";

interface User {
  readonly id: number;
}

type Mine = StandardWithAuth<User>;

const submission = async (
  listener: Listener,
  options: Partial<ServerOptions<Mine>> = {},
): Promise<{
  port: number;
  clock: ManualClock;
  seen: Observation<Mine>[];
  identities: (User | undefined)[];
  connections: () => number;
}> => {
  const identities: (User | undefined)[] = [];
  const seen: Observation<Mine>[] = [];
  const clock = manualClock();
  const hooks: Hooks<Mine> = { mail: (_mail, session) => void identities.push(session.state.AUTH.identity) };
  const server = createServer({
    hostname: "mx.example.org",
    extensions: standardServer({
      auth: {
        mechanisms: [plain, login],
        crypto: nodeCrypto,
        server: {
          inClear: options.submissionInClear ?? false,
          async verify(shown): Promise<User | undefined> {
            if (shown.type !== "password" || shown.name === "boom") throw new Error("store is down");
            return shown.name === "tim" && shown.password === "sesame" ? { id: 7 } : undefined;
          },
        },
      },
    }),
    listeners: [listener],
    hooks,
    clock,
    observe: (event) => void seen.push(event),
    ...options,
  });
  const [bound] = await server.listen();
  onTestFinished(() => server.close({ grace: 0 }));
  return { port: bound?.port ?? 0, clock, seen, identities, connections: () => server.connections };
};

const shown = (name: string, password: string): string => Buffer.from(`\0${name}\0${password}`).toString("base64");

test("submission: TLS first, then AUTH, then mail; and the identity has its type", async () => {
  const tls = await certificate("mx.example.org");
  const { port, identities, seen } = await submission({ role: "submission", tls: "starttls", port: 0 }, { tls });
  const raw = await dial(port);
  await raw.reply();
  expect(await raw.ask("EHLO client.example")).not.toContain("AUTH");
  expect(await raw.ask(`AUTH PLAIN ${shown("tim", "sesame")}`)).toMatch(/^538 5\.7\.11 /);
  expect(await raw.ask(ENVELOPE[0] ?? "")).toBe("530 5.7.0 Must issue a STARTTLS command first");
  expect(await raw.ask("VRFY tim")).toMatch(/^530 5\.7\.0 /);
  expect(await raw.ask("NOOP")).toMatch(/^250 /);
  expect(await raw.ask("STARTTLS")).toMatch(/^220 /);
  raw.socket.removeAllListeners("data");
  const socket = connectTls({ socket: raw.socket, rejectUnauthorized: false });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  raw.adopt(socket);
  expect(await raw.ask("EHLO client.example")).toContain("AUTH PLAIN LOGIN");
  expect(await raw.ask(ENVELOPE[0] ?? "")).toBe("530 5.7.0 Authentication required");
  expect(await raw.ask(`AUTH PLAIN ${shown("tim", "wrong")}`)).toMatch(/^535 5\.7\.8 /);
  expect(await raw.ask(`AUTH PLAIN ${shown("boom", "x")}`)).toMatch(/^454 4\.7\.0 /);
  expect(await raw.ask(`AUTH PLAIN ${shown("tim", "sesame")}`)).toMatch(/^235 2\.7\.0 /);
  expect(await raw.codes(ENVELOPE)).toEqual(["250", "250"]);
  expect(identities).toEqual([{ id: 7 }]);
  const secrets = ["sesame", "wrong", shown("tim", "sesame"), shown("tim", "wrong")];
  const log = JSON.stringify(seen);
  for (const secret of secrets) expect(log).not.toContain(secret);
  expect(seen.filter(({ type }) => type === "auth")).toEqual([
    expect.objectContaining({ ok: false, reply: expect.objectContaining({ code: 538 }) as unknown }),
    expect.objectContaining({ ok: false, reply: expect.objectContaining({ code: 535 }) as unknown }),
    expect.objectContaining({ ok: false, reply: expect.objectContaining({ code: 454 }) as unknown }),
    expect.objectContaining({ ok: true, mechanism: "PLAIN", name: "tim" }),
  ]);
  expect(seen).toContainEqual(expect.objectContaining({ type: "error", where: "ask" }));
  raw.socket.destroy();
});

test("submission in the clear, where that is asked for by name; nodemailer sends", async () => {
  const { port, identities } = await submission(
    { role: "submission", tls: "none", port: 0 },
    { submissionInClear: true },
  );
  const transport = createTransport({ host: "127.0.0.1", port, auth: { user: "tim", pass: "sesame" } });
  await transport.sendMail({ from: "a@client.example", to: "b@x.example", text: "hello" });
  transport.close();
  expect(identities).toEqual([{ id: 7 }]);
});

test("failed AUTH: 5 s late for who is not exempt, counted by address, and the third is 421 (A6)", async () => {
  const { port, clock } = await submission(
    { role: "submission", tls: "none", port: 0 },
    { submissionInClear: true, exempt: () => false, limits: { authRate: 4 } },
  );
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 25));
  const attempt = async (raw: Raw, password: string, wait: number): Promise<string> => {
    raw.send(`AUTH PLAIN ${shown("tim", password)}\r\n`);
    await settle();
    expect(raw.text === "").toBe(wait > 0);
    clock.advance(wait);
    return (await raw.reply()).slice(0, 9);
  };
  const first = await dial(port);
  await first.reply();
  await first.ask("EHLO client.example");
  expect(await attempt(first, "wrong", 5000)).toBe("535 5.7.8");
  expect(await attempt(first, "wrong", 5000)).toBe("535 5.7.8");
  expect(await attempt(first, "wrong", 0)).toBe("421 4.7.0");
  const second = await dial(port);
  await second.reply();
  await second.ask("EHLO client.example");
  expect(await attempt(second, "sesame", 0)).toBe("235 2.7.0");
  const third = await dial(port);
  await third.reply();
  await third.ask("EHLO client.example");
  expect(await attempt(third, "sesame", 5000)).toBe("454 4.7.0"); // four in this minute
  clock.advance(61_000);
  expect(await attempt(third, "sesame", 0)).toBe("235 2.7.0");
  for (const raw of [first, second, third]) raw.socket.destroy();
});

test("LMTP: a reply for each accepted recipient, by DATA and by BDAT, over a role of its own", async () => {
  const verdicts = [reply(250, "2.1.5", "One"), reply(452, "4.2.2", "Two is full")];
  let verdict: "each" | "one" | "none" | "wrong" = "each";
  const { server, port, seen } = await serve({
    listeners: [{ role: "lmtp", tls: "none", port: 0 }],
    hooks: {
      recipient: ({ path }) => (path.local === "no" ? reply(550, "5.1.1", "No such mailbox") : undefined),
      message: ({ wants }) => {
        expect(wants).toBe(2);
        if (verdict === "each") return verdicts;
        if (verdict === "wrong") return [verdicts[0] ?? reply(250)];
        return verdict === "one" ? reply(451, "4.3.0", "Later") : undefined;
      },
    },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  expect(await raw.ask("EHLO client.example")).toMatch(/^500 /);
  expect(await raw.ask("LHLO client.example")).toMatch(/^250-/);
  const envelope = ["MAIL FROM:<>", "RCPT TO:<one@x.example>", "RCPT TO:<no@x.example>", "RCPT TO:<two@x.example>"];
  const data = async (): Promise<string[]> => {
    expect(await raw.codes([...envelope, "DATA"])).toEqual(["250", "250", "550", "250", "354"]);
    raw.send("text\r\n.\r\n");
    return [await raw.reply(), await raw.reply()];
  };
  expect(await data()).toEqual(["250 2.1.5 One", "452 4.2.2 Two is full"]);
  verdict = "one";
  expect(await data()).toEqual(["451 4.3.0 Later", "451 4.3.0 Later"]);
  verdict = "wrong";
  expect((await data()).map((said) => said.slice(0, 9))).toEqual(["451 4.3.0", "451 4.3.0"]);
  verdict = "none";
  for (const said of await data()) expect(said).toMatch(/^250 2\.0\.0 OK id=/);
  verdict = "each";
  await raw.codes(envelope);
  raw.send("BDAT 4 LAST\r\ntext");
  expect([await raw.reply(), await raw.reply()]).toEqual(["250 2.1.5 One", "452 4.2.2 Two is full"]);
  expect(await raw.ask("NOOP")).toMatch(/^250 /);
  const messages = seen.filter((event) => event.type === "message");
  expect(messages.map((event) => event.replies.map(({ code }) => code))).toEqual([
    [250, 452],
    [451, 451],
    [451, 451],
    [250, 250],
    [250, 452],
  ]);
  expect(messages.map(({ octets, recipients }) => [octets, recipients])).toEqual([
    [6, 2],
    [6, 2],
    [6, 2],
    [6, 2],
    [4, 2],
  ]);
  raw.socket.destroy();
});

test("AUTH, EHLO, and limits of the session: one name each (limits)", async () => {
  const { server, port } = await serve({ limits: { recipients: 2, recipientsOver: 1, junk: 4, errors: 2 } });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  expect(await raw.codes(["NOOP", "NOOP", "RSET", "NOOP"])).toEqual(["250", "250", "250", "421"]);
  const other = await dial(port);
  await other.reply();
  await other.ask("EHLO client.example");
  const to = "RCPT TO:<b@x.example>";
  expect(await other.codes([ENVELOPE[0] ?? "", to, to, to, to])).toEqual(["250", "250", "250", "452", "421"]);
  raw.socket.destroy();
  other.socket.destroy();
});
