/** The standard set in a client's session: what it plans for each kind of message, by what the server offers. */
import type { Facts, Mailbox } from "@posthorn/contract";
import { standardClient } from "@posthorn/esmtp";
import type { Standard, StandardClientOptions } from "@posthorn/esmtp";
import { ClientSession, compose } from "@posthorn/session";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const OFFERS = ["PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "BINARYMIME"];

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A session that has read a greeting and an EHLO reply. */
const greeted = (
  offers: readonly string[],
  options: StandardClientOptions = { tls: "none" },
): ClientSession<Standard> => {
  const session = new ClientSession(compose(standardClient(options)), { name: "client.example" });
  session.receive(octets("220 mx.example ESMTP\r\n"));
  while (typeof session.next() === "object");
  session.take();
  const lines = ["mx.example", ...offers];
  session.receive(octets(lines.map((line, at) => `250${at === lines.length - 1 ? " " : "-"}${line}\r\n`).join("")));
  return session;
};

const ready = (offers: readonly string[]): ClientSession<Standard> => {
  const session = greeted(offers);
  while (typeof session.next() === "object");
  return session;
};

const plain: Mailbox = { local: "user", domain: "example.com" };
const wide: Mailbox = { local: "用户", domain: "example.com" };

const plan = (offers: readonly string[], facts: Facts, to: readonly Mailbox[] = [plain]) =>
  ready(offers).plan({ from: plain, to: to.map((path) => ({ path })), facts });

describe("what a message needs is asked for, or refused with its reason", () => {
  test("8-bit content (RFC 6152 §3)", () => {
    expect(plan(OFFERS, { octets: "8bit" }).transactions[0]?.mail.params).toEqual({ BODY: "8BITMIME" });
    expect(plan(OFFERS, {}).transactions[0]?.mail.params).toEqual({ BODY: "8BITMIME" });
    const without = OFFERS.filter((offer) => offer !== "8BITMIME");
    for (const facts of [{}, { octets: "8bit" }] satisfies Facts[]) {
      expect(plan(without, facts).transactions).toEqual([]);
      expect(plan(without, facts).refused[0]?.reason).toContain("8BITMIME");
    }
    expect(plan(without, { octets: "7bit" }).transactions[0]?.mail.params).toEqual({});
  });

  test("binary content goes by BDAT or not at all (RFC 3030 §3)", () => {
    const binary = plan(OFFERS, { octets: "binary" }).transactions[0];
    expect([binary?.mail.params, binary?.transfer]).toEqual([{ BODY: "BINARYMIME" }, "BDAT"]);
    for (const gone of ["BINARYMIME", "CHUNKING", "8BITMIME"]) {
      const offers = OFFERS.filter((offer) => offer !== gone);
      expect(plan(offers, { octets: "binary" }).refused[0]?.reason).toContain("BINARYMIME");
    }
  });

  test("size (RFC 1870)", () => {
    expect(plan(OFFERS, { octets: "7bit", size: 1000 }).transactions[0]?.mail.params).toEqual({ SIZE: 1000 });
    expect(plan(OFFERS, { octets: "7bit", size: 1001 }).refused[0]?.reason).toContain("1001 octets");
    expect(plan([], { octets: "7bit", size: 1001 }).transactions[0]?.mail.params).toEqual({});
  });

  test("internationalized addresses and header sections (RFC 6531 §3.2)", () => {
    const facts: Facts = { octets: "7bit" };
    expect(plan(OFFERS, facts, [plain, wide]).transactions[0]?.mail.params).toEqual({ SMTPUTF8: true });
    expect(plan(OFFERS, { ...facts, utf8Headers: true }).transactions[0]?.mail.params).toEqual({ SMTPUTF8: true });
    for (const gone of ["SMTPUTF8", "8BITMIME"]) {
      const offers = OFFERS.filter((offer) => offer !== gone);
      const partly = plan(offers, facts, [plain, wide]);
      expect(partly.refused.map(({ index, reason }) => [index, reason.includes("SMTPUTF8")])).toEqual([[1, true]]);
      expect(partly.transactions[0]?.recipients.map(({ index }) => index)).toEqual([0]);
      expect(plan(offers, { ...facts, utf8Headers: true }).transactions).toEqual([]);
    }
  });
});

test("DSN: sent where it is offered, else left out, listed and noted (RFC 3461 §5.2.2)", () => {
  const message = {
    from: plain,
    params: { RET: "HDRS", ENVID: "QQ+314159" },
    to: [{ path: plain, params: { NOTIFY: ["SUCCESS"], ORCPT: { type: "rfc822", address: "a+b@example.com" } } }],
    facts: { octets: "7bit" },
  } as const;
  const sent = ready(OFFERS).plan(message);
  expect(sent.transactions[0]?.recipients[0]?.params).toEqual(message.to[0].params);
  const left = ready([]).plan(message);
  expect(left.transactions[0]?.mail.params).toEqual({});
  expect(left.transactions[0]?.recipients[0]?.params).toEqual({});
  expect(left.notes.filter(({ kind }) => kind === "omitted").map(({ text }) => text.split(":")[0])).toEqual([
    "RET",
    "ENVID",
    "NOTIFY",
    "ORCPT",
  ]);
  expect(left.notes.some(({ kind, text }) => kind === "note" && text.includes("RFC 3461 §5.2.2"))).toBe(true);
});

test("whatever is offered: nothing 8-bit, binary or international goes to a server that did not say it takes it (A18, A19)", () => {
  const facts = fc.record(
    {
      octets: fc.constantFrom("7bit" as const, "8bit" as const, "binary" as const),
      utf8Headers: fc.boolean(),
      size: fc.nat(2000),
    },
    { requiredKeys: [] },
  );
  const offered = (offers: readonly string[], keyword: string): boolean =>
    offers.some((offer) => offer.split(" ")[0] === keyword);
  fc.assert(
    fc.property(
      fc.subarray(OFFERS),
      facts,
      fc.array(fc.constantFrom(plain, wide), { minLength: 1 }),
      (offers, given, to) => {
        const made = plan(offers, given, to);
        const goes = made.transactions.length > 0;
        const refused = new Set(made.refused.map(({ index }) => index));
        expect(made.transactions.flatMap(({ recipients }) => recipients).length + refused.size).toBe(to.length);
        const international =
          given.utf8Headers === true || to.some((path, index) => path === wide && !refused.has(index));
        expect(goes && international && !offered(offers, "SMTPUTF8")).toBe(false);
        expect(goes && given.octets !== "7bit" && !offered(offers, "8BITMIME")).toBe(false);
        expect(goes && given.octets === "binary" && !offered(offers, "BINARYMIME")).toBe(false);
      },
    ),
  );
});

describe("STARTTLS", () => {
  /** What is told and sent after the EHLO reply, with an answer to each line that was sent. */
  const events = (offers: readonly string[], options: StandardClientOptions, ...answers: readonly string[]) => {
    const session = greeted(offers, options);
    const seen: unknown[] = [];
    const sent: string[] = [];
    const pump = (): void => {
      for (let event = session.next(); typeof event === "object"; event = session.next())
        seen.push(event.type === "closed" ? event.code : event.type);
      sent.push(new TextDecoder().decode(session.take()));
    };
    pump();
    for (const answer of answers) {
      session.receive(octets(answer));
      pump();
    }
    return { seen, sent: sent.join("") };
  };

  test("required and stripped: no mail (C7)", () => {
    const bye = "221 bye\r\n";
    expect(events(["SIZE"], { tls: "required" }, bye)).toEqual({ seen: ["negotiation"], sent: "QUIT\r\n" });
    const refused = events(["STARTTLS"], { tls: "required" }, "454 4.7.0 not now\r\n", bye);
    expect(refused).toEqual({ seen: ["negotiation"], sent: "STARTTLS\r\nQUIT\r\n" });
  });

  test("opportunistic: on without it; none: not asked for", () => {
    expect(events(["SIZE"], {}).seen).toEqual(["ready"]);
    expect(events(["STARTTLS"], {}, "454 4.7.0 not now\r\n")).toMatchObject({ seen: ["ready"], sent: "STARTTLS\r\n" });
    expect(events(["STARTTLS"], { tls: "none" })).toMatchObject({ seen: ["ready"], sent: "" });
  });

  test("220 upgrades; octets that came along with it are an error before any handshake (C6)", () => {
    expect(events(["STARTTLS"], { tls: "required" }, "220 go\r\n").seen).toEqual(["upgrade"]);
    for (const tail of ["250-x\r\n250 AUTH PLAIN\r\n", "250"])
      expect(events(["STARTTLS"], { tls: "required" }, `220 go\r\n${tail}`).seen).toEqual(["protocol"]);
  });
});
