/** Bounds (security: A10), counters, misuse by the host, and what the host is told beside questions. */
import { LocalProtocolError, reply } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import { compose, NEED_DATA, PAUSED, ServerSession } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { strange } from "../stranger.ts";
import { codes, GONE, Host, latin1, octets, types } from "./driver.ts";

const smtp = compose([]);
const HELLO = "EHLO client.example\r\n";
const ENVELOPE = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

const thrown = (run: () => void): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof LocalProtocolError) return error.code;
    throw error;
  }
  return "nothing";
};

describe("limits", () => {
  test("errors since the last accepted message", () => {
    const host = new Host(smtp, { limits: { errors: 3 } });
    host.say(HELLO);
    expect(codes(host.say("A\r\nB\r\n"))).toEqual([500, 500]);
    host.say(`${ENVELOPE}DATA\r\n.\r\n`);
    expect(host.session.errors).toBe(0);
    expect(codes(host.say("A\r\nB\r\nC\r\nD\r\nNOOP\r\n"))).toEqual([500, 500, 500, 421]);
    expect(host.told.at(-1)).toBe('{"type":"closed","clean":false}');
  });

  test("commands that get nothing done", () => {
    const host = new Host(smtp, { limits: { junk: 4 } });
    host.say(HELLO);
    expect(codes(host.say("NOOP\r\nRSET\r\nVRFY x\r\n"))).toEqual([250, 250, 252]);
    host.say(`${ENVELOPE}DATA\r\n.\r\n`);
    expect(codes(host.say("NOOP\r\nHELP\r\nVRFY x\r\nHELO x\r\nEXPN x\r\n"))).toEqual([250, 214, 252, 250, 421]);
  });

  test("recipients: 452, which is no error, then 421", () => {
    const host = new Host(smtp, { limits: { recipients: 2, recipientsOver: 30 } });
    host.say(`${HELLO}MAIL FROM:<a@b>\r\n`);
    const said = codes(host.say("RCPT TO:<a@b>\r\n".repeat(34)));
    expect(said).toEqual([250, 250, ...Array.from({ length: 30 }, () => 452), 421]);
  });

  test("recipients beyond are counted for each transaction", () => {
    const host = new Host(smtp, { limits: { recipients: 1, recipientsOver: 2 } });
    host.say(HELLO);
    const transaction = `MAIL FROM:<a@b>\r\n${"RCPT TO:<a@b>\r\n".repeat(3)}RSET\r\n`;
    expect(codes(host.say(transaction + transaction))).not.toContain(421);
  });

  test("a message that one recipient of LMTP accepts is an accepted message", () => {
    let nth = 0;
    const host = new Host(compose([], { protocol: "lmtp" }), {
      policy: ({ type }) => (type === "message" && nth++ === 1 ? reply(452, "4.2.2", "Full") : undefined),
    });
    host.say(`LHLO x\r\nBOGUS\r\n${ENVELOPE}RCPT TO:<e@f>\r\nDATA\r\n.\r\n`);
    expect(host.session.errors).toBe(0);
    host.say(`${ENVELOPE}DATA\r\nbare\nlf\r\n.\r\n`);
    expect(host.session.errors).toBe(1);
  });

  test("a million commands in one chunk", () => {
    const host = new Host(smtp, { limits: { junk: Infinity } });
    host.say(HELLO);
    expect(host.say("NOOP\r\n".repeat(1_000_000)).length).toBe("250 OK\r\n".length * 1_000_000);
  });

  test("failures are counted by verb and never forgotten", () => {
    const host = new Host(smtp, { policy: ({ type }) => (type === "mail" ? reply(550, "5.7.1", "No") : undefined) });
    host.say(`${HELLO}MAIL FROM:<a@b>\r\nRSET\r\n${HELLO}MAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\n__PROTO__\r\n`);
    expect(host.session.failures("MAIL")).toBe(2);
    expect(host.session.failures("RCPT")).toBe(1);
    expect(host.session.failures("__PROTO__")).toBe(0);
    expect(host.session.failures("constructor")).toBe(0);
  });

  test("names of JavaScript are no verbs, parameters, topics (security: A16)", () => {
    const host = new Host(compose([strange()]), { limits: { errors: 1000 } });
    host.say(HELLO);
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(codes(host.say(`${name}\r\nHELP ${name}\r\nMAIL FROM:<a@b> ${name}=1\r\n`))[0]).toBe(500);
      expect(host.session.fact(name)).toBeUndefined();
      expect(host.session.offered(name)).toBe(false);
    }
  });
});

