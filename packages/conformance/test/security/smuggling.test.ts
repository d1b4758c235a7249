/**
 * docs/security.md S1 to S6 and S9, against the whole standard set: what ends a message is CRLF . CRLF or a count, nothing
 * else, however the octets were cut; and when it has ended, whatever became of it, nothing of it is left.
 */
import { type Extensions, reply, type Reply } from "@posthorn/contract";
import { standardClient, standardServer } from "@posthorn/esmtp";
import { compose, type Composition } from "@posthorn/session";
import { link } from "@posthorn/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FALSE_ENDS } from "../false-ends.ts";
import { codes, Host, octets, type Policy, types } from "../session/server/driver.ts";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);
const HELLO = "EHLO client.example\r\n";
const ENVELOPE = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";
const INNER = "MAIL FROM:<evil@x>\r\nRCPT TO:<y@z>\r\nDATA\r\nevil";

const compositions: Readonly<Record<string, Composition>> = {
  strict: compose(standardServer({ maxSize: 10_000 })),
  normalize: compose(standardServer({ maxSize: 10_000 }), { lineEndings: "normalize" }),
  LMTP: compose(standardServer({ maxSize: 10_000 }), { protocol: "lmtp" }),
};

const play = (composition: Composition, pieces: readonly string[], policy?: Policy): Host<Extensions> => {
  const host = new Host(composition, policy === undefined ? {} : { policy });
  for (const piece of pieces) host.say(piece);
  return host;
};

describe.each(Object.entries(compositions))("%s", (name, composition) => {
  const hello = name === "LMTP" ? "LHLO client.example\r\n" : HELLO;

  test.each(FALSE_ENDS)("%j ends nothing, wherever the octets are cut (S1, S2, S3)", (sequence) => {
    const text = `${hello}${ENVELOPE}DATA\r\nA${sequence}${INNER}\r\n.\r\nNOOP\r\n`;
    const whole = play(composition, [text]);
    const said = codes(whole.sent);
    expect(said).toHaveLength(7);
    expect([said.slice(0, 5), said[6]]).toEqual([[220, 250, 250, 250, 354], 250]);
    expect(whole.told.join("\n")).not.toContain('"local":"evil"');
    expect(types(whole.told).filter((type) => type === "mail")).toHaveLength(1);
    expect(types(whole.told).filter((type) => type === "message").length).toBeLessThan(2);
    for (let at = hello.length + ENVELOPE.length; at < text.length; at++) {
      const cut = play(composition, [text.slice(0, at), text.slice(at)]);
      expect([cut.sent, cut.told]).toEqual([whole.sent, whole.told]);
    }
    const octetwise = play(composition, Array.from(text));
    expect([octetwise.sent, octetwise.told]).toEqual([whole.sent, whole.told]);
  });

  test("a dot is taken away behind CRLF only (S4)", () => {
    const host = play(composition, [`${hello}${ENVELOPE}DATA\r\nA\r\n..\r\n..B\r\n...\r\n.\r\n`]);
    expect(host.told.filter((text) => text.startsWith("content "))).toEqual(["content A\r\n.\r\n.B\r\n..\r\n"]);
    for (const text of ["A\n..\r\n", "A\r..\r\n"]) {
      const told = play(composition, [`${hello}${ENVELOPE}DATA\r\n${text}.\r\n`]).told.join("\n");
      expect(told).not.toContain("content A\n.\r\n");
      expect(told).not.toContain("content A\r.\r\n");
    }
  });

  test("octets in BDAT are content, whatever they look like, taken or refused (S6 a, d)", () => {
    const payload = `.\r\n${INNER}\r\n.\r\nQUIT\r\n`;
    const chunk = `BDAT ${payload.length} LAST\r\n${payload}`;
    for (const [before, code] of [
      [ENVELOPE, 250],
      ["MAIL FROM:<a@b.example>\r\n", 503],
      ["", 503],
      [`MAIL FROM:<bad\r\n`, 503],
      [`${ENVELOPE}BDAT 20000\r\n${"x".repeat(20_000)}`, 503],
    ] as const) {
      const text = `${hello}${before}${chunk}NOOP\r\n`;
      const whole = play(composition, [text]);
      expect(codes(whole.sent).slice(-2), before.slice(0, 80)).toEqual([code, 250]);
      expect(whole.told.join("\n")).not.toContain('"local":"evil"');
      expect(types(whole.told)).not.toContain("closed");
      const octetwise = play(composition, Array.from(text));
      expect([octetwise.sent, octetwise.told]).toEqual([whole.sent, whole.told]);
    }
  });
});

