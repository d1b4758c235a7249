/** Deadlines, delays and rates, by a clock that stands still until it is told otherwise. */
import { reply } from "@posthorn/contract";
import type { Standard } from "@posthorn/esmtp";
import { type ManualClock, manualClock } from "@posthorn/node";
import type { ServerOptions } from "@posthorn/server";
import { expect, onTestFinished, test } from "vitest";
import { collector, dial, ENVELOPE, type Raw, serve } from "./support.ts";

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 25));

const open = async (
  options: Partial<ServerOptions<Standard>> = {},
): Promise<{ raw: Raw; clock: ManualClock } & Awaited<ReturnType<typeof serve>>> => {
  const clock = manualClock(1_000_000);
  const served = await serve({ clock, ...options });
  onTestFinished(() => served.server.close({ grace: 0 }));
  const raw = await dial(served.port);
  return { ...served, clock, raw };
};

const NOT_EXEMPT = { exempt: () => false } as const;

test("a command line is complete within 300 s of the last reply, however it trickles (A11)", async () => {
  const { raw, clock, server, seen } = await open();
  await raw.reply();
  clock.advance(299_000);
  expect(await raw.ask("EHLO client.example")).toMatch(/^250/);
  for (let n = 0; n < 14; n++) {
    raw.send("N");
    await settle();
    clock.advance(20_000);
  }
  await settle();
  expect(raw.text).toBe("");
  clock.advance(21_000); // and a sweep
  expect(await raw.reply()).toBe("421 4.4.2 Timeout, closing connection");
  await raw.until(() => raw.ended);
  clock.advance(6000);
  await raw.until(() => server.connections === 0);
  expect(seen.at(-1)).toMatchObject({ type: "closed", reason: "timeout" });
});

test("content has 300 s, regained at 500 octets a second and never more", async () => {
  const { hooks, aborted } = collector();
  const { raw, clock } = await open({ hooks });
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([...ENVELOPE, "DATA"]);
  raw.send(`${"x".repeat(998)}\r\n`.repeat(1000)); // a lot, at once: no credit for later
  await settle();
  for (let n = 0; n < 40; n++) {
    raw.send(`${"x".repeat(9998)}\r\n`); // 20 s worth
    await settle();
    clock.advance(20_000);
  }
  await settle();
  expect(raw.text).toBe("");
  for (let n = 0; n < 15; n++) {
    raw.send("x\r\n");
    await settle();
    clock.advance(20_000);
  }
  expect(await raw.reply()).toMatch(/^421 4\.4\.2 /);
  expect(aborted).toEqual(["closed"]);
});

test("time stands still while a hook is waited for, and while a sink holds the peer back", async () => {
  let answer: () => void = () => undefined;
  const hold = (): Promise<void> => new Promise((resolve) => (answer = resolve));
  const { raw, clock } = await open({
    hooks: { mail: hold, content: () => ({ write: hold }) },
    limits: { hook: 10_000_000, session: 10_000_000 },
  });
  await raw.reply();
  await raw.ask("EHLO client.example");
  raw.send(`${ENVELOPE[0]}\r\n`);
  await settle();
  clock.advance(900_000);
  answer();
  expect(await raw.reply()).toMatch(/^250 /);
  await raw.codes([ENVELOPE[1] ?? "", "DATA"]);
  raw.send("text\r\n");
  await settle();
  clock.advance(900_000);
  answer();
  await settle();
  clock.advance(299_000);
  await settle();
  expect(raw.text).toBe("");
  clock.advance(2000);
  expect(await raw.reply()).toMatch(/^421 4\.4\.2 /);
});

