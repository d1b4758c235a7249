/** Conversations that the host runs, questions to it, and an extension of a stranger. */
import { ask, command, item, LocalProtocolError, type Reply } from "@posthorn/contract";
import { type ClientAskEvent, compose, type Composition } from "@posthorn/session";
import { encodeUtf8 } from "@posthorn/wire";
import { describe, expect, test } from "vitest";
import { strange, xtalk } from "../stranger.ts";
import { group, known, login, secure, secured } from "./fixtures.ts";
import { atEverySplit, Host, message } from "./host.ts";

const plain = compose([]);
const noop = plain.row("NOOP")?.verb;
const vrfy = plain.row("VRFY")?.verb;
const rset = plain.row("RSET")?.verb;
const mail = plain.row("MAIL")?.verb;
if (noop === undefined || vrfy === undefined || rset === undefined || mail === undefined)
  throw new Error("no base rows");

const opened = (composition: Composition, ...offer: readonly string[]): Host<readonly []> => {
  const host = new Host<readonly []>(composition as Composition<readonly []>, { content: ["x\r\n"] });
  host.say("220 mx");
  host.say(...["mx", ...offer].map((line, at) => `250${at < offer.length ? "-" : " "}${line}`));
  return host;
};

describe("run", () => {
  test("asks one thing after the other, and tells what came of it", () => {
    atEverySplit(plain, {}, (host) => {
      host.say("220 mx");
      host.say("250 mx");
      host.session.run(function* () {
        const first = yield* command(vrfy, "jo");
        const second = yield* command(noop, undefined);
        return [first.code, second.code];
      });
      expect(host.flush()).toBe("VRFY jo\r\n");
      expect(() => host.session.run(function* () {})).toThrow(/under way/);
      expect(host.say("252 perhaps")).toBe("NOOP\r\n");
      host.say("250 ok");
      expect(host.last("done")).toEqual({ type: "done", value: [252, 250], error: undefined });
      expect(host.session.failures("VRFY")).toBe(0);
    });
  });

  test("HELO after EHLO takes back what was offered", () => {
    const composition = compose([group(5)]);
    const host = opened(composition, "GROUP", "X");
    const helo = composition.row("HELO")?.verb;
    if (helo === undefined) throw new Error("no HELO");
    expect(host.session.offer.size).toBe(2);
    host.session.run(function* () {
      yield* command(helo, { kind: "domain", text: "other.example" });
    });
    expect(host.flush()).toBe("HELO other.example\r\n");
    host.say("250-mx", "250 GROUP");
    expect(host.session.offer.size).toBe(0);
    expect(host.session.hello).toEqual({ verb: "HELO", domain: "other.example" });
    expect(host.send(message(["a@x.example"]))).toBe("MAIL FROM:<from@here.example>\r\n");
  });

  test("what cannot be written, or is not possible now, is thrown into the conversation, and nothing is sent", () => {
    const host = opened(plain);
    const thrown: unknown[] = [];
    host.session.run(function* () {
      for (const bad of ["a\r\nQUIT", "\0", "\u010d\u010a", "x".repeat(600)]) {
        try {
          yield* command(vrfy, bad);
        } catch (error) {
          thrown.push(error);
        }
      }
      const nested = yield* command(noop, undefined);
      return nested.code;
    });
    expect(host.flush()).toBe("NOOP\r\n");
    expect(thrown).toHaveLength(4);
    expect(thrown.every((error) => error instanceof LocalProtocolError)).toBe(true);
    host.say("250 ok");
    expect(host.last("done")?.value).toBe(250);
    host.session.run(function* () {
      yield* item(login, encodeUtf8("x"));
    });
    host.drain();
    expect(host.last("done")?.error).toBeInstanceOf(LocalProtocolError);
    expect(host.flush()).toBe("");
  });

  test("a transaction that a conversation left open is reset before the next message", () => {
    const host = opened(plain);
    host.session.run(function* () {
      yield* command(mail, { path: null, params: {} });
    });
    expect(host.flush()).toBe("MAIL FROM:<>\r\n");
    host.say("250 ok");
    expect(host.send(message(["a@x.example"]))).toBe("RSET\r\n");
    expect(host.say("250 ok")).toBe("MAIL FROM:<from@here.example>\r\n");
  });

  test("the connection ends under it: it is ended, and its clean-up runs but is not heard", () => {
    const host = opened(plain);
    let cleaned = false;
    host.session.run(function* () {
      try {
        yield* command(noop, undefined);
      } finally {
        cleaned = true;
        yield* command(rset, null);
      }
    });
    host.flush();
    host.feed(null);
    expect(cleaned).toBe(true);
    expect(host.last("done")?.error).toBeInstanceOf(LocalProtocolError);
    expect(host.ending).toBe("eof");
    expect(host.flush()).toBe("");
  });

  test("one that ends while an item is owed leaves no known state: closed", () => {
    const host = opened(compose([secured(false), known("x", "y")]), "KNOWN");
    host.say("235 ok");
    host.session.run(function* () {
      yield* command(login, "again");
    });
    host.flush();
    host.say("334 and?");
    expect(host.ending).toBe("aborted");
  });

  test("an upgrade in one is followed by a new hello and all negotiation, without a second `ready`", () => {
    const host = opened(compose([secured(false)]));
    host.session.run(function* () {
      const answer: Reply = yield* command(secure, null);
      return answer.code;
    });
    expect(host.flush()).toBe("SECURE\r\n");
    host.say("220 go");
    host.session.upgraded({ version: "TLSv1.3" });
    expect(host.flush()).toBe("EHLO client.example\r\n");
    expect(host.last("done")?.value).toBe(220);
    host.say("250 mx");
    expect(host.events.filter(({ type }) => type === "ready")).toHaveLength(1);
    expect(host.send(message(["a@x.example"]))).toContain("MAIL");
    expect(() => host.session.upgraded({ version: "x" })).toThrow(LocalProtocolError);
  });
});

