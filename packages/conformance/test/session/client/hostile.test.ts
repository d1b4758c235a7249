/**
 * Hostile servers (security.md C6, C8 to C12): each script is what a server sends in answer to each thing the client
 * sends, and how it must end. Nothing is ever accepted by them, nothing is sent behind the end, nothing throws.
 */
import { compose, type Composition, NEED_DATA } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { chunks, group, known, secured } from "./fixtures.ts";
import { atEverySplit, Host, message, octets } from "./host.ts";

const composition = compose([group(10), secured(false)]);
type Composed = typeof composition extends Composition<infer X> ? X : never;
const OFFER = "250-mx\r\n250 GROUP\r\n";

/** A server that answers the n-th write of the client with the n-th text, the greeting first. */
interface Script {
  readonly name: string;
  readonly says: readonly string[];
  readonly ends: "protocol" | "service" | "refused" | "eof" | undefined;
  readonly verdict?: string;
  /** Parts of one text come together: another cut would be another server. */
  readonly together?: true;
}

const AT_END = ["220 mx\r\n", OFFER, "250 ok\r\n250 ok\r\n354 go\r\n"] as const;
const final = (text: string): readonly string[] => [...AT_END, text];

const scripts: readonly Script[] = [
  { name: "a greeting that is no reply", says: ["HTTP/1.1 400 Bad Request\r\n"], ends: "protocol" },
  { name: "an empty line for a greeting", says: ["\r\n"], ends: "protocol" },
  { name: "two greetings", says: ["220 mx\r\n220 mx\r\n"], ends: "protocol", together: true },
  { name: "a greeting of 1yz", says: ["120 wait\r\n"], ends: "protocol" },
  { name: "a greeting of 3yz", says: ["354 go\r\n"], ends: "protocol" },
  { name: "a bare LF", says: ["220 mx\n"], ends: "protocol" },
  { name: "a bare CR", says: ["220 mx\rx\r\n"], ends: "protocol" },
  { name: "a NUL", says: ["220 m\0x\r\n"], ends: "protocol" },
  { name: "an escape sequence", says: ["220 m\x1b[2Jx\r\n"], ends: "protocol" },
  { name: "two digits", says: ["22\r\n"], ends: "protocol" },
  { name: "four digits", says: ["2200 mx\r\n"], ends: "protocol" },
  { name: "a code that runs into its text", says: ["220mx\r\n"], ends: "protocol" },
  { name: "an EHLO reply that changes its code", says: ["220 mx\r\n", "250-mx\r\n550 GROUP\r\n"], ends: "protocol" },
  { name: "a blank line inside a reply", says: ["220 mx\r\n", "250-mx\r\n\r\n250 GROUP\r\n"], ends: "protocol" },
  { name: "354 to EHLO", says: ["220 mx\r\n", "354 go\r\n"], ends: "protocol" },
  { name: "an endless line", says: [`220 ${"x".repeat(5000)}`], ends: "protocol" },
  { name: "a reply of endless lines", says: ["220 mx\r\n", "250-x\r\n".repeat(600)], ends: "protocol" },
  {
    name: "a reply of endless octets",
    says: ["220 mx\r\n", `250-${"x".repeat(4000)}\r\n`.repeat(20)],
    ends: "protocol",
  },
  { name: "a reply behind EHLO's", says: ["220 mx\r\n", `${OFFER}250 ok\r\n`], ends: "protocol", together: true },
  { name: "354 to MAIL", says: ["220 mx\r\n", OFFER, "354 go\r\n"], ends: "protocol", verdict: "unsent" },
  { name: "354 to RCPT", says: ["220 mx\r\n", OFFER, "250 ok\r\n354 go\r\n"], ends: "protocol", verdict: "unsent" },
  {
    name: "250 to DATA without 354",
    says: ["220 mx\r\n", OFFER, "250 ok\r\n250 ok\r\n250 queued\r\n"],
    ends: "protocol",
    verdict: "unsent",
  },
  {
    name: "250 behind 354, before the content",
    says: ["220 mx\r\n", OFFER, "250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n"],
    ends: "protocol",
    verdict: "unsent",
    together: true,
  },
  { name: "354 to the content", says: final("354 more\r\n"), ends: "protocol", verdict: "in-doubt" },
  { name: "354 twice, and then 250", says: final("354 go\r\n250 queued\r\n"), ends: "protocol", verdict: "in-doubt" },
  { name: "garbage to the content", says: final("ok, thanks\r\n"), ends: "protocol", verdict: "in-doubt" },
  { name: "half a reply to the content, and the end", says: final("250 que"), ends: "eof", verdict: "in-doubt" },
  { name: "half a multi-line reply, and the end", says: final("250-queued\r\n"), ends: "eof", verdict: "in-doubt" },
  { name: "a control in the final reply", says: final("250 que\x07ued\r\n"), ends: "protocol", verdict: "in-doubt" },
  {
    name: "two codes in the final reply",
    says: final("250-queued\r\n550 no\r\n"),
    ends: "protocol",
    verdict: "in-doubt",
  },
  { name: "a code of 6yz", says: final("650 queued\r\n"), ends: "protocol", verdict: "in-doubt" },
  {
    name: "421 in the middle of a group",
    says: ["220 mx\r\n", OFFER, "250 ok\r\n421 no\r\n250 ok\r\n"],
    ends: "service",
    verdict: "refused 421 RCPT",
  },
  { name: "421 to QUIT", says: ["554 no\r\n", "421 no\r\n"], ends: "refused" },
  { name: "garbage to QUIT", says: ["554 no\r\n", "whatever\n"], ends: "refused" },
  { name: "nothing at all", says: [""], ends: "eof" },
];