describe("misuse by the host throws, and changes nothing", () => {
  const at = (type: string, protocol: "smtp" | "lmtp" = "smtp"): ServerSession<readonly []> => {
    const session = new ServerSession(compose([], { protocol }), { hostname: "mx.example.org" });
    const hello = protocol === "lmtp" ? "LHLO x\r\n" : HELLO;
    session.receive(octets(`${hello}${ENVELOPE}RCPT TO:<e@f>\r\nDATA\r\n.\r\n`));
    for (let event = session.next(); ; event = session.next()) {
      if (typeof event !== "object") throw new Error(event);
      if (event.type === type) return session;
      if ("proposed" in event) session.accept();
    }
  };

  test("answers that nobody asked for", () => {
    const session = at("mail");
    session.accept();
    expect(thrown(() => session.accept())).toBe("no-question");
    expect(thrown(() => session.reply(reply(250)))).toBe("no-question");
    expect(thrown(() => session.upgraded({ version: "TLSv1.3" }))).toBe("not-upgrading");
  });

  test.each<[string, readonly Reply[]]>([
    ["connection", [reply(354), reply(199), reply(250, "a\r\nb")]],
    ["hello", [reply(354)]],
    ["mail", [reply(354), reply(250, "a\nb"), reply(600), reply(250, "x".repeat(600))]],
    ["recipient", [reply(334)]],
    ["transfer", [reply(250), reply(354, "\0")]],
    ["message", [reply(354)]],
  ])("a reply that %s does not have", (type, replies) => {
    const session = at(type);
    session.take();
    for (const given of replies) {
      expect(thrown(() => session.reply(given))).not.toBe("nothing");
      expect(session.take()).toBeUndefined();
      expect(session.pending).toBe(type);
    }
    session.accept();
    expect(session.pending).toBeUndefined();
  });

  test("input after the end, a name that is none, an abort that is no 421", () => {
    const session = new ServerSession(smtp, { hostname: "[192.0.2.1]" });
    expect(thrown(() => session.abort(reply(451)))).toBe("bad-reply-class");
    session.receive(null);
    expect(thrown(() => session.receive(null))).toBe("after-end");
    expect(thrown(() => new ServerSession(smtp, { hostname: "a b\r\n" }))).toBe("bad-hostname");
  });

  test("a question that was not heard yet is not asked after abort", () => {
    const session = new ServerSession(smtp, { hostname: "mx.example.org" });
    session.abort(GONE);
    expect(session.next()).toEqual({ type: "closed", clean: false });
    expect(session.next()).toBe(NEED_DATA);
  });

  test("in LMTP the dialogue moves with the last answer", () => {
    const session = at("message", "lmtp");
    expect([session.phase, session.recipients, session.pending]).toEqual(["rcpt", 2, "message"]);
    session.accept();
    expect([session.phase, session.recipients, session.pending]).toEqual(["rcpt", 2, "message"]);
    session.reply(reply(452, "4.2.2", "Full"));
    expect([session.phase, session.recipients, session.pending]).toEqual(["ready", 0, undefined]);
    expect(codes(latin1(session.take()))).toEqual([220, 250, 250, 250, 250, 354, 250, 452]);
  });

  test("after abort there is no question, and a second one does nothing", () => {
    const session = at("mail");
    session.take();
    session.abort(GONE);
    session.abort(GONE);
    expect(latin1(session.take())).toBe("421 Timeout\r\n");
    expect(thrown(() => session.accept())).toBe("no-question");
    expect(session.next()).toEqual({ type: "closed", clean: false });
    expect(session.next()).toBe(NEED_DATA);
    session.receive(octets("NOOP\r\n"));
    expect(session.next()).toBe(NEED_DATA);
  });
});

describe("what is told", () => {
  test("waiting input is counted, and kept in order", () => {
    const session = new ServerSession(smtp, { hostname: "mx.example.org" });
    for (let nth = 0; nth < 5000; nth++) session.receive(octets("NOOP\r\n"));
    expect(session.next()).toHaveProperty("type", "connection");
    expect(session.next()).toBe(PAUSED);
    expect(session.buffered).toBe(30_000);
    session.abort(GONE);
    expect(session.buffered).toBe(0);
  });

  test("with observe, every reply; secrets without their arguments", () => {
    const host = new Host(compose([strange()]), { observe: true });
    host.say(`${HELLO}XTALK secret\r\nhidden\r\nhidden\r\nBOGUS x\r\nQUIT\r\n`);
    const answered = host.told.filter((text) => text.includes('"answered"')).map((text) => JSON.parse(text));
    expect(answered.map(({ verb, raw, reply: { code } }) => [verb, raw, code])).toEqual([
      ["", undefined, 220],
      ["EHLO", "client.example", 250],
      ["XTALK", undefined, 334],
      ["XTALK", undefined, 334],
      ["XTALK", undefined, 235],
      ["BOGUS", undefined, 500],
      ["QUIT", undefined, 221],
    ]);
    expect(host.told.join()).not.toContain("secret");
  });

  test("the end of input: what came before is answered; clean between transactions", () => {
    for (const [text, clean, said] of [
      [HELLO, true, [250]],
      [`${HELLO}NOOP\r\nNOO`, true, [250, 250]],
      [HELLO + ENVELOPE, false, [250, 250, 250]],
      [`${HELLO}${ENVELOPE}DATA\r\nx`, false, [250, 250, 250, 354]],
    ] as const) {
      const host = new Host(smtp, { delayed: true });
      host.settle();
      const before = host.sent.length;
      host.session.receive(octets(text));
      host.feed(null);
      host.settle();
      expect(codes(host.sent.slice(before))).toEqual(said);
      expect(host.told.at(-1)).toBe(JSON.stringify({ type: "closed", clean }));
      expect(types(host.told).includes("dropped")).toBe(text.endsWith("DATA\r\nx"));
    }
  });

  test("faults carry a code, and the verb where there was one", () => {
    const host = new Host(smtp);
    host.say(`${HELLO}BOGUS\r\nRCPT TO:<a@b>\r\nMAIL\r\n\r\n`);
    const faults = host.told.filter((text) => text.includes('"fault"')).map((text) => JSON.parse(text));
    expect(faults.map(({ fault, verb }) => [fault.code, verb])).toEqual([
      ["unknown-verb", "BOGUS"],
      ["bad-sequence", "RCPT"],
      ["bad-argument", "MAIL"],
      ["bad-verb", undefined],
    ]);
  });

  test("abort in the middle of content drops it", () => {
    const host = new Host(smtp);
    host.say(`${HELLO}${ENVELOPE}DATA\r\nabc`);
    host.session.abort(GONE);
    host.pump();
    expect(types(host.told).slice(-3)).toEqual(["content", "dropped", "closed"]);
  });
});
