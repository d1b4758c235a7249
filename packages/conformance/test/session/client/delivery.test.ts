/** Messages: what leaves together, whose reply is whose, and what becomes of each recipient. */
import { compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { few, group } from "./fixtures.ts";
import { atEverySplit, Host, message } from "./host.ts";

const plain = compose([]);
const grouped = compose([group(10)]);
const three = ["a@x.example", "b@x.example", "c@x.example"];
const MAIL = "MAIL FROM:<from@here.example>\r\n";
const rcpt = (name: string): string => `RCPT TO:<${name}@x.example>\r\n`;
const GROUP = `${MAIL}${rcpt("a")}${rcpt("b")}${rcpt("c")}DATA\r\n`;

const ready = (host: { say(...lines: readonly string[]): string }, ...offer: readonly string[]): void => {
  host.say("220 mx");
  host.say(...["mx", ...offer].map((line, at, all) => `250${at + 1 < all.length ? "-" : " "}${line}`));
};

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

  test("MAIL refused: no RCPT is sent, and no RSET is needed", () => {
    atEverySplit(plain, {}, (host) => {
      ready(host);
      host.send(message(three));
      expect(host.say("451 later")).toBe("");
      expect(host.verdicts).toEqual(["refused 451 MAIL", "refused 451 MAIL", "refused 451 MAIL"]);
      expect(host.last("outcome")?.usable).toBe(true);
      expect(host.send(message(["a@x.example"]))).toBe(MAIL);
    });
  });

  test("every RCPT refused: no DATA is sent, and RSET ends the transaction", () => {
    atEverySplit(plain, {}, (host) => {
      ready(host);
      host.send(message(["a@x.example"]));
      host.say("250 ok");
      expect(host.say("550 no")).toBe("RSET\r\n");
      expect(host.last("outcome")).toBeUndefined();
      host.say("250 ok");
      expect(host.verdicts).toEqual(["refused 550 RCPT"]);
      expect(host.last("outcome")?.usable).toBe(true);
    });
  });

  test("RSET refused: the verdicts stand, and the connection is over", () => {
    atEverySplit(plain, {}, (host) => {
      ready(host);
      host.send(message(["a@x.example"]));
      host.say("250 ok");
      host.say("550 no");
      expect(host.say("500 what")).toBe("QUIT\r\n");
      host.say("221 bye");
      expect(host.events.slice(-2).map(({ type }) => type)).toEqual(["outcome", "closed"]);
      expect(host.verdicts).toEqual(["refused 550 RCPT"]);
      expect(host.last("outcome")?.usable).toBe(false);
      expect(host.ending).toBe("protocol");
    });
  });
});