describe("scripts", () => {
  for (const { name, says, ends, verdict, together } of scripts) {
    test(name, () => {
      const body = (host: Host<Composed>): void => {
        for (const [at, text] of says.entries()) {
          if (at > 0) host.flush();
          const sent = text === "" ? "" : host.feed(octets(text));
          expect(host.ending !== undefined && sent.includes("\r\n.\r\n")).toBe(false);
          if (
            host.last("ready") !== undefined &&
            host.session.awaiting === undefined &&
            host.last("outcome") === undefined &&
            host.ending === undefined
          )
            host.send(message(["a@x.example"]));
        }
        host.feed(null);
        expect(host.ending).toBe(ends);
        expect(host.verdicts).toEqual(verdict === undefined ? [] : [verdict]);
        expect(host.events.filter(({ type }) => type === "closed")).toHaveLength(1);
        expect(host.events.at(-1)?.type).toBe("closed");
        expect(host.flush()).toBe("");
        host.feed(octets("250 ok\r\n"));
        expect(host.events.at(-1)?.type).toBe("closed");
      };
      if (together === true) body(new Host(composition, { content: ["x\r\n"] }));
      else atEverySplit(composition, { content: ["x\r\n"] }, body);
    });
  }
});

describe("C6: octets behind the reply that begins TLS", () => {
  for (const behind of ["250-x\r\n250 AUTH PLAIN\r\n", "250", "2", "421 no\r\n", "\r\n"]) {
    test(JSON.stringify(behind), () => {
      const host = new Host(composition);
      host.say("220 mx");
      expect(host.say("250-mx", "250 SECURED")).toBe("SECURE\r\n");
      host.feed(octets(`220 go\r\n${behind}`));
      expect(host.events.map(({ type }) => type)).toEqual(["closed"]);
      expect(host.ending).toBe("protocol");
      expect(() => host.session.upgraded({ version: "TLSv1.3" })).toThrow(/upgrade/);
    });

    test(`${JSON.stringify(behind)}, in a chunk of its own, before the handshake`, () => {
      for (const early of [true, false]) {
        const host = new Host(composition);
        host.say("220 mx");
        host.say("250-mx", "250 SECURED");
        host.say("220 go");
        expect(host.last("upgrade")).toBeDefined();
        host.session.receive(octets(behind));
        if (early) host.session.upgraded({ version: "TLSv1.3" });
        host.drain();
        expect(host.ending).toBe("protocol");
        expect(host.flush()).toBe("");
      }
    });
  }

  test("nothing of before is known after it", () => {
    const host = new Host(compose([secured(true), known("casper", "boo")]));
    host.say("220 mx");
    host.say("250-mx", "250-KNOWN", "250 SECURED");
    host.say("220 go");
    host.session.upgraded({ version: "TLSv1.3" });
    expect(host.session.offer.size).toBe(0);
    expect(host.session.hello).toBeUndefined();
    expect(host.session.capabilities).toEqual({});
    expect(host.flush()).toBe("EHLO client.example\r\n");
    expect(host.say("250 mx")).toBe("QUIT\r\n");
  });
});

