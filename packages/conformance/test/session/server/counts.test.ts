/**
 * What a server's session costs, in counts that do not depend on the clock: writes, replies encoded, calls of `next`,
 * octets of the heap for a session that waits.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defineExtension, ok, reply } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { compose, ServerSession } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { latin1, octets } from "./driver.ts";

/** How often a reply was amended, and an offer written: once for each reply or offer that is encoded. */
const seen = { amended: 0, offered: 0 };

const counting = defineExtension({
  keyword: "XCOUNT",
  rfc: 5321,
  capability: {
    decode: () => ok(1),
    encode() {
      seen.offered += 1;
      return undefined;
    },
  },
  server: {
    advertise: () => 1,
    amend(wire) {
      seen.amended += 1;
      return wire;
    },
  },
});

const composition = compose([...standardServer({ maxSize: 1_000_000 }), counting]);
const LIMITS = { errors: Infinity };
const GROUP = "MAIL FROM:<a@b.example> SIZE=9 BODY=8BITMIME\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";

type Session = ReturnType<typeof fresh>;

const fresh = () => {
  const session = new ServerSession(composition, { hostname: "mx.example.org", limits: LIMITS });
  pump(session);
  return session;
};

/** Accepts everything; how often `next` was called. */
const pump = (session: Pick<ServerSession<readonly []>, "next" | "accept">): number => {
  for (let calls = 1; ; calls++) {
    const event = session.next();
    if (typeof event !== "object") return calls;
    if ("proposed" in event) session.accept();
  }
};

const say = (session: Session, text: string): { readonly sent: Uint8Array | undefined; readonly calls: number } => {
  session.receive(Buffer.from(text, "latin1"));
  const calls = pump(session);
  return { sent: session.take(), calls };
};

const ready = (): Session => {
  const session = fresh();
  session.take();
  say(session, "EHLO client.example.com\r\n");
  return session;
};

describe("writes", () => {
  test("a group of commands is answered in one piece, and nothing of it is encoded again, in any session", () => {
    const [one, other] = [ready(), ready()];
    const first = latin1(say(one, GROUP).sent);
    expect(first.split("\r\n")).toHaveLength(4);
    expect(one.take()).toBeUndefined();
    say(one, "x\r\n.\r\n");
    const { amended } = seen;
    expect(latin1(say(one, GROUP).sent)).toBe(first);
    expect(latin1(say(other, GROUP).sent)).toBe(first);
    expect(seen.amended).toBe(amended);
  });

  test("a constant reply is encoded once for all sessions", () => {
    const [one, other] = [ready(), ready()];
    say(one, "NOOP\r\n");
    const { amended } = seen;
    expect(latin1(say(other, "NOOP\r\n").sent)).toBe("250 2.0.0 OK\r\n");
    expect(latin1(say(one, "NOOP\r\n").sent)).toBe("250 2.0.0 OK\r\n");
    expect(seen.amended).toBe(amended);
  });

  test("so is an offer in the reply to EHLO, as long as it is the same", () => {
    ready();
    const { offered } = seen;
    const [one, other] = [fresh(), fresh()];
    expect(latin1(one.take())).toBe(latin1(other.take()));
    expect(latin1(say(one, "EHLO a\r\n").sent)).toBe(latin1(say(other, "EHLO b\r\n").sent));
    expect(seen.offered).toBe(offered);
  });

  test("a host's reply is encoded once where it comes back, however many others are said once between", () => {
    const session = ready();
    const own = reply(550, "5.7.1", "Not today");
    const refuse = (said: Reply): string => {
      session.receive(octets("MAIL FROM:<a@b.example>\r\n"));
      while (session.pending !== "mail") session.next();
      session.reply(said);
      return latin1(session.take());
    };
    const { amended } = seen;
    expect(refuse(own)).toBe("550 5.7.1 Not today\r\n");
    expect(refuse(reply(450, "4.7.1", "Not 1"))).toBe("450 4.7.1 Not 1\r\n");
    expect(refuse(own)).toBe("550 5.7.1 Not today\r\n");
    for (let nth = 0; nth < 16; nth++) expect(refuse(reply(450, `Not ${nth}`))).toBe(`450 4.0.0 Not ${nth}\r\n`);
    expect(refuse(own)).toBe("550 5.7.1 Not today\r\n");
    expect(seen.amended).toBe(amended + 18);
  });

  test("content on its way is nothing to be sent: a host that sends at the end of a turn need not wait for it", () => {
    const session = ready();
    expect(session.unsent).toBe(false);
    session.receive(octets(GROUP));
    pump(session);
    expect(session.unsent).toBe(true);
    session.take();
    session.receive(octets("a line\r\n"));
    pump(session);
    expect(session.unsent).toBe(false);
    session.receive(octets(".\r\n"));
    pump(session);
    expect(session.unsent).toBe(true);
  });

  test("what is said as text is what is said as octets, UTF-8 too", () => {
    const [one, other] = [ready(), ready()];
    for (const session of [one, other]) {
      say(session, "MAIL FROM:<\u00c3\u00a9@b.example> SMTPUTF8\r\n");
      session.receive(octets("RCPT TO:<c@d.example>\r\n"));
      while (session.pending !== "recipient") session.next();
      session.reply(reply(550, "5.1.1", "Qui est là ? \u{1f4ee}"));
    }
    expect(Buffer.from(one.take() ?? [])).toStrictEqual(Buffer.from(other.takeText() ?? ""));
    expect(other.takeText()).toBeUndefined();
  });

  test("groups of another order or of other replies are what was said", () => {
    const session = ready();
    expect(latin1(say(session, "NOOP\r\nRSET\r\n").sent)).toBe("250 2.0.0 OK\r\n250 2.0.0 Reset\r\n");
    expect(latin1(say(session, "RSET\r\nNOOP\r\n").sent)).toBe("250 2.0.0 Reset\r\n250 2.0.0 OK\r\n");
    expect(latin1(say(session, "NOOP\r\nBOGUS\r\n").sent)).toMatch(/^250 2\.0\.0 OK\r\n500 /);
  });
});

