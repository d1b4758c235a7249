/** Rows that no extension of ours has: what the session reads from a row it reads from the row, and from nothing else. */
import { challenge, defineExtension, reply, verb } from "@posthorn/contract";
import type { Decoder, Verb } from "@posthorn/contract";
import { countedDecoder, countedEncoder } from "@posthorn/data";
import { compose } from "@posthorn/session";
import { integer, lineDecoder, lineEncoder, none } from "@posthorn/wire";
import { expect, test } from "vitest";
import { codes, Host, types } from "./driver.ts";

const HELLO = "EHLO client.example\r\n";
const ENVELOPE = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

const piece: Verb<number, Uint8Array, "XPIECE"> = verb("XPIECE", {
  syntax: "XPIECE SP size",
  args: integer({ max: 100 }),
  from: ["rcpt"],
  on: {},
  group: "free",
  intake: {
    opens: "with-command",
    carries: "content",
    decode: (size) => countedDecoder(size),
    encode: (size) => countedEncoder(size),
    last: (size) => size === 9,
    then: { 2: { to: "same" }, 4: { to: "same" }, 5: { to: "same" } },
    answers: "recipients",
  },
});

const pieces = defineExtension({
  keyword: "XPIECES",
  rfc: 0,
  capability: none,
  verbs: [piece],
  server: {
    advertise: () => null,
    limit: () => ({ octets: 4, reply: reply(552, "5.3.4", "Full") }),
    admit: { XPIECE: (size) => (size === 9 || size === 8 ? reply(550, "5.7.1", "Not that size") : undefined) },
  },
});

test("after a piece was refused, further pieces of that transaction are too, even where a row goes on", () => {
  const host = new Host(compose([pieces]));
  host.say(HELLO + ENVELOPE);
  expect(codes(host.say("XPIECE 3\r\nabcXPIECE 3\r\ndefXPIECE 1\r\ngXPIECE 1\r\nhNOOP\r\n"))).toEqual([
    250, 552, 552, 552, 250,
  ]);
  expect(types(host.told).filter((type) => type === "transfer" || type === "dropped")).toEqual(["transfer", "dropped"]);
  host.say(`RSET\r\n${ENVELOPE}`);
  expect(codes(host.say("XPIECE 3\r\nabc"))).toEqual([250]);
});

test("after the host refused a piece, it is not asked again in that transaction", () => {
  const host = new Host(compose([pieces]), {
    policy: ({ type }) => (type === "transfer" ? reply(452, "4.3.1", "Full") : undefined),
  });
  host.say(HELLO + ENVELOPE);
  expect(codes(host.say("XPIECE 3\r\nabcXPIECE 3\r\ndef"))).toEqual([452, 452]);
  expect(types(host.told).filter((type) => type === "transfer")).toHaveLength(1);
});

test("a veto of announced octets is answered when they were consumed: in LMTP for each recipient, where they end the message", () => {
  const host = new Host(compose([pieces], { protocol: "lmtp" }));
  host.say(`LHLO x\r\n${ENVELOPE}RCPT TO:<e@f>\r\n`);
  expect(host.say("XPIECE 8\r\nQUIT\r\n")).toBe("");
  expect(codes(host.say("\r\n"))).toEqual([550]);
  expect(codes(host.say("XPIECE 9\r\nQUIT\r\nab\r"))).toEqual([550, 550]);
  expect(types(host.told)).not.toContain("transfer");
});

test("a refusal because of the phase moves nothing, whatever the row does with 5yz", () => {
  const end: Verb<null, never, "XEND"> = verb("XEND", {
    syntax: "XEND",
    args: none,
    from: ["mail"],
    on: { 2: { to: "same" }, 5: { to: "closing" } },
    group: "last",
  });
  const ends = defineExtension({
    keyword: "XEND",
    rfc: 0,
    capability: none,
    verbs: [end],
    server: { advertise: () => null, handle: { XEND: () => reply(550, "5.0.0", "The end") } },
  });
  const host = new Host(compose([ends]));
  expect(codes(host.say(`${HELLO}XEND\r\nMAIL FROM:<>\r\nXEND\r\nNOOP\r\n`))).toEqual([250, 503, 250, 550]);
  expect(types(host.told).at(-1)).toBe("closed");
});

test("before and after octets a row may have different replies", () => {
  const later: Verb<null, Uint8Array, "XLATER"> = verb("XLATER", {
    syntax: "XLATER",
    args: none,
    from: ["ready"],
    on: { 3: "opens", 5: { to: "same" } },
    group: "last",
    intake: {
      opens: "on-3yz",
      carries: "items",
      decode: () => lineDecoder(100),
      encode: () => lineEncoder(100),
      last: () => false,
      then: { 2: { to: "closing" }, 5: { to: "same" } },
    },
  });
  const handler = (rounds: number) =>
    defineExtension({
      keyword: "XLATER",
      rfc: 0,
      capability: none,
      verbs: [later],
      server: {
        advertise: () => null,
        handle: {
          *XLATER() {
            for (let nth = 0; nth < rounds; nth++) yield* challenge(later, reply(350, "Go on"));
            return reply(250, "2.0.0", "Done");
          },
        },
      },
    });
  const said = (rounds: number): readonly number[] =>
    codes(new Host(compose([handler(rounds)])).say(`${HELLO}XLATER\r\na\r\nNOOP\r\n`));
  expect(said(0)).toEqual([250, 451, 500, 250]);
  expect(said(1)).toEqual([250, 350, 250]);
  expect(said(2)).toEqual([250, 350, 451, 250]);
});

test("content that is no octets is 421", () => {
  const made = (): Decoder<number> => ({
    out: 5,
    done: true,
    fault: undefined,
    step: (_chunk, from) => from,
  });
  const wrong: Verb<null, number, "XWRONG"> = verb("XWRONG", {
    syntax: "XWRONG",
    args: none,
    from: ["rcpt"],
    on: {},
    group: "last",
    intake: {
      opens: "with-command",
      carries: "content",
      decode: made,
      encode: () => ({ write: () => new Uint8Array(0), end: () => new Uint8Array(0) }),
      last: () => true,
      then: { 2: { to: "same" } },
    },
  });
  const extension = defineExtension({
    keyword: "XWRONG",
    rfc: 0,
    capability: none,
    verbs: [wrong],
    server: { advertise: () => null },
  });
  const host = new Host(compose([extension]));
  host.say(HELLO + ENVELOPE);
  expect(codes(host.say("XWRONG\r\nNOOP\r\n"))).toEqual([421]);
  expect(types(host.told).slice(-3)).toEqual(["fault", "dropped", "closed"]);
});
