/** Plans: what is added, left out or refused, and why, before a byte is written. */
import { command, defineExtension, type Message } from "@posthorn/contract";
import { compose, type Plan } from "@posthorn/session";
import { none, token } from "@posthorn/wire";
import { describe, expect, expectTypeOf, test } from "vitest";
import { chunks, eight, few, group, marks, wide } from "./fixtures.ts";
import { Host, message, path } from "./host.ts";

const composition = compose([group(10), eight(), wide(), few(), marks()]);
const all = ["EIGHT", "WIDE", "FEW 2", "MARKS"];

const planned = (offer: readonly string[], given: Message<{ PRIO?: number }, { TAG?: string }>): Plan => {
  const host = new Host(composition);
  host.say("220 mx");
  host.say(...["mx", ...offer].map((line, at) => `250${at < offer.length ? "-" : " "}${line}`));
  const plan = host.session.plan(given);
  expect(host.session.take()).toBeUndefined();
  expect(host.session.plan(given)).toEqual(plan);
  return plan;
};

const reasons = (plan: Plan): readonly string[] => plan.refused.map(({ index, reason }) => `${index}: ${reason}`);

describe("parameters", () => {
  test("what an extension adds is noted; what the caller set stays", () => {
    const added = planned(all, message(["a@x.example"], { facts: { octets: "8bit" } }));
    expect(added.transactions[0]?.mail.params).toEqual({ BODY: "8BITMIME" });
    expect(added.notes).toContainEqual({ kind: "added", text: "BODY, by EIGHT" });
    const own = planned(all, message(["a@x.example"], { facts: { octets: "8bit" }, params: { BODY: "7BIT" } }));
    expect(own.transactions[0]?.mail.params).toEqual({ BODY: "7BIT" });
  });

  test("of two extensions that set one parameter the first wins, and the plan says so", () => {
    const setter = <const K extends "ONE" | "TWO", const V extends "A" | "B">(keyword: K, value: V) =>
      defineExtension({
        keyword,
        rfc: 0,
        capability: none,
        mail: { SET: { ...token([value]), tokens: [value], unoffered: "omit", adds: 6 } },
        client: { prepare: () => ({ mail: { SET: value } }) },
      });
    const host = new Host(compose([setter("ONE", "A"), setter("TWO", "B")]));
    host.say("220 mx");
    host.say("250-mx", "250-ONE", "250 TWO");
    const plan = host.session.plan(message(["a@x.example"]));
    expect(plan.transactions[0]?.mail.params).toEqual({ SET: "A" });
    expect(plan.notes).toEqual([
      { kind: "added", text: "SET, by ONE" },
      { kind: "note", text: "SET: TWO has another value for it; that of ONE stays" },
    ]);
  });

  test("what is not offered is left out, or refuses the message, or that recipient", () => {
    const given = message([], { params: { PRIO: 3 } });
    const to = [{ path: path("a@x.example") }, { path: path("b@x.example"), params: { TAG: "t" } }];
    const plan = planned(["EIGHT"], { ...given, to });
    expect(plan.transactions[0]?.mail.params).toEqual({});
    expect(plan.notes).toContainEqual({ kind: "omitted", text: "PRIO: the server does not offer MARKS" });
    expect(reasons(plan)).toEqual(["1: the server does not offer MARKS, which the parameter TAG needs"]);
    const refused = planned([], message(["a@x.example"], { params: { BODY: "7BIT" } }));
    expect(reasons(refused)).toEqual(["0: the server does not offer EIGHT, which the parameter BODY needs"]);
    expect(refused.transactions).toEqual([]);
  });

  test("for one recipient", () => {
    const plan = planned(all, message(["tagged@x.example", "nobody@x.example", "a@x.example"]));
    expect(plan.transactions[0]?.recipients.map(({ params, index }) => [index, params])).toEqual([
      [0, { TAG: "t" }],
      [2, {}],
    ]);
    expect(plan.notes).toContainEqual({ kind: "added", text: "TAG, by MARKS", recipient: 0 });
    expect(reasons(plan)).toEqual(["1: MARKS: there is nobody"]);
  });

  test("a value that has no encoding is a reason, and not a byte", () => {
    for (const PRIO of [10, -1, 1.5, Number.NaN]) {
      const plan = planned(all, message(["a@x.example"], { params: { PRIO } }));
      expect(plan.transactions).toEqual([]);
      expect(reasons(plan)[0]).toMatch(/^0: MAIL cannot be written: /);
    }
    for (const TAG of ["a\r\nRSET", "a b", "\0", "ä", "\u010d\u010a", "x".repeat(600)]) {
      const to = [{ path: path("a@x.example"), params: { TAG } }, { path: path("b@x.example") }];
      const plan = planned(all, { ...message([]), to });
      expect(reasons(plan)[0]).toMatch(/^0: RCPT cannot be written: /);
      expect(plan.transactions[0]?.recipients.map(({ index }) => index)).toEqual([1]);
    }
  });

  test("a parameter that nobody composed is refused, names of objects' own among them", () => {
    for (const name of ["NOPE", "__proto__", "constructor", "toString"]) {
      const params = Object.fromEntries([[name, "x"]]);
      expect(reasons(planned(all, message(["a@x.example"], { params })))).toEqual([
        `0: no composed extension has the parameter ${name}`,
      ]);
    }
  });
});