describe("S9: what has ended is forgotten, however it ended", () => {
  const refusing =
    (type: string, said: Reply): Policy =>
    (event) =>
      event.type === type ? said : undefined;
  const content = "DATA\r\nx\r\n.\r\n";
  const endings: readonly (readonly [string, string, Policy | undefined])[] = [
    ["a message that was accepted", ENVELOPE + content, undefined],
    ["a message that was refused by 4yz", ENVELOPE + content, refusing("message", reply(451, "4.3.0", "Later"))],
    ["a message that was refused by 5yz", ENVELOPE + content, refusing("message", reply(554, "5.6.0", "No"))],
    ["a bare LF", `${ENVELOPE}DATA\r\nx\ny\r\n.\r\n`, undefined],
    ["too much of it", `${ENVELOPE}DATA\r\n${`${"x".repeat(998)}\r\n`.repeat(12)}.\r\n`, undefined],
    ["a chunk that was the last", `${ENVELOPE}BDAT 1 LAST\r\nx`, undefined],
    ["a last chunk that was refused", `${ENVELOPE}BDAT 1 LAST\r\nx`, refusing("message", reply(554, "5.6.0", "No"))],
    ["RSET", `${ENVELOPE}RSET\r\n`, undefined],
    ["RSET amid chunks", `${ENVELOPE}BDAT 1\r\nxRSET\r\n`, undefined],
    ["EHLO", `${ENVELOPE}EHLO again.example\r\n`, undefined],
    ["HELO", `${ENVELOPE}HELO again.example\r\n`, undefined],
    ["STARTTLS", `STARTTLS\r\n`, undefined],
    ["MAIL that was refused", "MAIL FROM:<a@b.example>\r\n", refusing("mail", reply(550, "5.7.1", "No"))],
    ["nothing at all", "", undefined],
  ];

  test.each(endings)("after %s there is no transaction", (_what, text, policy) => {
    for (const next of ["RCPT TO:<y@z>", "DATA", "BDAT 0 LAST"]) {
      const host = new Host(compose(standardServer({ maxSize: 10_000 })), policy === undefined ? {} : { policy });
      host.say(HELLO);
      host.say(text);
      expect(codes(host.say(`${next}\r\n`)), next).toEqual([503]);
      const { session } = host;
      expect([session.mail, session.recipients, session.octets, session.utf8]).toEqual([undefined, 0, 0, false]);
    }
  });

  test("and a transaction after it is like the first, with nothing of the other", () => {
    for (const [what, text, policy] of endings) {
      let armed = true;
      const once: Policy = (event, nth) => (armed ? policy?.(event, nth) : undefined);
      const host = new Host(compose(standardServer({ maxSize: 10_000 })), { policy: once });
      host.say(HELLO + text);
      armed = false;
      const before = host.told.length;
      host.say(`${HELLO}MAIL FROM:<second@b.example>\r\nRCPT TO:<only@d.example>\r\n${content}`);
      expect(codes(host.sent).slice(-4), what).toEqual([250, 250, 354, 250]);
      expect(host.told.slice(before).join("\n"), what).not.toContain("a@b.example");
      expect(host.told.slice(before).filter((told) => told.includes('"type":"recipient"'))).toHaveLength(1);
    }
  });
});

test("S5: what one hop takes the next one sends whole, with fields in front of it, by DATA and by BDAT", () => {
  const server = compose(standardServer());
  const FIELDS = "Received: from x by y;\r\n\tMon, 1 Jan 2026 00:00:00 +0000\r\n";
  const piece = fc.constantFrom(".", "..", "\r\n", "\r\n.", "\r\n.\r\n", "x", " ", "MAIL FROM:<evil@x>", "Subject: x");
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.constantFrom("always" as const, "needed" as const),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      (pieces, chunking, toServer) => {
        const client = compose(standardClient({ tls: "none", chunking }));
        const send = (content: Uint8Array) =>
          link(server, client, {
            deliveries: [
              {
                message: {
                  from: null,
                  to: [{ path: { local: "u", domain: "x.example" } }],
                  facts: { octets: "7bit" },
                },
                content: content.length === 0 ? [] : [content],
              },
            ],
            splits: { toServer },
          });
        const received = (log: ReturnType<typeof send>): string =>
          log.server
            .filter((entry) => entry.startsWith("content "))
            .map((entry) => String(JSON.parse(entry.slice("content ".length))))
            .join("");
        const whole = (text: string): string =>
          chunking === "always" || text === "" || text.endsWith("\r\n") ? text : `${text}\r\n`;
        const first = send(octets(pieces.join("")));
        expect(received(first)).toBe(whole(pieces.join("")));
        const hop = `${FIELDS}${received(first)}`;
        const second = send(octets(hop));
        expect(received(second)).toBe(whole(hop));
        for (const log of [first, second]) {
          expect(log.outcomes.map(({ verdicts }) => verdicts.map(({ kind }) => kind))).toEqual([["accepted"]]);
          expect(log.server.filter((entry) => entry.includes('type: "message"'))).toHaveLength(1);
          expect(log.server.filter((entry) => entry.includes('type: "mail"'))).toHaveLength(1);
        }
      },
    ),
    { numRuns: 150 * RUNS },
  );
});
