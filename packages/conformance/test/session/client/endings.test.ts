/** How a message ends when the connection does, and what the host may do meanwhile. */
import { LocalProtocolError } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { group } from "./fixtures.ts";
import { atEverySplit, Host, message, octets } from "./host.ts";

const grouped = compose([group(10)]);
const three = ["a@x.example", "b@x.example", "c@x.example"];

const ready = (host: { say(...lines: readonly string[]): string }, ...offer: readonly string[]): void => {
  host.say("220 mx");
  host.say(...["mx", ...offer].map((line, at, all) => `250${at + 1 < all.length ? "-" : " "}${line}`));
};
describe("the connection is lost", () => {
  test("before the content was complete: unsent", () => {
    const host = new Host(grouped);
    ready(host, "GROUP");
    host.send(message(three));
    host.say("250 ok", "250 ok", "550 no", "250 ok", "354 go");
    host.session.write(octets("x\r\n"));
    host.flush();
    host.feed(null);
    expect(host.verdicts).toEqual(["unsent", "refused 550 RCPT", "unsent"]);
    expect(host.ending).toBe("eof");
  });

  test("after all octets: in doubt", () => {
    const host = new Host(grouped, { content: ["x\r\n"] });
    ready(host, "GROUP");
    host.send(message(three));
    host.say("250 ok", "250 ok", "550 no", "250 ok", "354 go");
    host.feed(null);
    expect(host.verdicts).toEqual(["in-doubt", "refused 550 RCPT", "in-doubt"]);
    expect(host.last("outcome")?.usable).toBe(false);
  });

  test("the end was written and never taken: unsent", () => {
    const host = new Host(grouped);
    ready(host, "GROUP");
    host.send(message(["a@x.example"]));
    host.say("250 ok", "250 ok", "354 go");
    host.session.write(octets("x\r\n"));
    host.session.end();
    host.session.receive(null);
    host.drain();
    expect(host.verdicts).toEqual(["unsent"]);
    expect(host.session.take()).toBeUndefined();
  });

  test("421 to a command refuses for those it concerns; the others are unsent", () => {
    atEverySplit(grouped, {}, (host) => {
      ready(host, "GROUP");
      host.send(message(three));
      host.say("250 ok", "250 ok", "421 4.3.2 down");
      expect(host.verdicts).toEqual(["unsent", "refused 421 RCPT", "unsent"]);
      expect(host.ending).toBe("service");
      expect(host.last("closed")?.reply?.code).toBe(421);
    });
  });

  test("421 to the content", () => {
    atEverySplit(grouped, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP");
      host.send(message(["a@x.example"]));
      host.say("250 ok", "250 ok", "354 go");
      host.say("421 down");
      expect(host.verdicts).toEqual(["refused 421 DATA"]);
      expect(host.ending).toBe("service");
    });
  });

  test("421 unasked, with nothing under way", () => {
    atEverySplit(grouped, {}, (host) => {
      ready(host, "GROUP");
      host.say("421 idle too long");
      expect(host.ending).toBe("service");
      expect(() => host.session.send({ message: message([]), transactions: [], refused: [], notes: [] })).toThrow(
        LocalProtocolError,
      );
    });
  });
});