describe("replies that nothing asked for", () => {
  test("between messages", () => {
    atEverySplit(composition, {}, (host) => {
      host.say("220 mx");
      host.feed(octets(OFFER));
      host.say("250 by the way");
      expect(host.ending).toBe("protocol");
    });
  });

  test("while the host writes content", () => {
    for (const text of ["250 queued", "552 too much", "354 go on", "x"]) {
      const host = new Host(composition);
      host.say("220 mx");
      host.feed(octets(OFFER));
      host.send(message(["a@x.example"]));
      host.say("250 ok", "250 ok", "354 go");
      host.session.write(octets("x\r\n"));
      host.flush();
      host.say(text);
      expect(host.verdicts).toEqual(["unsent"]);
      expect(host.ending).toBe("protocol");
      host.session.end();
      expect(host.flush()).toBe("");
    }
  });

  test("a reply that came before its command left is none, however well it fits", () => {
    const host = new Host(compose([chunks()]), { content: ["x"] });
    host.say("220 mx");
    host.say("250-mx", "250 CHUNKS");
    host.send(message(["a@x.example"]));
    host.say("250 ok");
    host.say("250 ok", "250 queued already");
    expect(host.verdicts).toEqual(["unsent"]);
    expect(host.ending).toBe("protocol");
    expect(host.flush()).toBe("");
  });

  test("nor is it where the host sends at once, before it looks at the rest of what it received", () => {
    const { session } = new Host(compose([chunks()]));
    const said = (text: string): readonly string[] => {
      const told: string[] = [];
      session.receive(octets(text));
      for (let event = session.next(); event !== NEED_DATA; event = session.next()) {
        told.push(event.type);
        if (event.type === "ready") session.send(session.plan(message(["a@x.example"])));
        if (event.type === "content") session.end();
        if (event.type === "outcome") told.push(...event.verdicts.map(({ kind }) => kind));
        session.take();
      }
      session.take();
      return told;
    };
    said("220 mx\r\n");
    expect(said("250-mx\r\n250 CHUNKS\r\n")).toEqual(["ready"]);
    expect(said("250 ok\r\n")).toEqual([]);
    expect(said("250 ok\r\n250 queued already\r\n")).toEqual(["content", "outcome", "in-doubt", "closed"]);
  });

  test("the end of the content was written and had not left", () => {
    const host = new Host(composition);
    host.say("220 mx");
    host.feed(octets(OFFER));
    host.send(message(["a@x.example"]));
    host.say("250 ok", "250 ok", "354 go");
    host.session.write(octets("x\r\n"));
    host.session.end();
    host.session.receive(octets("250 queued\r\n"));
    host.drain();
    expect(host.verdicts).toEqual(["unsent"]);
  });
});

test("octets above 127 in a reply are kept", () => {
  const host = new Host(composition);
  host.feed(Uint8Array.of(...octets("220 m"), 0xfc, ...octets("x\r\n")));
  expect(host.session.greeting?.octets?.[0]).toEqual(Uint8Array.of(109, 0xfc, 120));
});

test("a reply of a bare code is a reply", () => {
  const host = new Host(composition, { content: ["x\r\n"] });
  host.say("220");
  host.say("250 ");
  host.send(message(["a@x.example"]));
  for (const code of ["250", "250", "354 "]) host.say(code);
  host.say("250");
  expect(host.verdicts).toEqual(["accepted"]);
});

test("what a server says enters a reason as one harmless line", () => {
  const host = new Host(composition);
  host.feed(octets("554 \u202egone\u2028\u0085away\r\n"));
  host.feed(null);
  expect(host.last("closed")?.reason).toMatch(/^[\x20-\x7e]+$/);
});
