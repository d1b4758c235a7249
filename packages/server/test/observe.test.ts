/** Observations: what a log gets, escaped, with a session's id in each, and nothing where nobody looks. */
import { reply } from "@posthorn/contract";
import type { Standard } from "@posthorn/esmtp";
import type { Observation } from "@posthorn/server";
import { expect, onTestFinished, test } from "vitest";
import { dial, ENVELOPE, serve } from "./support.ts";

const HOSTILE = '\u001b[31m\u0085\u2028"\\';

test("a session, from its beginning to its end", async () => {
  const { server, port, seen } = await serve({
    hooks: { recipient: ({ path }) => (path.local === "no" ? reply(550, "5.1.1", "No such mailbox") : undefined) },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([
    "MAIL FROM:<a@client.example> SIZE=5",
    "RCPT TO:<no@x.example>",
    "RCPT TO:<yes@x.example>",
    "WHAT",
    "DATA",
  ]);
  raw.send("12345\r\n.\r\n");
  await raw.reply();
  await raw.ask("QUIT");
  raw.socket.end();
  await raw.until(() => server.connections === 0);
  const events = seen.filter(({ type }) => type !== "command");
  const ids = new Set(events.map((event) => ("session" in event ? event.session : "")));
  expect(ids.size).toBe(1);
  const [session] = ids;
  const message = `${session}-1`;
  const coded = (code: number): unknown => expect.objectContaining({ code });
  expect(events).toMatchObject([
    { type: "connection", role: "exchanger", remote: { address: "127.0.0.1" }, tls: "none" },
    { type: "hello", verb: "EHLO", domain: "client.example", reply: coded(250) },
    { type: "mail", from: "a@client.example", params: { SIZE: 5 }, reply: coded(250) },
    { type: "recipient", to: "no@x.example", reply: coded(550) },
    { type: "recipient", to: "yes@x.example", reply: coded(250) },
    { type: "fault", code: "unknown-verb", verb: "", reply: coded(500) },
    { type: "transfer", message, verb: "DATA" },
    { type: "message", message, octets: 7, recipients: 1, replies: [{ code: 250, lines: [`OK id=${message}`] }] },
    { type: "closed", reason: "quit", messages: 1 },
  ]);
  const commands = seen.filter((event) => event.type === "command");
  expect(commands.map(({ verb, reply: { code }, phase }) => [verb, code, phase])).toEqual([
    ["", 220, "connected"],
    ["EHLO", 250, "ready"],
    ["MAIL", 250, "mail"],
    ["RCPT", 550, "mail"],
    ["RCPT", 250, "rcpt"],
    ["", 500, "rcpt"],
    ["DATA", 354, "rcpt"],
    ["DATA", 250, "ready"],
    ["QUIT", 221, "closing"],
  ]);
});

test("who was refused before a hook was asked is seen by address, and as written where it is none", async () => {
  const { server, port, seen } = await serve();
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  expect(await raw.codes(["RCPT TO:<b@x.example>", "RCPT TO:b", "MAIL FROM:<a@x.example> X=1"])).toEqual([
    "503",
    "503",
    "555",
  ]);
  const named = seen.map((event) => (event.type === "recipient" ? event.to : event.type === "mail" ? event.from : ""));
  expect(named.filter((name) => name !== "")).toEqual(["b@x.example", "TO:b", "a@x.example"]);
  raw.socket.destroy();
});

test("nothing of a peer is unescaped (A21)", async () => {
  const { server, port, seen } = await serve();
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  const utf8 = Buffer.from(HOSTILE).toString("latin1");
  for (const line of [
    `EHLO ${utf8}`,
    "EHLO client.example",
    `MAIL FROM:<"${utf8}"@x>`,
    utf8,
    `VRFY ${utf8}`,
    "MAIL FROM:<\u0001@x>",
  ]) {
    await raw.ask(line);
  }
  raw.send(`MAIL FROM:<"\u00e2\u0080\u00a8"@x.example> SMTPUTF8\r\nNOOP ${utf8}\r\n`);
  await raw.reply();
  await raw.reply();
  raw.socket.destroy();
  await raw.until(() => server.connections === 0);
  const texts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "object" && value !== null && !(value instanceof Error))
      Object.values(value).forEach(walk);
  };
  walk(seen.map(({ ...event }) => ("params" in event ? { ...event, params: undefined } : event)));
  // oxlint-disable-next-line no-control-regex -- it is what must not be there
  for (const text of texts) expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  expect(seen.length).toBeGreaterThan(8);
});

test("a password that came where no command may be is no command (A8)", async () => {
  const { server, port, seen } = await serve();
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  expect(await raw.codes(["AUTH LOGIN", "dGlt", "c2VzYW1l", "AUTH PLAIN AHRpbQBzZXNhbWU="])).toEqual([
    "500",
    "500",
    "500",
    "500",
  ]);
  expect(JSON.stringify(seen)).not.toMatch(/dGlt|c2VzYW1l|AHRpbQBzZXNhbWU/i);
  raw.socket.destroy();
});

test("who observes later sees what comes later, and who left sees nothing; one that throws harms nobody", async () => {
  const { server, port } = await serve({
    observe: () => {
      throw new Error("the disk of the log is full");
    },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  const seen: Observation<Standard>[] = [];
  const stop = server.observe((event) => void seen.push(event));
  await raw.ask("EHLO client.example");
  await raw.codes(ENVELOPE);
  expect(seen.map(({ type }) => type).filter((type) => type !== "command")).toEqual(["hello", "mail", "recipient"]);
  stop();
  await raw.ask("RSET");
  expect(seen).toHaveLength(6);
  raw.socket.destroy();
});
