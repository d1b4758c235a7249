/** Messages: what leaves together, whose reply is whose, and what becomes of each recipient. */
import { compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { group } from "./fixtures.ts";
import { atEverySplit, message } from "./host.ts";

const plain = compose([]);
const grouped = compose([group(10)]);
const three = ["a@x.example", "b@x.example", "c@x.example"];
const MAIL = "MAIL FROM:<from@here.example>\r\n";
const rcpt = (name: string): string => `RCPT TO:<${name}@x.example>\r\n`;

describe("one command at a time", () => {
  test("a message is accepted by the reply to its octets", () => {
    atEverySplit(plain, { content: ["Subject: x\r\n\r\n", ".dot\r\n"] }, (host) => {
      expect(host.say("220 mx ESMTP")).toBe("EHLO client.example\r\n");
      expect(host.say("250-mx", "250 SIZE")).toBe("");
      expect(host.events.map(({ type }) => type)).toEqual(["ready"]);
      expect(host.send(message(three))).toBe(MAIL);
      expect(host.session.awaiting).toEqual({ verb: "MAIL", octets: false });
      expect(host.say("250 ok")).toBe(rcpt("a"));
      expect(host.say("250 ok")).toBe(rcpt("b"));
      expect(host.say("550 5.1.1 no")).toBe(rcpt("c"));
      expect(host.say("250 ok")).toBe("DATA\r\n");
      expect(host.say("354 go")).toBe("Subject: x\r\n\r\n..dot\r\n.\r\n");
      expect(host.session.awaiting).toEqual({ verb: "DATA", octets: true });
      expect(host.say("250 queued")).toBe("");
      expect(host.verdicts).toEqual(["accepted", "refused 550 RCPT", "accepted"]);
      expect(host.last("outcome")?.usable).toBe(true);
      expect(host.session.phase).toBe("ready");
      host.session.quit();
      expect(host.flush()).toBe("QUIT\r\n");
      host.say("221 bye");
      expect(host.ending).toBe("quit");
    });
  });
});

describe("a group", () => {
  test("leaves in one write, and each reply goes to its command", () => {
    atEverySplit(grouped, { content: ["x\r\n"] }, (host) => {
      host.say("220 mx");
      host.say("250-mx", "250 GROUP");
      expect(host.send(message(three))).toBe(`${MAIL}${rcpt("a")}${rcpt("b")}${rcpt("c")}DATA\r\n`);
      expect(host.say("250 ok", "550 no", "250 ok", "450 later", "354 go")).toBe("x\r\n.\r\n");
      host.say("250 queued");
      expect(host.verdicts).toEqual(["refused 550 RCPT", "accepted", "refused 450 RCPT"]);
    });
  });
});
