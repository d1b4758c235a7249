/** Dialogues of RFC 5321, one after the other: the table as it is seen from outside. */
import { reply } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { codes, GONE, Host, types } from "./driver.ts";

const smtp = compose([]);
const HELLO = "EHLO client.example\r\n";
const ENVELOPE = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

describe("greeting", () => {
  test("220 with the name", () => {
    expect(new Host(smtp).sent).toBe("220 mx.example.org ESMTP\r\n");
  });

  test("554: only QUIT is heard (RFC 5321 §3.1)", () => {
    const host = new Host(smtp, { policy: () => reply(554, "No SMTP service here") });
    expect(host.session.phase).toBe("refused");
    expect(codes(host.say(`${HELLO}NOOP\r\nBOGUS\r\nQUIT\r\n`))).toEqual([503, 503, 503, 221]);
    expect(types(host.told).at(-1)).toBe("closed");
  });

  test("421 closes", () => {
    const host = new Host(smtp, { policy: () => GONE });
    expect(types(host.told)).toEqual(["connection", "closed"]);
    expect(host.say("EHLO x\r\n")).toBe("");
  });
});

describe("a message", () => {
  test("by the book", () => {
    const host = new Host(smtp);
    expect(host.say(HELLO)).toBe("250 mx.example.org\r\n");
    expect(codes(host.say(ENVELOPE))).toEqual([250, 250]);
    expect(host.say("DATA\r\n")).toBe("354 Start mail input; end with <CRLF>.<CRLF>\r\n");
    expect(host.say("..one\r\ntwo\r\n.\r\n")).toBe("250 Message accepted\r\n");
    expect(host.session.phase).toBe("ready");
    expect(host.told.filter((text) => text.startsWith("content"))).toEqual(["content .one\r\ntwo\r\n"]);
    expect(host.say("QUIT\r\n")).toBe("221 mx.example.org closing connection\r\n");
    expect(host.told.at(-1)).toContain('"clean":true');
  });

  test("all in one chunk gives one write", () => {
    const host = new Host(smtp);
    expect(codes(host.say(`${HELLO}${ENVELOPE}DATA\r\nx\r\n.\r\n${ENVELOPE}DATA\r\ny\r\n.\r\nQUIT\r\n`))).toEqual([
      250, 250, 250, 354, 250, 250, 250, 354, 250, 221,
    ]);
  });

  test("after a refusal at its end the transaction is forgotten (security: S9)", () => {
    const host = new Host(smtp, {
      policy: (event) => (event.type === "message" ? reply(554, "5.6.0", "No") : undefined),
    });
    host.say(HELLO + ENVELOPE);
    expect(codes(host.say("DATA\r\nx\r\n.\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"))).toEqual([354, 554, 503, 503]);
  });

  test("bare LF is refused after the true end (security: S1, S2)", () => {
    const host = new Host(smtp);
    host.say(HELLO + ENVELOPE);
    const sent = host.say("DATA\r\nA\n.\nMAIL FROM:<evil@x>\r\nRCPT TO:<y@z>\r\nDATA\r\n.\r\n");
    expect(codes(sent)).toEqual([354, 550]);
    expect(types(host.told)).not.toContain("message");
    expect(types(host.told).filter((type) => type === "dropped")).toHaveLength(1);
  });

  test("DATA may be refused, and the recipients stay", () => {
    let first = true;
    const host = new Host(smtp, {
      policy: (event) => {
        if (event.type !== "transfer" || !first) return undefined;
        first = false;
        return reply(451, "4.3.0", "Not now");
      },
    });
    host.say(HELLO + ENVELOPE);
    expect(codes(host.say("DATA\r\nDATA\r\n.\r\n"))).toEqual([451, 354, 250]);
  });
});

describe("order and syntax", () => {
  test("503 out of order", () => {
    const host = new Host(smtp);
    expect(codes(host.say("MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n"))).toEqual([503, 503, 503]);
    expect(codes(host.say(`${HELLO}RCPT TO:<a@b>\r\nDATA\r\n`))).toEqual([250, 503, 503]);
    expect(codes(host.say("MAIL FROM:<>\r\nMAIL FROM:<>\r\nDATA\r\n"))).toEqual([250, 503, 503]);
  });

  test("before any hello: NOOP, HELP, EXPN, VRFY and RSET are answered as ever (RFC 5321 §4.1.4)", () => {
    const said = "NOOP\r\nHELP\r\nEXPN x\r\nVRFY x\r\nRSET\r\n";
    expect(codes(new Host(smtp).say(said))).toEqual([250, 214, 502, 252, 250]);
  });

  test("500, 501, 555", () => {
    const host = new Host(smtp);
    host.say(HELLO);
    expect(codes(host.say("BOGUS\r\nMAIL FROM:a\r\nMAIL FROM:<a@b> X=1\r\nMAIL FROM:<a@b>\r\nDATA x\r\n"))).toEqual([
      500, 501, 555, 250, 503,
    ]);
    expect(codes(host.say("RCPT TO:<a@b>\r\nDATA x\r\nNOOP\n\r\nNO\0OP\r\n"))).toEqual([250, 501, 500, 500]);
  });

  test("a line over the limit is answered once (security: S7)", () => {
    const host = new Host(smtp);
    expect(codes(host.say(`NOOP ${"x".repeat(100_000)}\r\nNOOP\r\n`))).toEqual([500, 250]);
    expect(codes(host.say(`NOOP ${"x".repeat(2041)}\r\nNOOP ${"x".repeat(2042)}\r\n`))).toEqual([250, 500]);
  });

  test("RSET before and after a hello", () => {
    const host = new Host(smtp);
    expect(codes(host.say("RSET\r\n"))).toEqual([250]);
    expect(host.session.phase).toBe("connected");
    host.say(`${HELLO}${ENVELOPE}RSET\r\n`);
    expect(host.session.phase).toBe("ready");
    expect(host.session.mail).toBeUndefined();
    expect(host.session.recipients).toBe(0);
  });

  test("HTTP is told to leave (security: A13)", () => {
    const host = new Host(smtp);
    expect(codes(host.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))).toEqual([421]);
    expect(host.told.at(-1)).toContain("closed");
  });

  test("NOOP, HELP, VRFY, EXPN", () => {
    const host = new Host(smtp);
    host.say(HELLO);
    expect(codes(host.say("NOOP ignored\r\nHELP\r\nHELP mail\r\nHELP nonsense\r\nVRFY x\r\nEXPN x\r\n"))).toEqual([
      250, 214, 214, 504, 252, 502,
    ]);
  });
});
