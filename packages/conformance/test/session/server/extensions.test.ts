/** What extensions add to a server, with a stranger's: offers, order of checks, intakes, conversations, memory. */
import { reply } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { strange } from "../stranger.ts";
import { codes, Host, types } from "./driver.ts";
import { xmark, xstatus, xtls, xwide } from "./extensions.ts";

const HELLO = "EHLO client.example\r\n";
const ENVELOPE = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";
const only = compose([strange()]);

describe("what is offered", () => {
  test("stands in the EHLO reply, in the order of the tuple", () => {
    const host = new Host(compose([strange({ level: 7 }), xtls]));
    expect(host.say(HELLO)).toBe("250-mx.example.org\r\n250-XSTRANGE 7\r\n250 XTLS\r\n");
    expect(host.session.offered("XSTRANGE")).toBe(true);
    expect(host.say("HELO client.example\r\n")).toBe("250 mx.example.org\r\n");
    expect(host.session.offered("XSTRANGE")).toBe(false);
  });

  test("a verb that was not offered: 503 before EHLO and after HELO, then what its extension says", () => {
    const host = new Host(compose([xtls]), { tls: { version: "TLSv1.3" } });
    expect(codes(host.say("XTLS\r\nHELO x\r\nXTLS\r\n"))).toEqual([503, 250, 503]);
    expect(codes(host.say("EHLO x\r\nXTLS\r\n"))).toEqual([250, 503]);
    expect(host.sent.endsWith("503 Already secure\r\n")).toBe(true);
  });

  test("parameters of what was not offered are 555 (RFC 5321 §4.1.1.11)", () => {
    const host = new Host(only);
    expect(codes(host.say("HELO x\r\nMAIL FROM:<a@b> XPRIO=1\r\nMAIL FROM:<a@b>\r\n"))).toEqual([250, 555, 250]);
    expect(codes(host.say("RCPT TO:<a@b> XTAG=a\r\nRSET\r\n"))).toEqual([555, 250]);
    expect(codes(host.say("EHLO x\r\nMAIL FROM:<a@b> XPRIO=1\r\nRCPT TO:<a@b> XTAG=a\r\n"))).toEqual([250, 250, 250]);
    expect(host.session.mail?.params.XPRIO).toBe(1);
  });

  test("vetoes come after syntax and phase, before the host", () => {
    const host = new Host(only);
    expect(codes(host.say("MAIL FROM:<a@b> XPRIO=9\r\n"))).toEqual([503]);
    expect(codes(host.say(`${HELLO}MAIL FROM:<a@b> XPRIO=x\r\nMAIL FROM:<a@b> XPRIO=9\r\n`))).toEqual([250, 501, 550]);
    expect(types(host.told)).not.toContain("mail");
  });
});

describe("octets with the command", () => {
  test("items come whole", () => {
    const host = new Host(only);
    host.say(HELLO);
    for (const octet of "XBLOB 5\r\nQUIT\nNOOP\r\n") host.say(octet);
    expect(codes(host.sent).slice(2)).toEqual([250, 250]);
    expect(host.session.state.XSTRANGE.blobs).toBe(5);
  });

  test("are consumed where the verb is refused: not offered, wrong phase, veto, fault (security: S6 a)", () => {
    const host = new Host(only);
    expect(codes(host.say(`XBLOB 6\r\nQUIT\r\n${HELLO}XBULK 6 LAST\r\nQUIT\r\nNOOP\r\n`))).toEqual([
      503, 250, 503, 250,
    ]);
    expect(codes(host.say(`XBLOB 100\r\n${"QUIT\r\n".repeat(16)}QUITXBLOB 0\r\n`))).toEqual([552, 250]);
  });

  test("whose number cannot be read close (security: S6 b)", () => {
    for (const size of ["-1", "+5", "0x5", "5 LASTX", "99999999999999999999", ""]) {
      const host = new Host(only);
      host.say(HELLO + ENVELOPE);
      expect(codes(host.say(`XBULK ${size}\r\nQUIT\r\n`))).toEqual([501]);
      expect(host.told.at(-1)).toContain('"closed"');
    }
  });

  test("content in pieces", () => {
    const host = new Host(only);
    host.say(HELLO + ENVELOPE);
    expect(codes(host.say("XBULK 3\r\nabcXBULK 0\r\nXBULK 2 LAST\r\ndeNOOP\r\n"))).toEqual([250, 250, 250, 250]);
    expect(types(host.told).slice(-3)).toEqual(["transfer", "content", "message"]);
    expect(host.told.at(-2)).toBe("content abcde");
    expect(host.session.phase).toBe("ready");
  });

  test("content in pieces, refused by the host at its first: one reply a piece, then 503", () => {
    const host = new Host(only, {
      policy: ({ type }) => (type === "transfer" ? reply(452, "4.3.1", "Full") : undefined),
    });
    host.say(HELLO + ENVELOPE);
    expect(codes(host.say("XBULK 3\r\nabcXBULK 3\r\ndefXBULK 1 LAST\r\ngRSET\r\n"))).toEqual([452, 503, 503, 250]);
    expect(types(host.told)).not.toContain("dropped");
  });

  test("RSET, hello and the end of input drop what was begun, once", () => {
    for (const [last, why] of [
      ["RSET\r\n", "reset"],
      ["EHLO x\r\n", "reset"],
      ["QUIT\r\n", "closed"],
      [null, "closed"],
    ] as const) {
      const host = new Host(only);
      host.say(`${HELLO}${ENVELOPE}XBULK 3\r\nabc`);
      if (last === null) host.feed(null);
      else host.say(last);
      const dropped = host.told.filter((text) => text.includes('"dropped"'));
      expect(dropped).toEqual([JSON.stringify({ type: "dropped", why })]);
    }
  });
});

