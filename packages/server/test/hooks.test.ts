/** Hooks: answers at once and later, what fails, what is too slow, and what the peer gets for it. */
import { type Reply, reply } from "@posthorn/contract";
import type { Standard } from "@posthorn/esmtp";
import { manualClock } from "@posthorn/node";
import { type ContentSink, contentStream, type Hooks, HookTimeout } from "@posthorn/server";
import { describe, expect, onTestFinished, test } from "vitest";
import { collector, dial, ENVELOPE, type Raw, serve } from "./support.ts";

const open = async (
  hooks: Hooks<Standard>,
  options: Parameters<typeof serve>[0] = {},
): Promise<{ raw: Raw } & Awaited<ReturnType<typeof serve>>> => {
  const served = await serve({ hooks, ...options });
  onTestFinished(() => served.server.close({ grace: 0 }));
  return { ...served, raw: await dial(served.port) };
};

/** The codes of a whole dialogue, sent one by one; `-` once it is closed. */
const dialogue = async (raw: Raw): Promise<string[]> => {
  const codes: string[] = [];
  const read = async (): Promise<string> => {
    const said = await raw.reply().catch(() => "-");
    codes.push(said.slice(0, 9));
    return said.slice(0, 3);
  };
  await read();
  for (const line of ["EHLO client.example", "VRFY someone", ...ENVELOPE]) {
    raw.send(`${line}\r\n`);
    await read();
  }
  raw.send("DATA\r\n");
  if ((await read()) === "354") {
    raw.send("text\r\n.\r\n");
    await read();
  }
  return codes;
};

const NAMES = ["connection", "hello", "verify", "mail", "recipient", "content", "message"] as const;
const LATER = (value: unknown): Promise<unknown> => new Promise((resolve) => setTimeout(() => resolve(value), 5));
const ACCEPTED = ["220 mx.ex", "250-mx.ex", "252 2.1.5", "250 2.1.0", "250 2.1.5", "354 Start", "250 2.0.0"];

test("without hooks, with hooks that say nothing, and with promises of nothing, everything is accepted", async () => {
  expect(await dialogue((await open({})).raw)).toEqual(ACCEPTED);
  const silent = Object.fromEntries(NAMES.map((name) => [name, () => undefined]));
  expect(await dialogue((await open(silent)).raw)).toEqual(ACCEPTED);
  const later = Object.fromEntries(NAMES.map((name) => [name, () => LATER(undefined)]));
  expect(await dialogue((await open(later)).raw)).toEqual(ACCEPTED);
  const soon = Object.fromEntries(NAMES.map((name) => [name, () => Promise.resolve()]));
  expect(await dialogue((await open(soon)).raw)).toEqual(ACCEPTED);
});

describe.each(NAMES)("%s", (name) => {
  const place = NAMES.indexOf(name);
  const failing = place === 0 ? "421 4.3.0" : "451 4.3.0";
  const refusing: Reply = reply(550, "5.7.1", "No");
  const cases: readonly [string, () => unknown, string][] = [
    ["a reply", () => refusing, place < 2 ? "550 No" : "550 5.7.1"],
    ["a promise of a reply", () => LATER(refusing), place < 2 ? "550 No" : "550 5.7.1"],
    [
      "a throw",
      () => {
        throw new Error("broken");
      },
      failing,
    ],
    ["a rejection", () => Promise.reject(new Error("broken")), failing],
    ["a reply of a class that does not answer it", () => reply(334, "x"), failing],
    ["a reply that cannot be written", () => reply(550, "5.0.0", "two\r\nlines"), failing],
  ];
  test.each(cases)("%s", async (what, answer, expected) => {
    const { raw, seen } = await open({ [name]: answer });
    const codes = await dialogue(raw);
    // Statuses are offered by EHLO only: what was said before has none.
    const want = place < 2 ? expected.replace(/^(4\d\d) 4\.3\.0/, "$1 Local") : expected;
    expect(codes[place]?.slice(0, want.length)).toBe(want);
    const broken = !/^a (promise of a )?reply$/.test(what);
    expect(seen.filter(({ type }) => type === "error").map((event) => "where" in event && event.where)).toEqual(
      broken ? [name] : [],
    );
  });
});

