/** What a session hands out in pieces: a group of commands as one text, content as the octets that it was given. */
import type { Extensions } from "@posthorn/contract";
import { compose, NEED_DATA } from "@posthorn/session";
import { ReplyReader } from "@posthorn/wire";
import { expect, test } from "vitest";
import { chunks, eight, group, wide } from "./fixtures.ts";
import { Host, message, octets, path, written } from "./host.ts";

const TO = ["a@x.example", "b@x.example"] as const;
const ENVELOPE = "MAIL FROM:<from@here.example>\r\nRCPT TO:<a@x.example>\r\nRCPT TO:<b@x.example>\r\n";

/** Lets the server say lines; answers no event. */
const hear = <X extends Extensions>({ session }: Host<X>, ...lines: readonly string[]): void => {
  session.receive(octets(lines.map((line) => `${line}\r\n`).join("")));
  while (session.next() !== NEED_DATA);
};

test("a group is one text, content is what was given, and there is nothing more", () => {
  const host = new Host(compose([group(20)]));
  host.say("220 x");
  host.say("250-x", "250 GROUP");
  host.session.send(host.session.plan(message(TO)));
  expect(host.session.takePieces()).toEqual([`${ENVELOPE}DATA\r\n`]);
  expect(host.session.takePieces()).toBeUndefined();
  hear(host, "250 ok", "250 ok", "250 ok", "354 go");
  const content = octets("Subject: x\r\n\r\nhello\r\n");
  host.session.write(content);
  host.session.end();
  const [first, ...rest] = host.session.takePieces() ?? [];
  expect(first).toBe(content);
  expect(rest).toEqual([octets(".\r\n")]);
});

test("a command that carries content goes with it", () => {
  const host = new Host(compose([group(20), chunks()]));
  host.say("220 x");
  host.say("250-x", "250-GROUP", "250 CHUNKS");
  host.session.send(host.session.plan(message(TO)));
  expect(host.session.takePieces()).toEqual([ENVELOPE]);
  hear(host, "250 ok", "250 ok", "250 ok");
  const content = octets("hello\r\n");
  host.session.write(content);
  host.session.end();
  const pieces = host.session.takePieces() ?? [];
  expect(pieces).toHaveLength(2);
  expect(pieces[0]).toBe("CHUNK 7 LAST\r\n");
  expect(pieces[1]).toBe(content);
});

test("`take` and `takePieces` hand out the same, and either may follow the other", () => {
  const [by, other] = [new Host(compose([group(20)])), new Host(compose([group(20)]))];
  for (const host of [by, other]) {
    host.say("220 x");
    host.say("250-x", "250 GROUP");
    host.session.send(host.session.plan(message(TO)));
  }
  const pieces = other.session.takePieces() ?? [];
  expect(by.session.take()).toEqual(octets(pieces.join("")));
  expect(other.session.take()).toBeUndefined();
});

test("a plan is sent as it was written, and written anew where it was not made here and now", () => {
  const host = new Host(compose([group(20), eight()]));
  host.say("220 x");
  host.say("250-x", "250-GROUP", "250 EIGHT");
  const plan = host.session.plan(message(TO));
  const [transaction] = plan.transactions;
  if (transaction === undefined) throw new Error("nothing planned");
  const [first] = transaction.recipients;
  if (first === undefined) throw new Error("nobody planned");
  const changed = {
    ...plan,
    transactions: [{ ...transaction, recipients: [{ ...first, path: path("new@x.example") }] }],
  };
  host.session.send(changed);
  expect(host.session.takePieces()).toEqual(["MAIL FROM:<from@here.example>\r\nRCPT TO:<new@x.example>\r\nDATA\r\n"]);

  // Made for a server that offered EIGHT, sent to one that does not: its line is not used.
  const there = new Host(compose([group(20), eight()]));
  there.say("220 x");
  there.say("250 x");
  const wide = host.session.plan(message(TO, { facts: { octets: "8bit" } }));
  expect(() => there.session.send(wide)).toThrow(expect.objectContaining({ code: "not-offered" }));
});

test("a plan that widens the grammar is sent so, as it was made and copied; made elsewhere, it goes by what it says now", () => {
  const host = (): Host<readonly [ReturnType<typeof group>, ReturnType<typeof wide>]> => {
    const made = new Host(compose([group(20), wide()]));
    made.say("220 x");
    made.say("250-x", "250-GROUP", "250 WIDE");
    return made;
  };
  const sent = ["MAIL FROM:<ö@here.example> WIDE\r\n", "RCPT TO:<ä@x.example>\r\n", "DATA\r\n"].join("");
  const given = message(["ä@x.example"], { from: path("ö@here.example") });
  for (const copied of [false, true]) {
    const { session } = host();
    const plan = session.plan(given);
    const transactions = plan.transactions.map((one) => ({ ...one, mail: { ...one.mail } }));
    session.send(copied ? { ...plan, transactions } : plan);
    expect(written(session.take())).toBe(written(octets(sent)));
    session.receive(octets("250 ok\r\n"));
    while (session.next() !== NEED_DATA);
    expect(session.utf8).toBe(true);
  }
  const [here, there] = [host(), host()];
  const plan = here.session.plan(given);
  Reflect.deleteProperty(plan.transactions[0]?.mail.params ?? {}, "WIDE");
  expect(() => there.session.send(plan)).toThrow(expect.objectContaining({ code: "unencodable" }));
});

test("a reply that comes again is the same object, which nobody can change, and does not drive others out", () => {
  const reader = new ReplyReader();
  const read = (text: string): unknown => {
    reader.step(octets(text), 0, text.length);
    return reader.reply;
  };
  const again = "250 2.1.0 again and again\r\n";
  read(again);
  const second = read(again);
  for (let n = 0; n < 2000; n++)
    expect(read(`250 2.0.0 queued as ${n}\r\n`)).toMatchObject({ code: 250, status: "2.0.0" });
  const third = read(again);
  expect(third).toEqual({ code: 250, status: "2.1.0", lines: ["again and again"] });
  expect(read(again)).toBe(third);
  expect(second).toEqual(third);
  expect(Object.isFrozen(third)).toBe(true);
  expect(Object.isFrozen((third as { readonly lines: unknown }).lines)).toBe(true);
});