describe("the limit of content", () => {
  const limited = compose([strange({ limit: 4 })]);

  test("cuts at the octet, and is said after the true end", () => {
    const host = new Host(limited);
    host.say(HELLO + ENVELOPE);
    expect(codes(host.say("DATA\r\nabcdefgh\r\nNOOP\r\n.\r\nRCPT TO:<a@b>\r\n"))).toEqual([354, 552, 503]);
    expect(types(host.told)).not.toContain("message");
    expect(host.told).toContain("content abcd");
    expect(host.session.octets).toBe(0);
  });

  test("holds for all pieces together", () => {
    const host = new Host(limited);
    host.say(HELLO + ENVELOPE);
    expect(codes(host.say("XBULK 3\r\nabcXBULK 3\r\ndefXBULK 1 LAST\r\ngRSET\r\n"))).toEqual([250, 552, 503, 250]);
    expect(types(host.told).filter((type) => type === "dropped")).toHaveLength(1);
  });

  test("is said for each recipient in LMTP", () => {
    const host = new Host(compose([strange({ limit: 4 })], { protocol: "lmtp" }));
    host.say(`LHLO x\r\n${ENVELOPE}RCPT TO:<e@f>\r\n`);
    expect(codes(host.say("DATA\r\nabcde\r\n.\r\n"))).toEqual([354, 552, 552]);
    expect(host.session.phase).toBe("ready");
  });
});

describe("LMTP (RFC 2033)", () => {
  const lmtp = compose([strange()], { protocol: "lmtp" });

  test("knows LHLO only", () => {
    const host = new Host(lmtp);
    expect(codes(host.say("EHLO x\r\nHELO x\r\nLHLO x\r\n"))).toEqual([500, 500, 250]);
    expect(codes(new Host(only).say("LHLO x\r\n"))).toEqual([500]);
  });

  test("one reply for each accepted recipient, one move", () => {
    let nth = 0;
    const host = new Host(lmtp, {
      policy: ({ type }) => (type === "message" && nth++ === 1 ? reply(452, "4.2.2", "Full") : undefined),
    });
    host.say(`LHLO x\r\n${ENVELOPE}RCPT TO:<e@f>\r\nRCPT TO:<g@h>\r\n`);
    expect(codes(host.say("DATA\r\nx\r\n.\r\nNOOP\r\n"))).toEqual([354, 250, 452, 250, 250]);
    expect(host.session.phase).toBe("ready");
    expect(types(host.told).filter((type) => type === "message")).toHaveLength(1);
  });

  test("503 to the last piece is one reply; a fault of content is one a recipient", () => {
    const host = new Host(lmtp);
    host.say("LHLO x\r\n");
    expect(codes(host.say("XBULK 1 LAST\r\nx"))).toEqual([503]);
    host.say(`${ENVELOPE}RCPT TO:<e@f>\r\n`);
    expect(codes(host.say("DATA\r\nx\ny\r\n.\r\n"))).toEqual([354, 550, 550]);
  });
});

