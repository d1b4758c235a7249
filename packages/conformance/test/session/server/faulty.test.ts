/** Extensions that are wrong: the host hears of it, the peer gets a refusal, and the session goes on where it can. */
import { defineExtension, ok, reply, verb } from "@posthorn/contract";
import type { Decoder, Reply, Verb } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import { none } from "@posthorn/wire";
import { describe, expect, test } from "vitest";
import { codes, Host, types } from "./driver.ts";

const HELLO = "EHLO client.example\r\n";
const ENVELOPE = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

const simple: Verb<null, never, "XANY"> = verb("XANY", {
  syntax: "XANY",
  args: none,
  from: ["ready"],
  on: { 2: { to: "same" } },
  group: "last",
});

const throwing = (): never => {
  throw new Error("a mistake of its author");
};

describe("hooks", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a word", "250"],
    ["a promise", Promise.resolve(reply(250))],
    ["a reply without lines", { code: 250 }],
    ["a generator of nothing", (function* () {})()],
    [
      "a generator of nonsense",
      (function* (): Generator {
        yield undefined;
      })(),
    ],
    [
      "a generator of what is no operation",
      (function* (): Generator {
        yield { op: "no" };
      })(),
    ],
    [
      "a challenge that its row does not have",
      (function* (): Generator {
        yield { op: "challenge", reply: reply(334) };
      })(),
    ],
  ])("a handler that returns %s is 451", (_what, result) => {
    const wrong = defineExtension({
      keyword: "XWRONG",
      rfc: 0,
      capability: none,
      verbs: [simple],
      server: { advertise: () => null, handle: { XANY: () => result as Reply } },
    });
    const host = new Host(compose([wrong]));
    host.say(HELLO);
    expect(codes(host.say("XANY\r\nNOOP\r\n"))).toEqual([451, 250]);
    expect(host.told.filter((text) => text.includes('"error"'))).toHaveLength(1);
  });

  test("those that throw refuse: offers are not made, vetoes and limits hold", () => {
    const wrong = defineExtension({
      keyword: "XWRONG",
      rfc: 0,
      capability: none,
      verbs: [simple],
      server: { advertise: throwing, withheld: throwing, handle: { XANY: () => reply(250) } },
    });
    const veto = defineExtension({
      keyword: "XVETO",
      rfc: 0,
      capability: none,
      server: { advertise: () => null, admit: { MAIL: (args) => (args.path === null ? throwing() : undefined) } },
    });
    const limit = defineExtension({
      keyword: "XLIMIT",
      rfc: 0,
      capability: none,
      server: { advertise: () => null, limit: throwing },
    });
    const host = new Host(compose([wrong, veto, limit]));
    expect(host.say(HELLO)).toBe("250-mx.example.org\r\n250-XVETO\r\n250 XLIMIT\r\n");
    expect(codes(host.say(`XANY\r\nMAIL FROM:<>\r\n${ENVELOPE}`))).toEqual([502, 451, 250, 250]);
    expect(codes(host.say("DATA\r\nx\r\n.\r\nNOOP\r\n"))).toEqual([354, 451, 250]);
    expect(types(host.told)).not.toContain("content");
  });

  test("an offer that cannot be written is not made", () => {
    const wrong = defineExtension({
      keyword: "XWRONG",
      rfc: 0,
      capability: { decode: (raw = "") => ok(raw), encode: () => "x".repeat(600) },
      server: { advertise: () => "" },
    });
    const host = new Host(compose([wrong]));
    expect(host.say(HELLO)).toBe("250 mx.example.org\r\n");
    expect(host.session.offered("XWRONG")).toBe(false);
  });

  test("an amendment that fails is 451 for the client, whatever was meant, and moves as that", () => {
    const wrong = defineExtension({
      keyword: "XWRONG",
      rfc: 0,
      capability: none,
      server: { advertise: () => null, amend: (wire) => ({ ...wire, code: 299 }) },
    });
    const host = new Host(compose([wrong]));
    host.say(HELLO);
    expect(host.say("NOOP\r\n")).toBe("451 Local error in processing\r\n");
    expect(codes(host.say("MAIL FROM:<>\r\n"))).toEqual([451]);
    expect([host.session.phase, host.session.mail]).toEqual(["ready", undefined]);
  });
});

describe("framing", () => {
  const framed = (decoder: () => Decoder<Uint8Array>, carries: "content" | "items") =>
    defineExtension({
      keyword: "XFRAME",
      rfc: 0,
      capability: none,
      verbs: [
        verb("XFRAME", {
          syntax: "XFRAME",
          args: none,
          from: ["ready", "rcpt"],
          on: {},
          group: "last",
          intake: {
            opens: "with-command",
            carries,
            decode: decoder,
            encode: throwing,
            last: () => false,
            then: { 2: { to: "same" }, 4: { to: "same" }, 5: { to: "same" } },
          },
        }),
      ],
      server: { advertise: () => null, handle: { XFRAME: () => reply(250) } },
    });
  const decoder = (step: Decoder<Uint8Array>["step"]): Decoder<Uint8Array> => ({
    out: undefined,
    done: false,
    fault: undefined,
    step,
  });

  test.each<[string, () => Decoder<Uint8Array>]>([
    ["cannot be made", throwing],
    ["throws", () => decoder(throwing)],
    ["stands still", () => decoder((_chunk, from) => from)],
    ["goes back", () => decoder((_chunk, from) => from - 1)],
    ["goes too far", () => decoder((_chunk, _from, end) => end + 1)],
    ["is lost", () => decoder(() => Number.NaN)],
  ])("a decoder that %s is 421", (_what, made) => {
    for (const carries of ["content", "items"] as const) {
      const host = new Host(compose([framed(made, carries)]));
      host.say(HELLO + ENVELOPE);
      expect(codes(host.say("XFRAME\r\nabc\r\nNOOP\r\n"))).toEqual([421]);
      expect(types(host.told).at(-1)).toBe("closed");
    }
  });

  test("a fatal fault closes with its reply, whatever it is", () => {
    const fatal = (): Decoder<Uint8Array> =>
      decoder(function (this: Decoder<Uint8Array>, _chunk, from) {
        this.fault = { code: "lost", reply: reply(501, "5.5.4", "Lost"), fatal: true };
        return from;
      });
    const host = new Host(compose([framed(fatal, "items")]));
    host.say(HELLO);
    expect(codes(host.say("XFRAME\r\nabc\r\nNOOP\r\n"))).toEqual([501]);
    expect(types(host.told).slice(-2)).toEqual(["fault", "closed"]);
  });
});