test("who does not take replies off is let go after 300 s, and little is kept for it (A11)", async () => {
  const { raw, clock, server } = await open({ limits: { errors: 0, junk: 0 } });
  await raw.reply();
  await raw.ask("EHLO client.example");
  raw.socket.pause();
  const flood = "NOOP\r\n".repeat(20_000);
  let stopped = 0;
  for (let n = 0; n < 400 && stopped < 20; n++) {
    if (raw.socket.writableLength > 1_000_000) stopped += 1;
    else raw.send(flood);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(stopped).toBe(20); // the server no longer reads
  clock.advance(1000);
  clock.advance(298_000);
  expect(server.connections).toBe(1);
  clock.advance(10_000);
  await raw.until(() => server.connections === 0);
});

test("past an hour a connection ends, but only between transactions", async () => {
  const { raw, clock } = await open();
  await raw.reply();
  await raw.ask("EHLO client.example");
  for (let n = 0; n < 36; n++) {
    clock.advance(100_000);
    if (n < 35) await raw.ask(n === 30 ? (ENVELOPE[0] ?? "") : "NOOP");
  }
  expect(await raw.ask("NOOP")).toMatch(/^250 /);
  clock.advance(100_000);
  expect(await raw.ask("RSET")).toMatch(/^250 /);
  clock.advance(1000);
  expect(await raw.reply()).toMatch(/^421 4\.3\.2 /);
});

test("under stress each has 10 s", async () => {
  const { raw, clock, port, server } = await open({ ...NOT_EXEMPT, limits: { total: 5 } });
  await raw.reply();
  clock.advance(11_000);
  const others = await Promise.all([1, 2, 3, 4].map(() => dial(port)));
  for (const other of others) await other.reply();
  clock.advance(1000);
  expect(await raw.reply()).toMatch(/^421 /);
  for (const other of others) other.socket.destroy();
  raw.socket.destroy();
  await raw.until(() => server.connections === 0);
});

test("mistakes beyond the soft limit cost time, and nobody who is exempt", async () => {
  for (const exempt of [true, false]) {
    const { raw, clock } = await open({
      exempt: () => exempt,
      limits: { softErrors: 2, errors: 6, delay: 1000, maxDelay: 4000 },
    });
    await raw.reply();
    await raw.ask("EHLO client.example");
    for (let errors = 1; errors <= 6; errors++) {
      raw.send("WHAT\r\n");
      await settle();
      const wait = exempt || errors <= 2 ? 0 : Math.min(errors, 4);
      clock.advance(Math.max(0, wait * 1000 - 1000));
      await settle();
      expect(raw.text === "").toBe(wait > 0);
      clock.advance(1000);
      expect(await raw.reply()).toMatch(/^500 /);
    }
    expect(await raw.ask("WHAT")).toMatch(/^421 4\.7\.0 /);
    raw.socket.destroy();
  }
});

test("pipelined mistakes are held back one by one", async () => {
  const { raw, clock } = await open({ ...NOT_EXEMPT, limits: { softErrors: 0.5, delay: 1000 } });
  await raw.reply();
  raw.send("WHAT\r\nWHAT\r\nNOOP\r\n");
  await settle();
  expect(raw.text).toBe("");
  clock.advance(1000);
  expect(await raw.reply()).toMatch(/^500 /);
  await settle();
  expect(raw.text).toBe("");
  clock.advance(2000);
  expect(await raw.reply()).toMatch(/^500 /);
  expect(await raw.reply()).toMatch(/^250 /);
});

test("too many from one address, too many in all, too often: 421 4.3.2 and closed, while others come in (A12)", async () => {
  const { raw, clock, port, ports, server, seen } = await open({
    ...NOT_EXEMPT,
    limits: { perAddress: 2, total: 3, connectionRate: 8 },
    listeners: [
      { role: "exchanger", tls: "none", port: 0 },
      { role: "exchanger", tls: "none", host: "::1", port: 0 },
    ],
  });
  await raw.reply();
  const second = await dial(port);
  await second.reply();
  const third = await dial(port);
  expect(await third.reply()).toMatch(/^421 4\.3\.2 /);
  await third.until(() => third.ended);
  const elsewhere = await dial(ports[1] ?? 0, { host: "::1" });
  expect(await elsewhere.reply()).toMatch(/^220 /);
  const late = await dial(ports[1] ?? 0, { host: "::1" });
  expect(await late.reply()).toMatch(/^421 4\.3\.2 /);
  expect(seen.filter(({ type }) => type === "refused").map((event) => "limit" in event && event.limit)).toEqual([
    "perAddress",
    "total",
  ]);
  for (const peer of [raw, second, third, elsewhere, late]) peer.socket.destroy();
  await raw.until(() => server.connections === 0);
  const verdicts: string[] = [];
  for (let n = 0; n < 7; n++) {
    const peer = await dial(port);
    verdicts.push((await peer.reply()).slice(0, 3));
    peer.socket.destroy();
    await peer.until(() => server.connections === 0);
  }
  expect(verdicts).toEqual(["220", "220", "220", "220", "220", "421", "421"]);
  clock.advance(61_000);
  const again = await dial(port);
  expect(await again.reply()).toMatch(/^220 /);
  again.socket.destroy();
});

test("a refused client that does not go is let go", async () => {
  const { raw, clock, port } = await open({ ...NOT_EXEMPT, limits: { perAddress: 1 } });
  await raw.reply();
  const other = await dial(port);
  expect(await other.reply()).toMatch(/^421 /);
  clock.advance(2000);
  for (let n = 0; n < 20 && other.error === undefined; n++) {
    other.send("x");
    await settle();
  }
  expect(other.error).toBeDefined();
  other.socket.destroy();
  raw.socket.destroy();
});

test("a rate of messages", async () => {
  const { raw, clock } = await open({ ...NOT_EXEMPT, limits: { messageRate: 1 } });
  await raw.reply();
  await raw.ask("EHLO client.example");
  expect(await raw.codes([ENVELOPE[0] ?? "", "RSET"])).toEqual(["250", "250"]);
  expect(await raw.ask(ENVELOPE[0] ?? "")).toMatch(/^450 4\.7\.1 /);
  clock.advance(60_000);
  expect(await raw.ask(ENVELOPE[0] ?? "")).toMatch(/^250 /);
});

test("so many transactions over one connection, exempt or not", async () => {
  const { raw } = await open({ limits: { messages: 2 } });
  await raw.reply();
  await raw.ask("EHLO client.example");
  const mail = ENVELOPE[0] ?? "";
  expect(await raw.codes([mail, "RSET", mail, "RSET", "NOOP"])).toEqual(["250", "250", "250", "250", "250"]);
  expect(await raw.ask(mail)).toMatch(/^421 4\.3\.2 /);
  await raw.until(() => raw.ended);
});

test("a client that talks early is counted, or refused where that is asked for", async () => {
  const clock = manualClock();
  const early: number[] = [];
  const hooks = {
    connection: async (session: { readonly earlyTalk: number }) => {
      await settle();
      await settle();
      early.push(session.earlyTalk);
    },
  };
  const served = await serve({ hooks });
  onTestFinished(() => served.server.close({ grace: 0 }));
  const raw = await dial(served.port);
  raw.send("EHLO x\r\n");
  expect(await raw.reply()).toMatch(/^220 /);
  expect(await raw.reply()).toMatch(/^250-/);
  expect(early).toEqual([8]);
  const strict = await serve({ clock, earlyTalk: "refuse", exempt: () => false });
  onTestFinished(() => strict.server.close({ grace: 0 }));
  const [eager, patient] = [await dial(strict.port), await dial(strict.port)];
  eager.send("EHLO x\r\n");
  await settle();
  expect(eager.text + patient.text).toBe("");
  clock.advance(1000);
  expect(await eager.reply()).toMatch(/^554 /);
  expect(await eager.reply()).toMatch(/^503 /);
  expect(await patient.reply()).toMatch(/^220 /);
  expect(await eager.ask("QUIT")).toMatch(/^221 /);
  for (const peer of [raw, eager, patient]) peer.socket.destroy();
});

test("a hook's own reply reaches the wire late too: delays hold all that is said", async () => {
  const { raw, clock } = await open({
    ...NOT_EXEMPT,
    limits: { softErrors: 0.5, delay: 2000 },
    hooks: { recipient: async () => reply(550, "5.1.1", "No such mailbox") },
  });
  await raw.reply();
  await raw.ask("EHLO client.example");
  raw.send(`${ENVELOPE.join("\r\n")}\r\n`);
  await settle();
  expect(raw.text).toBe(""); // or the 250 of MAIL: they leave in one write
  clock.advance(2000);
  expect(await raw.reply()).toMatch(/^250 /);
  expect(await raw.reply()).toMatch(/^550 5\.1\.1 /);
});