describe("amended replies", () => {
  test("only while offered, never greeting, hello and 3yz; in the order of the tuple", () => {
    const host = new Host(compose([xstatus, xmark]));
    expect(host.sent).toBe("220 mx.example.org ESMTP\r\n");
    expect(host.say("NOOP\r\n")).toBe("250 OK\r\n");
    expect(host.say(HELLO)).toBe("250-mx.example.org\r\n250-XSTATUS\r\n250 XMARK\r\n");
    expect(host.say("NOOP\r\n")).toBe("250 2.0.0 OK *\r\n");
    expect(host.say("EHLO\r\n")).toMatch(/^501 [A-Z]/);
    host.say(ENVELOPE);
    expect(host.say("DATA\r\n")).toMatch(/^354 Start.*>\r\n$/);
    expect(host.say(".\r\n")).toBe("250 2.0.0 Message accepted *\r\n");
    expect(host.say("HELO x\r\nNOOP\r\n")).toBe("250 mx.example.org\r\n250 OK\r\n");
  });

  test("are encoded once for all sessions with the same amenders", () => {
    let times = 0;
    const composition = compose([xstatus, xmark]);
    const told = reply(250, "2.1.0", "Once");
    Object.defineProperty(told, "lines", { get: () => ((times += 1), ["Once"]) });
    for (let nth = 0; nth < 3; nth++) {
      const host = new Host(composition, { policy: ({ type }) => (type === "mail" ? told : undefined) });
      host.say(HELLO);
      expect(host.say("MAIL FROM:<>\r\n")).toBe("250 2.1.0 Once *\r\n");
    }
    const seen = times;
    const host = new Host(composition, { policy: ({ type }) => (type === "mail" ? told : undefined) });
    host.say(`${HELLO}MAIL FROM:<>\r\n`);
    expect(times).toBe(seen);
  });
});

describe("the wider grammar", () => {
  test("holds for the transaction that asked for it", () => {
    const host = new Host(compose([xwide]));
    host.say(HELLO);
    const utf8 = (text: string): readonly number[] => {
      const before = host.sent.length;
      host.feed(new TextEncoder().encode(text));
      return codes(host.sent.slice(before));
    };
    expect(utf8("MAIL FROM:<ä@b>\r\nMAIL FROM:<ä@b> XWIDE\r\nRCPT TO:<ö@d>\r\n")).toEqual([553, 250, 250]);
    expect(host.session.utf8).toBe(true);
    expect(utf8("RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<ö@d>\r\n")).toEqual([250, 250, 553]);
    expect(utf8("HELO x\r\nMAIL FROM:<ä@b> XWIDE\r\n")).toEqual([250, 555]);
  });

  test("holds for replies too (RFC 6531 §3.7.4), and no longer", () => {
    const greeting = reply(250, "2.1.5", "Grüße");
    const host = new Host(compose([xwide]), {
      policy: ({ type }) => (type === "recipient" || type === "verify" ? greeting : undefined),
    });
    const sent = (text: string): string => {
      const before = host.sent.length;
      host.say(text);
      return host.sent.slice(before);
    };
    host.say(HELLO);
    expect(sent("MAIL FROM:<a@b> XWIDE\r\nRCPT TO:<a@b>\r\n")).toContain("250 Gr\u00c3\u00bc\u00c3\u009fe\r\n");
    expect(() => sent("RSET\r\nVRFY x\r\n")).toThrow("the text of a reply");
    host.session.accept();
    expect(() => sent("RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\n")).toThrow("the text of a reply");
  });
});

describe("upgrade (RFC 3207)", () => {
  test("what was received before it is discarded, and all is forgotten (security: A1)", () => {
    const host = new Host(compose([xtls, strange()]), { delayed: true });
    host.settle();
    host.say(`${HELLO}XTALK me\r\na\r\nb\r\n`);
    host.settle();
    expect(host.session.fact("name")).toBe("me");
    host.say("XTLS\r\nNOOP injected\r\nNOO");
    expect(host.session.pending).toBe("upgrade");
    host.say("P\r\nNOOP injected\r\nNOO");
    host.settle();
    expect(host.sent.endsWith("220 Go ahead\r\n")).toBe(true);
    expect(host.session.phase).toBe("connected");
    expect(host.session.hello).toBeUndefined();
    expect(host.session.offered("XSTRANGE")).toBe(false);
    expect(host.session.fact("name")).toBeUndefined();
    expect(host.session.tls?.version).toBe("TLSv1.3");
    expect(codes(host.say("RCPT TO:<a@b>\r\nMAIL FROM:<a@b>\r\n"))).toEqual([503, 503]);
    host.say(HELLO);
    host.settle();
    expect(host.sent.endsWith("250-mx.example.org\r\n250 XSTRANGE 3\r\n")).toBe(true);
  });

  test("nothing amends after it, before the next EHLO", () => {
    const host = new Host(compose([xtls, xstatus]));
    host.say(`${HELLO}NOOP\r\n`);
    expect(host.sent.endsWith("250 2.0.0 OK\r\n")).toBe(true);
    expect(host.say("XTLS\r\n")).toBe("220 2.0.0 Go ahead\r\n");
    expect(host.say("NOOP\r\n")).toBe("250 OK\r\n");
  });

  test("abort in the middle of it says nothing", () => {
    const host = new Host(compose([xtls]), { delayed: true });
    host.settle();
    host.say(HELLO);
    host.settle();
    host.say("XTLS\r\n");
    host.session.abort(reply(421, "4.3.2", "Shutting down"));
    host.pump();
    expect(host.sent.endsWith("220 Go ahead\r\n")).toBe(true);
    expect(host.told.at(-1)).toContain('"closed"');
  });
});