describe("paths", () => {
  test("controls, and what no path has, refuse the message or that recipient", () => {
    const bad = [
      "a\r\nDATA@x.example",
      "a\0@x.example",
      "a@x example",
      "a@",
      "a@x.example>",
      `${"a".repeat(65)}@x.example`,
    ];
    for (const text of bad) {
      const to = planned(all, message([text, "ok@x.example"]));
      expect(to.refused.map(({ index }) => index)).toEqual([0]);
      expect(to.transactions[0]?.recipients.length).toBe(1);
      expect(planned(all, message(["ok@x.example"], { from: path(text) })).transactions).toEqual([]);
    }
  });

  test("UTF-8 needs what widens the grammar", () => {
    const plain = planned(all, message(["ä@x.example", "b@x.example"]));
    expect(reasons(plain)).toEqual([
      "0: the forward-path is not ASCII, and nothing that the server offers and the message asks for allows that",
    ]);
    const widened = planned(all, message(["ä@x.example", "b@x.example"], { from: path("ö@here.example") }));
    expect(widened.refused).toEqual([]);
    expect(widened.transactions[0]?.mail.params).toEqual({ WIDE: null });
    const not = planned(["EIGHT"], message(["b@x.example"], { from: path("ö@here.example") }));
    expect(reasons(not)[0]).toMatch(/the reverse-path is not ASCII/);
  });

  test("the null reverse-path and Postmaster", () => {
    const host = new Host(compose([group(10)]));
    host.say("220 mx");
    host.say("250-mx", "250 GROUP");
    const to = [{ path: { local: "Postmaster", domain: "" } }];
    expect(host.send({ from: null, to, facts: { octets: "7bit" } })).toBe(
      "MAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nDATA\r\n",
    );
  });
});

describe("content", () => {
  test("8-bit and binary content, and content of which nothing is known, need an extension that carries them", () => {
    const without = planned([], message(["a@x.example"], { facts: {} }));
    expect(reasons(without)).toEqual(["0: the server offers no extension that carries 8-bit content"]);
    const binary = planned(all, message(["a@x.example"], { facts: { octets: "binary" } }));
    expect(reasons(binary)).toEqual(["0: the server offers no extension that carries binary content"]);
    expect(planned(all, message(["a@x.example"], { facts: {} })).refused).toEqual([]);
  });

  test("a CRLF that DATA adds, and long lines, are in the plan", () => {
    const plan = planned(
      all,
      message(["a@x.example"], { facts: { octets: "7bit", endsInCrlf: false, longestLine: 999 } }),
    );
    expect(plan.notes.filter(({ kind }) => kind === "changed")).toHaveLength(1);
    expect(plan.notes.some(({ text }) => text.includes("999"))).toBe(true);
    const none = planned(
      all,
      message(["a@x.example"], { facts: { octets: "7bit", endsInCrlf: true, longestLine: 998 } }),
    );
    expect(none.notes.map(({ text }) => text)).toEqual(["FEW: few at a time"]);
  });

  test("chunks change nothing", () => {
    const host = new Host(compose([chunks()]));
    host.say("220 mx");
    host.say("250-mx", "250 CHUNKS");
    const plan = host.session.plan(message(["a@x.example"], { facts: { octets: "binary", endsInCrlf: false } }));
    expect(plan.transactions[0]?.transfer).toBe("CHUNK");
    expect(plan.notes).toEqual([]);
  });

  test("more recipients than a transaction takes: split, or refused where content cannot be opened twice", () => {
    const to = ["a@x.example", "b@x.example", "c@x.example"];
    const split = planned(all, message(to, { reopenable: true }));
    expect(split.transactions.map(({ recipients }) => recipients.map(({ index }) => index))).toEqual([[0, 1], [2]]);
    for (const reopenable of [{}, { reopenable: false }]) {
      const refused = planned(all, message(to, reopenable));
      expect(refused.transactions).toEqual([]);
      expect(refused.refused.map(({ index }) => index)).toEqual([0, 1, 2]);
    }
    expect(planned(all, message(to.slice(0, 2))).transactions).toHaveLength(1);
  });
});