test("a hook that is too slow is 451, and its late answer is nobody's", async () => {
  const clock = manualClock();
  let answer: (said: Reply) => void = () => undefined;
  const { raw, seen } = await open(
    { recipient: () => new Promise<Reply>((resolve) => (answer = resolve)) },
    { clock, limits: { hook: 5000 } },
  );
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.ask(ENVELOPE[0] ?? "");
  raw.send(`${ENVELOPE[1]}\r\nNOOP\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  clock.advance(4000);
  await new Promise((resolve) => setTimeout(resolve, 25));
  expect(raw.text).toBe("");
  clock.advance(1000);
  expect(await raw.reply()).toMatch(/^451 4\.3\.0 /);
  expect(await raw.reply()).toMatch(/^250 /);
  answer(reply(250, "2.1.5", "Late"));
  expect(await raw.ask("NOOP")).toBe("250 2.0.0 OK");
  expect(seen).toContainEqual(
    expect.objectContaining({ type: "error", where: "recipient", error: expect.any(HookTimeout) as unknown }),
  );
});

test("a sink that came too late is told to let go", async () => {
  const clock = manualClock();
  const aborted: string[] = [];
  let give: (sink: ContentSink) => void = () => undefined;
  const { raw } = await open(
    { content: () => new Promise<ContentSink>((resolve) => (give = resolve)) },
    { clock, limits: { hook: 5000 } },
  );
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes(ENVELOPE);
  raw.send("DATA\r\n");
  await new Promise((resolve) => setTimeout(resolve, 50));
  clock.advance(5000);
  expect(await raw.reply()).toMatch(/^451 /);
  give({ write: () => true, abort: (why) => void aborted.push(why) });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(aborted).toEqual(["closed"]);
});

test("the session that hooks see", async () => {
  const views: unknown[] = [];
  const { raw, port } = await open({
    recipient(_recipient, session) {
      views.push({
        role: session.role,
        protocol: session.protocol,
        phase: session.phase,
        utf8: session.utf8,
        hello: session.hello,
        mail: session.mail,
        recipients: session.recipients.map(({ path }) => path.local),
        transactions: session.transactions,
        tls: session.tls,
        early: session.earlyTalk,
        size: session.offered("SIZE"),
        fact: session.fact("identity"),
        aborted: session.signal.aborted,
        remote: session.remote.address,
        local: session.local,
        id: /^[0-9a-z]{12}$/.test(session.id),
      });
    },
  });
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([
    "MAIL FROM:<a@client.example> SIZE=10 BODY=8BITMIME",
    "RCPT TO:<one@x.example>",
    "RCPT TO:<two@x.example>",
  ]);
  expect(views[1]).toEqual({
    role: "exchanger",
    protocol: "smtp",
    phase: "rcpt",
    utf8: false,
    hello: { verb: "EHLO", domain: "client.example" },
    mail: { path: { local: "a", domain: "client.example" }, params: { SIZE: 10, BODY: "8BITMIME" } },
    recipients: ["one"],
    transactions: 1,
    tls: undefined,
    early: 0,
    size: true,
    fact: undefined,
    aborted: false,
    remote: "127.0.0.1",
    local: { address: "127.0.0.1", port },
    id: true,
  });
});

test("the signal aborts when the peer has left, and not before", async () => {
  const signals: AbortSignal[] = [];
  const closed: string[] = [];
  const { raw, server, port } = await open({
    message: (_message, session) => {
      signals.push(session.signal);
      return new Promise(() => undefined);
    },
    closed: (session) => void closed.push(session.id),
  });
  await raw.reply();
  await raw.ask("EHLO client.example");
  await raw.codes([...ENVELOPE, "DATA"]);
  const other = await dial(port);
  await other.reply();
  await other.ask("EHLO client.example");
  await other.codes([...ENVELOPE, "DATA"]);
  other.socket.end("text\r\n.\r\n"); // a FIN is no departure: the reply can still be read
  await raw.until(() => signals.length === 1);
  raw.send("text\r\n.\r\n");
  await raw.until(() => signals.length === 2);
  raw.socket.resetAndDestroy();
  await raw.until(() => server.connections === 1);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  expect(closed).toHaveLength(1);
});

describe("content", () => {
  test("what a sink throws is 451 at the end, the rest is thrown away, and the dialogue goes on", async () => {
    let written = 0;
    const aborted: string[] = [];
    const { raw } = await open({
      content: () => ({
        write: () => {
          written += 1;
          throw new Error("disk full");
        },
        end: () => void aborted.push("end"),
        abort: (why) => void aborted.push(why),
      }),
    });
    await raw.reply();
    await raw.ask("EHLO client.example");
    await raw.codes([...ENVELOPE, "DATA"]);
    raw.send("one\r\n");
    await raw.until(() => written === 1);
    raw.send("two\r\n.\r\n");
    expect(await raw.reply()).toMatch(/^451 4\.3\.0 /);
    expect(written).toBe(1);
    expect(aborted).toEqual(["failed"]);
    expect(await raw.codes(ENVELOPE)).toEqual(["250", "250"]);
  });

  test("a sink that wants no more is not asked again, and has the last word", async () => {
    let written = 0;
    const { raw } = await open({
      content: () => ({ write: () => ++written < 1, end: () => reply(554, "5.6.0", "Seen enough") }),
    });
    await raw.reply();
    await raw.ask("EHLO client.example");
    await raw.codes([...ENVELOPE, "DATA"]);
    raw.send("one\r\n");
    await raw.until(() => written === 1);
    raw.send("two\r\n.\r\n");
    expect(await raw.reply()).toBe("554 5.6.0 Seen enough");
    expect(written).toBe(1);
  });

  test("either end or abort: refused by the session, reset, closed", async () => {
    const { hooks, messages, aborted } = collector();
    const { raw, server, seen } = await open(hooks);
    await raw.reply();
    await raw.ask("EHLO client.example");
    await raw.codes([...ENVELOPE, "DATA"]);
    raw.send("bare\nLF\r\n.\r\n");
    expect(await raw.reply()).toMatch(/^550 5\.6\.0 /);
    await raw.codes(ENVELOPE);
    raw.send("BDAT 3\r\nabc");
    expect(await raw.reply()).toMatch(/^250 /);
    expect(await raw.codes(["RSET", ...ENVELOPE, "DATA"])).toEqual(["250", "250", "250", "354"]);
    raw.send("half");
    raw.socket.end();
    await raw.until(() => server.connections === 0);
    expect(aborted).toEqual(["refused", "reset", "closed"]);
    expect(messages).toEqual([]);
    expect(seen.filter(({ type }) => type === "dropped").map((event) => "why" in event && event.why)).toEqual(aborted);
  });

  test("as an AsyncIterable: whole, left early, and broken off", async () => {
    const read: string[] = [];
    const errors: unknown[] = [];
    const { raw, server } = await open({
      content: (envelope) =>
        contentStream(async (content) => {
          let text = "";
          try {
            for await (const piece of content) {
              text += Buffer.from(piece).toString();
              if (envelope.mail.path === null) break;
            }
          } catch (error) {
            errors.push(error);
            throw error;
          }
          read.push(text);
          return reply(250, "2.0.0", `${text.length} read`);
        }),
    });
    await raw.reply();
    await raw.ask("EHLO client.example");
    await raw.codes([...ENVELOPE, "DATA"]);
    for (const piece of ["one\r\n", "tw", "o\r\n.\r", "\n"]) {
      raw.send(piece);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await raw.reply()).toBe("250 2.0.0 10 read");
    await raw.codes(["MAIL FROM:<>", "RCPT TO:<b@x.example>", "DATA"]);
    raw.send("first\r\n");
    await raw.until(() => read.length === 2);
    raw.send("second\r\n.\r\n");
    expect(await raw.reply()).toBe("250 2.0.0 7 read");
    await raw.codes([...ENVELOPE, "DATA"]);
    raw.send("half\r\n");
    await new Promise((resolve) => setTimeout(resolve, 20));
    raw.socket.destroy();
    await raw.until(() => server.connections === 0);
    await raw.until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ name: "ContentAborted", code: "closed" });
    expect(read).toEqual(["one\r\ntwo\r\n", "first\r\n"]);
  });

  test("an empty message reaches a reader too", async () => {
    const { raw } = await open({
      content: () =>
        contentStream(async (content) => {
          let pieces = 0;
          for await (const _ of content) pieces += 1;
          return reply(250, "2.0.0", `${pieces} pieces`);
        }),
    });
    await raw.reply();
    await raw.ask("EHLO client.example");
    await raw.codes([...ENVELOPE, "DATA"]);
    expect(await raw.ask(".")).toBe("250 2.0.0 0 pieces");
  });
});
