/** The opening: greeting, hello, negotiation, and what stays when it fails. */
import { compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { known, secured } from "./fixtures.ts";
import { atEverySplit, Host, message } from "./host.ts";

const plain = compose([]);
const tls = { version: "TLSv1.3" };

describe("greeting and hello", () => {
  for (const greeting of ["554 no", "450 later"]) {
    test(`${greeting}: QUIT, refused`, () => {
      atEverySplit(plain, {}, (host) => {
        expect(host.session.awaiting).toEqual({ verb: "", octets: false });
        expect(host.say(greeting)).toBe("QUIT\r\n");
        host.say("221 bye");
        expect(host.ending).toBe("refused");
        expect(host.last("closed")?.reply?.code).toBe(Number(greeting.slice(0, 3)));
      });
    });
  }

  test("421 as the greeting: nothing is said", () => {
    atEverySplit(plain, {}, (host) => {
      expect(host.say("421 full")).toBe("");
      expect(host.ending).toBe("service");
    });
  });

  test("a greeting of another 2yz is none", () => {
    atEverySplit(plain, {}, (host) => {
      expect(host.say("250 hello")).toBe("");
      expect(host.ending).toBe("protocol");
    });
  });

  test("EHLO not known: HELO, and nothing is offered", () => {
    atEverySplit(plain, {}, (host) => {
      host.say("220 mx");
      expect(host.say("502-what", "502 PIPELINING")).toBe("HELO client.example\r\n");
      host.say("250-mx", "250 PIPELINING");
      expect(host.last("ready")?.capabilities).toEqual({});
      expect(host.session.offer.size).toBe(0);
      expect(host.session.hello).toEqual({ verb: "HELO", domain: "client.example" });
    });
  });

  test("EHLO 4yz, or HELO refused too: QUIT", () => {
    for (const replies of [["451 later"], ["500 what", "550 no"]]) {
      const host = new Host(plain);
      host.say("220 mx");
      const sent = replies.map((line) => host.say(line));
      expect(sent.at(-1)).toBe("QUIT\r\n");
      host.feed(null);
      expect(host.ending).toBe("refused");
    }
  });

  test("LMTP says LHLO, and nothing else", () => {
    const host = new Host(compose([], { protocol: "lmtp" }));
    expect(host.say("220 mx")).toBe("LHLO client.example\r\n");
    expect(host.say("500 what")).toBe("QUIT\r\n");
  });

  test("every keyword of the offer is kept, also those that nobody composed", () => {
    const host = new Host(plain);
    host.say("220 mx");
    host.say("250-mx", "250-size 1000", "250-__proto__ x", "250-SIZE 2000", "250 CONSTRUCTOR");
    expect([...host.session.offer]).toEqual([
      ["SIZE", "1000"],
      ["__PROTO__", "x"],
      ["CONSTRUCTOR", undefined],
    ]);
    expect(host.session.offered("SIZE")).toBe(true);
    expect(host.session.offered("toString")).toBe(false);
  });

  test("a name that is neither a domain nor a literal is refused before a byte is written", () => {
    for (const name of ["a b", "x\r\nMAIL FROM:<>", "", "č.example\u010d\u010a", "[1.2.3", "under_score"])
      expect(() => new Host(plain, {}, { name })).toThrow(/domain/);
    const host = new Host(plain, {}, { name: "[192.0.2.1]" });
    expect(host.say("220 mx")).toBe("EHLO [192.0.2.1]\r\n");
  });
});

describe("negotiation", () => {
  const both = compose([known("casper", "boo"), secured(true)]);

  test("security first, then a new EHLO, then who one is", () => {
    atEverySplit(both, {}, (host) => {
      host.say("220 mx");
      expect(host.say("250-mx", "250-KNOWN clear", "250 SECURED")).toBe("SECURE\r\n");
      expect(host.say("220 go")).toBe("");
      expect(host.events.map(({ type }) => type)).toEqual(["upgrade"]);
      expect(host.session.awaiting).toBeUndefined();
      host.session.upgraded(tls);
      expect(host.session.phase).toBe("connected");
      expect(host.session.offer.size).toBe(0);
      expect(host.flush()).toBe("EHLO client.example\r\n");
      expect(host.say("250-mx", "250 KNOWN")).toBe("LOGIN casper\r\n");
      expect(host.say("334 secret?")).toBe("boo\r\n");
      host.say("235 welcome");
      expect(host.last("ready")?.capabilities).toEqual({ KNOWN: "" });
      expect(host.session.tls).toEqual(tls);
    });
  });

  test("an offer that was stripped, and a server that knows HELO only, are noticed", () => {
    for (const hello of [["250-mx", "250 KNOWN"], ["500 what"]]) {
      const host = new Host(both);
      host.say("220 mx");
      let sent = host.say(...hello);
      if (sent.startsWith("HELO")) sent = host.say("250 mx");
      expect(sent).toBe("QUIT\r\n");
      host.say("221 bye");
      expect(host.last("closed")).toMatchObject({ code: "negotiation", reason: "the server offers no TLS" });
      expect(host.last("ready")).toBeUndefined();
    }
  });

  test("where it is not required, a refusal is passed over", () => {
    const host = new Host(compose([secured(false)]));
    host.say("220 mx");
    expect(host.say("250-mx", "250 SECURED")).toBe("SECURE\r\n");
    host.say("454 not now");
    expect(host.last("ready")).toBeDefined();
  });

  test("a second upgrade does not happen", () => {
    const host = new Host(both, {}, { tls });
    host.say("220 mx");
    expect(host.say("250-mx", "250-SECURED", "250 KNOWN")).toBe("LOGIN casper\r\n");
  });

  test("a login that fails ends it", () => {
    atEverySplit(compose([known("casper", "boo")]), {}, (host) => {
      host.say("220 mx");
      host.say("250-mx", "250 KNOWN");
      host.say("334 secret?");
      expect(host.say("535 no")).toBe("QUIT\r\n");
      host.say("221 bye");
      expect(host.last("closed")).toMatchObject({ code: "negotiation", reason: "not logged in: 535" });
    });
  });

  test("a server that asks without end is left", () => {
    atEverySplit(compose([known("casper", "boo")]), {}, (host) => {
      host.say("220 mx");
      host.say("250-mx", "250 KNOWN");
      for (let round = 0; round < 11; round++) host.say("334 more");
      expect(host.ending).toBe("protocol");
    });
  });

  test("what is told to an observer has no secret in it", () => {
    const host = new Host(compose([known("casper", "boo")]), { content: ["x\r\n"] }, { observe: true });
    host.say("220 mx");
    host.say("250-mx", "250 KNOWN");
    host.say("334 casper boo");
    host.say("235 welcome");
    host.send(message(["a@x.example"]));
    const told = JSON.stringify(host.events);
    expect(told).not.toContain("casper");
    expect(told).not.toContain("boo");
    expect(host.events.filter(({ type }) => type === "command")).toEqual([
      { type: "command", verb: "EHLO", raw: "client.example" },
      { type: "command", verb: "LOGIN", raw: undefined },
      { type: "command", verb: "MAIL", raw: "FROM:<from@here.example>" },
    ]);
  });
});