describe("questions", () => {
  const start = (): { host: Host<readonly []>; question: ClientAskEvent } => {
    const host = opened(plain);
    host.session.run(function* () {
      const line: string = yield* ask(() => "jo");
      const answer = yield* command(vrfy, line);
      return answer.code;
    });
    host.drain();
    const question = host.last("ask");
    if (question === undefined) throw new Error("nothing was asked");
    return { host, question };
  };

  test("an answer goes on with the conversation, once", () => {
    const { host, question } = start();
    question.resume(question.run(question.signal));
    question.resume("mary");
    question.fail(new Error("no"));
    expect(host.flush()).toBe("VRFY jo\r\n");
    host.say("250 jo");
    expect(host.last("done")?.value).toBe(250);
  });

  test("a failure is thrown there", () => {
    const { host, question } = start();
    question.fail(new Error("no such key"));
    host.drain();
    expect(host.last("done")?.error).toEqual(new Error("no such key"));
    expect(host.send(message(["a@x.example"]))).toContain("MAIL");
  });

  test("when the connection ends the signal aborts, and a late answer does nothing", () => {
    const { host, question } = start();
    host.feed(null);
    expect(question.signal.aborted).toBe(true);
    question.resume("jo");
    question.fail(new Error("late"));
    expect(host.flush()).toBe("");
    expect(host.events.filter(({ type }) => type === "done")).toHaveLength(1);
  });
});

describe("a stranger's extension", () => {
  const composition = compose([strange({ name: "casper", window: 5, bulk: true })]);

  test("talks, sends a blob, adds its parameter, and carries content its own way", () => {
    atEverySplit(composition, { content: ["one\r\n", "two\r\n"] }, (host) => {
      host.say("220 mx");
      expect(host.say("250-mx", "250 XSTRANGE 4")).toBe("XTALK casper\r\n");
      expect(host.say("334 first")).toBe("one\r\n");
      expect(host.say("334 second")).toBe("two\r\n");
      expect(host.say("235 welcome")).toBe("XBLOB 3\r\nboo");
      host.say("250 taken");
      expect(host.last("ready")?.capabilities).toEqual({ XSTRANGE: 4 });
      const plan = host.session.plan({
        ...message([]),
        to: [{ path: { local: "a", domain: "x.example" }, params: { XTAG: "t" } }],
        params: { XPRIO: 3 },
      });
      host.session.send(plan);
      expect(host.flush()).toBe("MAIL FROM:<from@here.example> XPRIO=3\r\nRCPT TO:<a@x.example> XTAG=t\r\n");
      expect(host.say("250 ok", "250 ok")).toBe("XBULK 10 LAST\r\none\r\ntwo\r\n");
      host.say("250 queued");
      expect(host.verdicts).toEqual(["accepted"]);
    });
  });

  test("is told that nothing is offered, and stops", () => {
    const host = new Host(composition);
    host.say("220 mx");
    expect(host.say("250 mx")).toBe("QUIT\r\n");
    host.say("221 bye");
    expect(host.ending).toBe("negotiation");
    expect(xtalk.name).toBe("XTALK");
  });
});
