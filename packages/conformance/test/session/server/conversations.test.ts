/** Conversations on a server: challenges, questions to the host, what ends them early. */
import { reply } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { strange } from "../stranger.ts";
import { codes, Host } from "./driver.ts";
import { type Diary, xodd } from "./extensions.ts";

const HELLO = "EHLO client.example\r\n";
const diary = (): Diary => ({ notes: [], signal: undefined });

describe("conversations", () => {
  test("two steps and the host", () => {
    const host = new Host(compose([strange({ proves: (name, lines) => lines.join() === `${name},two` })]));
    host.say(HELLO);
    expect(codes(host.say("XTALK one\r\none\r\nbad\r\nXTALK one\r\none\r\ntwo\r\nXTALK one\r\n"))).toEqual([
      334, 334, 535, 334, 334, 235, 503,
    ]);
    expect(host.session.state.XSTRANGE.name).toBe("one");
    expect(host.session.fact("name")).toBe("one");
    expect(host.session.failures("XTALK")).toBe(2);
    host.say(HELLO);
    expect(host.session.fact("name")).toBe("one");
  });

  test("a throw is 451, and the host hears of it", () => {
    const host = new Host(compose([xodd(diary())]));
    host.say(HELLO);
    expect(codes(host.say("XTHROW\r\nXLINE throw\r\nXLINE fail\r\nXLINE announced\r\nNOOP\r\n"))).toEqual([
      451, 451, 451, 451, 250,
    ]);
    const faults = host.told.filter((text) => text.includes('"fault"'));
    expect(faults.filter((text) => text.includes("as asked"))).toHaveLength(2);
    expect(faults.filter((text) => text.includes("the host fails"))).toHaveLength(1);
  });

  test("a reply that cannot be said, or that the row does not have, is 451", () => {
    const host = new Host(compose([xodd(diary())]));
    host.say(HELLO);
    expect(codes(host.say("XBAD\r\nXCODE\r\nNOOP\r\n"))).toEqual([451, 451, 250]);
  });

  test("421 of a handler closes", () => {
    const host = new Host(compose([xodd(diary())]));
    host.say(HELLO);
    expect(codes(host.say("XGONE\r\nNOOP\r\n"))).toEqual([421]);
    expect(host.told.at(-1)).toBe('{"type":"closed","clean":false}');
  });

  test("rounds are bounded (security: A4)", () => {
    const notes = diary();
    const host = new Host(compose([xodd(notes)]), { limits: { rounds: 3 } });
    host.say(HELLO);
    expect(codes(host.say("XLINE for ever\r\na\r\nb\r\nc\r\nd\r\n"))).toEqual([334, 334, 334, 421]);
    expect(notes.notes).toEqual(["over"]);
  });

  test("an item that is too long ends the exchange after its end", () => {
    const notes = diary();
    const host = new Host(compose([xodd(notes)]));
    host.say(HELLO);
    expect(codes(host.say(`XLINE\r\n${"x".repeat(100)}\r\nNOOP\r\nXLINE\r\nshort\r\n`))).toEqual([
      334, 500, 250, 334, 250,
    ]);
    expect(notes.notes).toEqual(["over", "got 5", "over"]);
  });

  test("the end of input abandons them; abort does, and aborts the signal", () => {
    const ended = diary();
    const host = new Host(compose([xodd(ended)]));
    host.say(`${HELLO}XLINE\r\n`);
    host.feed(null);
    expect(ended.notes).toEqual(["over"]);
    expect(host.told.at(-1)).toContain('"closed"');

    const asked = diary();
    const late = new Host(compose([xodd(asked)]), { delayed: true });
    late.settle();
    late.say(`${HELLO}XLINE ask\r\n`);
    late.release();
    expect(late.session.pending).toBe("ask");
    late.session.abort(reply(421, "4.4.2", "Too late"));
    late.settle();
    late.pump();
    expect(late.sent.endsWith("421 Too late\r\n")).toBe(true);
    expect(asked.signal?.aborted).toBe(true);
    expect(asked.notes).toEqual(["over"]);
  });

  test("a verb's own line limit holds for it alone", () => {
    const host = new Host(compose([xodd(diary())]));
    host.say(HELLO);
    const long = "x".repeat(3000);
    expect(codes(host.say(`XLINE ${long}\r\nabc\r\nNOOP ${long}\r\nXLINE ${long}${long}\r\n`))).toEqual([
      334, 250, 500, 500,
    ]);
  });

  test("memory of a hello is forgotten by the next", () => {
    const host = new Host(compose([xodd(diary())]));
    host.say(`${HELLO}XSEEN\r\nXSEEN\r\n`);
    expect(host.session.state.XODD.seen).toBe(2);
    host.say("RSET\r\n");
    expect(host.session.state.XODD.seen).toBe(2);
    host.say(HELLO);
    expect(host.session.state.XODD.seen).toBe(0);
  });
});