describe("calls of next", () => {
  test("one for each event, and one that finds no more", () => {
    const session = ready();
    expect(say(session, "NOOP\r\n").calls).toBe(1);
    expect(say(session, "NOOP\r\n".repeat(20)).calls).toBe(1);
    expect(say(session, GROUP).calls).toBe(4);
    expect(say(session, `${"x".repeat(70)}\r\n.\r\n`).calls).toBe(3);
  });
});

describe("a session that waits after EHLO", () => {
  const collect = (): number => {
    setFlagsFromString("--expose-gc");
    const gc: () => void = runInNewContext("gc");
    for (let turn = 0; turn < 3; turn++) gc();
    return process.memoryUsage().heapUsed;
  };

  test("is 650 octets of heap at most, its name and that of the client among them", () => {
    const count = 4000;
    const kept: (Session | undefined)[] = Array.from({ length: count }, () => undefined);
    let least = Infinity;
    for (let round = 0; round < 4; round++) {
      kept.fill(undefined);
      const before = collect();
      for (let nth = 0; nth < count; nth++) kept[nth] = ready();
      least = Math.min(least, (collect() - before) / count);
    }
    expect(kept.every((session) => session?.phase === "ready")).toBe(true);
    expect(least).toBeGreaterThan(100);
    expect(least).toBeLessThan(650); // 493, or 565 where V8 has left its objects room to grow
  });
});

test("a chunk that is used again does no harm, once what is unread of it was kept (a host with one read buffer)", () => {
  const session = fresh();
  const buffer = Buffer.alloc(64);
  const give = (text: string): void => {
    session.receive(buffer.subarray(0, buffer.write(text, "latin1")));
    session.keep();
    buffer.fill(0);
  };
  session.receive(octets("EHLO client.example.com\r\nMAIL FROM:<a@b.example>\r\n"));
  for (let event = session.next(); typeof event === "object" && event.type !== "mail"; event = session.next())
    if ("proposed" in event) session.accept();
  // While the question about MAIL is open, two chunks come by the same buffer, and a third is cut within a line.
  give("RCPT TO:<c@d.example>\r\nRCPT TO:<e@f.exa");
  give("mple>\r\nNOOP\r\nRSE");
  give("T\r\n");
  session.take();
  session.accept();
  pump(session);
  expect(latin1(session.take()).match(/^\d{3} [^\r]*/gm)).toEqual([
    "250 2.1.0 Sender OK",
    "250 2.1.5 Recipient OK",
    "250 2.1.5 Recipient OK",
    "250 2.0.0 OK",
    "250 2.0.0 Reset",
  ]);
});