describe("a group", () => {
  test("leaves in one write, and each reply goes to its command", () => {
    atEverySplit(grouped, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP");
      expect(host.send(message(three))).toBe(GROUP);
      expect(host.say("250 ok", "550 no", "250 ok", "450 later", "354 go")).toBe("x\r\n.\r\n");
      host.say("250 queued");
      expect(host.verdicts).toEqual(["refused 550 RCPT", "accepted", "refused 450 RCPT"]);
      expect(host.last("outcome")?.usable).toBe(true);
    });
  });

  test("is filled up after each reply, however the replies come", () => {
    atEverySplit(compose([group(2)]), { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP");
      expect(host.send(message(three))).toBe(MAIL + rcpt("a"));
      expect(host.say("250 ok", "250 ok")).toBe(rcpt("b") + rcpt("c"));
      expect(host.say("250 ok", "250 ok")).toBe("DATA\r\n");
      expect(host.say("354 go")).toBe("x\r\n.\r\n");
      host.say("250 queued");
      expect(host.verdicts).toEqual(["accepted", "accepted", "accepted"]);
    });
  });

  test("is not filled up where MAIL turned out refused", () => {
    const host = new Host(compose([group(4)]));
    ready(host, "GROUP");
    const six = [...three, "d@x.example", "e@x.example", "f@x.example"];
    expect(host.send(message(six))).toBe(MAIL + rcpt("a") + rcpt("b") + rcpt("c"));
    expect(host.say("550 no")).toBe("");
    expect(host.say("503 bad", "503 bad", "503 bad")).toBe("");
    expect(host.verdicts).toEqual(six.map(() => "refused 550 MAIL"));
  });

  test("without the offer a window is one command", () => {
    const host = new Host(grouped);
    ready(host);
    expect(host.send(message(three))).toBe(MAIL);
  });

  test("MAIL refused with RCPT and DATA behind it: its reply is the verdict", () => {
    atEverySplit(grouped, {}, (host) => {
      ready(host, "GROUP");
      host.send(message(three));
      expect(host.say("550 no", "503 bad", "503 bad", "503 bad", "503 bad")).toBe("");
      expect(host.verdicts).toEqual(["refused 550 MAIL", "refused 550 MAIL", "refused 550 MAIL"]);
      expect(host.last("outcome")?.usable).toBe(true);
      expect(host.session.phase).toBe("ready");
    });
  });

  test("all RCPT refused, and 354 to DATA: the dot alone, and its reply counts for nothing", () => {
    atEverySplit(grouped, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP");
      host.send(message(three));
      expect(host.say("250 ok", "550 no", "550 no", "550 no", "354 go")).toBe(".\r\n");
      expect(host.say("250 queued")).toBe("RSET\r\n");
      host.say("250 ok");
      expect(host.events.some(({ type }) => type === "content")).toBe(false);
      expect(host.verdicts).toEqual(["refused 550 RCPT", "refused 550 RCPT", "refused 550 RCPT"]);
      expect(host.last("outcome")?.usable).toBe(true);
    });
  });

  test("MAIL refused, and 354 to DATA: whatever the dot is answered, RSET", () => {
    for (const answer of ["250 queued", "554 no"]) {
      const host = new Host(grouped, { content: ["x\r\n"] });
      ready(host, "GROUP");
      host.send(message(["a@x.example"]));
      expect(host.say("550 no", "503 bad", "354 go")).toBe(".\r\n");
      expect(host.say(answer)).toBe("RSET\r\n");
      host.say("250 ok");
      expect(host.verdicts).toEqual(["refused 550 MAIL"]);
      expect(host.last("outcome")?.usable).toBe(true);
    }
  });

  test("MAIL refused, a RCPT answered 250, 354 to DATA: an empty message might reach somebody, so the connection ends", () => {
    atEverySplit(grouped, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP");
      host.send(message(three));
      expect(host.say("550 no", "250 ok", "503 bad", "503 bad", "354 go")).toBe("");
      expect(host.verdicts).toEqual(["refused 550 MAIL", "refused 550 MAIL", "refused 550 MAIL"]);
      expect(host.ending).toBe("protocol");
    });
  });

  test("MAIL refused, and 250 to a RCPT behind it: nobody knows where the server is, so RSET", () => {
    atEverySplit(grouped, {}, (host) => {
      ready(host, "GROUP");
      host.send(message(["a@x.example"]));
      expect(host.say("550 no", "250 ok", "503 bad")).toBe("RSET\r\n");
      host.say("250 ok");
      expect(host.verdicts).toEqual(["refused 550 MAIL"]);
      expect(host.last("outcome")?.usable).toBe(true);
    });
  });

  test("DATA refused: its reply is the verdict of the accepted, and RSET ends the transaction", () => {
    atEverySplit(grouped, {}, (host) => {
      ready(host, "GROUP");
      host.send(message(three));
      expect(host.say("250 ok", "250 ok", "550 no", "250 ok", "451 later")).toBe("RSET\r\n");
      host.say("250 ok");
      expect(host.verdicts).toEqual(["refused 451 DATA", "refused 550 RCPT", "refused 451 DATA"]);
      expect(host.last("outcome")?.usable).toBe(true);
    });
  });

  test("the content refused at its end: a verdict for the accepted, and the connection is usable", () => {
    atEverySplit(grouped, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP");
      host.send(message(three));
      host.say("250 ok", "250 ok", "550 no", "250 ok", "354 go");
      expect(host.say("552 full")).toBe("");
      expect(host.verdicts).toEqual(["refused 552 DATA", "refused 550 RCPT", "refused 552 DATA"]);
      expect(host.last("outcome")?.usable).toBe(true);
    });
  });
});

describe("several transactions", () => {
  const composition = compose([group(10), few()]);

  test("each has its own content, and one outcome tells all", () => {
    atEverySplit(composition, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP", "FEW 2");
      expect(host.send(message(three, { reopenable: true }))).toBe(`${MAIL}${rcpt("a")}${rcpt("b")}DATA\r\n`);
      host.say("250 ok", "250 ok", "550 no", "354 go");
      expect(host.say("250 queued")).toBe(`${MAIL}${rcpt("c")}DATA\r\n`);
      host.say("250 ok", "250 ok", "354 go");
      host.say("452 full");
      const asked = host.events.flatMap((event) => (event.type === "content" ? [event.transaction] : []));
      expect(asked).toEqual([0, 1]);
      expect(host.verdicts).toEqual(["accepted", "refused 550 RCPT", "refused 452 DATA"]);
    });
  });

  test("a refused one is reset before the next", () => {
    atEverySplit(composition, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP", "FEW 2");
      host.send(message(three, { reopenable: true }));
      expect(host.say("250 ok", "550 no", "550 no", "503 bad")).toBe("RSET\r\n");
      expect(host.say("250 ok")).toBe(`${MAIL}${rcpt("c")}DATA\r\n`);
      host.say("250 ok", "250 ok", "354 go");
      host.say("250 queued");
      expect(host.verdicts).toEqual(["refused 550 RCPT", "refused 550 RCPT", "accepted"]);
    });
  });

  test("a connection lost between them leaves the first accepted and the second unsent", () => {
    atEverySplit(composition, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP", "FEW 2");
      host.send(message(three, { reopenable: true }));
      host.say("250 ok", "250 ok", "250 ok", "354 go");
      host.say("250 queued");
      host.feed(null);
      expect(host.verdicts).toEqual(["accepted", "accepted", "unsent"]);
    });
  });
});