test("what was planned out is told with the outcome, and nothing is sent for nobody", () => {
  const host = new Host(composition, { content: ["x\r\n"] });
  host.say("220 mx");
  host.say("250-mx", "250 GROUP");
  expect(host.send(message(["ä@x.example"]))).toBe("");
  expect(host.verdicts).toEqual(["planned-out"]);
  expect(host.last("outcome")?.usable).toBe(true);
  host.send(message(["ä@x.example", "b@x.example"]));
  host.say("250 ok", "250 ok", "354 go");
  host.say("250 queued");
  expect(host.verdicts).toEqual(["planned-out", "accepted"]);
});

test("a plan that was changed by hand is checked before a byte of it leaves", () => {
  const host = new Host(composition);
  host.say("220 mx");
  host.say("250-mx", "250 GROUP");
  const plan = host.session.plan(message(["a@x.example", "b@x.example"]));
  const [transaction] = plan.transactions;
  if (transaction === undefined) throw new Error("nothing planned");
  const [first] = transaction.recipients;
  if (first === undefined) throw new Error("nobody planned");
  const forged = { ...first, path: { local: "x", domain: "x.example>\r\nRCPT TO:<y@y.example" } };
  expect(() => host.session.send({ ...plan, transactions: [{ ...transaction, recipients: [first, forged] }] })).toThrow(
    /cannot be written/,
  );
  expect(host.flush()).toBe("");
  expect(host.send(message(["a@x.example"]))).toContain("MAIL");
});

test("an extension whose requirements are not offered counts as not offered", () => {
  const needy = defineExtension({
    keyword: "NEEDY",
    rfc: 0,
    requires: ["EIGHT"],
    capability: none,
    client: { prepare: (_message, capability) => ({ note: capability === undefined ? "without" : "with" }) },
  });
  for (const offer of [["NEEDY"], ["NEEDY", "EIGHT"]]) {
    const host = new Host(compose([needy, eight()]));
    host.say("220 mx");
    host.say(...["mx", ...offer].map((line, at) => `250${at < offer.length ? "-" : " "}${line}`));
    expect(host.session.offered("NEEDY")).toBe(true);
    const { notes } = host.session.plan(message(["a@x.example"]));
    expect(notes).toEqual([{ kind: "note", text: `NEEDY: ${offer.length === 1 ? "without" : "with"}` }]);
    expect("NEEDY" in host.session.capabilities).toBe(offer.length === 2);
  }
});

test("a plan is for the offer that it was made under", () => {
  const host = new Host(composition);
  host.say("220 mx");
  host.say("250-mx", "250 MARKS");
  const plan = host.session.plan(message(["a@x.example"], { params: { PRIO: 3 } }));
  const helo = composition.row("EHLO")?.verb;
  if (helo === undefined) throw new Error("no EHLO");
  host.session.run(function* () {
    yield* command(helo, { kind: "domain", text: "client.example" });
  });
  host.flush();
  host.say("250 mx");
  expect(() => host.session.send(plan)).toThrow(/PRIO not recognized/);
  expect(host.flush()).toBe("");
});

test("types flow from the composition", () => {
  const { session } = new Host(composition);
  expectTypeOf(session.capabilities.FEW).toEqualTypeOf<number | undefined>();
  expectTypeOf<Parameters<typeof session.plan>[0]["params"]>().toEqualTypeOf<
    Partial<{ readonly PRIO?: number; readonly WIDE?: null; readonly BODY?: "8BITMIME" | "7BIT" }> | undefined
  >();
  // @ts-expect-error -- nobody composed NOPE
  expect(() => session.plan({ ...message([]), params: { NOPE: 1 } })).toThrow(/not ready/);
  // @ts-expect-error -- PRIO is a number
  expect(() => session.plan({ ...message([]), params: { PRIO: "1" } })).toThrow(/not ready/);
});