describe("the host", () => {
  test("writes a bare LF: an error for it, no dot, nothing is accepted", () => {
    const host = new Host(grouped);
    ready(host, "GROUP");
    host.send(message(["a@x.example"]));
    host.say("250 ok", "250 ok", "354 go");
    expect(() => host.session.write(octets("one\ntwo\r\n"))).toThrow(LocalProtocolError);
    host.drain();
    expect(host.session.take()).toBeUndefined();
    expect(host.verdicts).toEqual(["unsent"]);
    expect(host.ending).toBe("aborted");
    host.session.write(octets("more"));
    host.session.end();
    expect(host.session.take()).toBeUndefined();
  });

  test("abandons DATA: the connection ends without the dot", () => {
    const host = new Host(grouped);
    ready(host, "GROUP");
    host.send(message(["a@x.example"]));
    host.say("250 ok", "250 ok", "354 go");
    host.session.write(octets("one\r\n"));
    host.session.abandon("the file has gone");
    expect(host.flush()).toBe("");
    expect(host.verdicts).toEqual(["unsent"]);
    expect(host.ending).toBe("aborted");
  });

  test("aborts: unsent before the end, in doubt after it", () => {
    for (const end of [false, true]) {
      const host = new Host(grouped);
      ready(host, "GROUP");
      host.send(message(["a@x.example"]));
      host.say("250 ok", "250 ok", "354 go");
      host.session.write(octets("one\r\n"));
      if (end) host.session.end();
      host.flush();
      host.session.abort("time is up");
      host.drain();
      expect(host.verdicts).toEqual([end ? "in-doubt" : "unsent"]);
      expect(host.last("closed")).toMatchObject({ code: "aborted", reason: "time is up" });
    }
  });

  test("aborts between two events of one reply: it is not asked for content any more", () => {
    const host = new Host(grouped, {}, { observe: true });
    ready(host, "GROUP");
    host.send(message(["a@x.example"]));
    host.say("250 ok", "250 ok");
    host.session.receive(octets("354 go\r\n"));
    expect(host.session.next()).toMatchObject({ type: "reply", verb: "DATA" });
    host.session.abort("enough");
    host.drain();
    expect(host.events.slice(-2).map(({ type }) => type)).toEqual(["outcome", "closed"]);
    expect(host.last("content")).toBeUndefined();
  });

  test("can begin and end to observe, and count replies", () => {
    const host = new Host(grouped);
    ready(host, "GROUP");
    expect(host.session.replies).toBe(2);
    expect(host.last("reply")).toBeUndefined();
    host.session.observe = true;
    host.send(message(["a@x.example"]));
    host.say("250 ok");
    expect(host.last("command")).toEqual({ type: "command", verb: "DATA", raw: undefined });
    expect(host.last("reply")?.verb).toBe("MAIL");
    host.session.observe = false;
    host.say("250 ok");
    expect(host.last("reply")?.verb).toBe("MAIL");
    expect(host.session.replies).toBe(4);
  });

  test("is told when it calls what is not possible now", () => {
    const host = new Host(grouped);
    expect(() => host.session.plan(message(three))).toThrow(/not ready/);
    ready(host, "GROUP");
    expect(() => host.session.write(octets("x"))).toThrow(/no content/);
    host.send(message(three));
    expect(() => host.send(message(three))).toThrow(/under way/);
    host.say("250 ok", "250 ok", "250 ok", "250 ok", "354 go");
    host.session.end();
    expect(() => host.session.write(octets("x"))).toThrow(/no content/);
    host.flush();
    host.say("250 ok");
    expect(host.verdicts).toEqual(["accepted", "accepted", "accepted"]);
  });

  test("quits while a message is under way: QUIT follows it", () => {
    atEverySplit(grouped, { content: ["x\r\n"] }, (host) => {
      ready(host, "GROUP");
      host.send(message(["a@x.example"]));
      host.session.quit();
      host.say("250 ok", "250 ok", "354 go");
      expect(host.say("250 queued")).toBe("QUIT\r\n");
      expect(host.last("outcome")?.usable).toBe(false);
      host.say("221 bye");
      expect(host.ending).toBe("quit");
    });
  });

  test("quits, and the transaction failed: no RSET in between", () => {
    atEverySplit(grouped, {}, (host) => {
      ready(host, "GROUP");
      host.send(message(["a@x.example"]));
      host.session.quit();
      expect(host.say("250 ok", "550 no", "503 bad")).toBe("QUIT\r\n");
      host.feed(null);
      expect(host.ending).toBe("quit");
    });
  });
});
