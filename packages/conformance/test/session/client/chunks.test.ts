/** Content that travels with its commands: when it may begin, how it is cut, and how it is refused under way. */
import { compose } from "@posthorn/session";
import { describe, expect, test } from "vitest";
import { chunk, chunks, few, group } from "./fixtures.ts";
import { atEverySplit, Host, message, octets } from "./host.ts";

const MIB = 1_048_576;
const composition = compose([group(3), chunks()]);
const lmtp = compose([group(4), chunks()], { protocol: "lmtp" });
const binary = { facts: { octets: "binary" } } as const;

const ready = (host: { say(...lines: readonly string[]): string }): void => {
  host.say("220 mx");
  host.say("250-mx", "250-GROUP", "250 CHUNKS");
};

/** The commands of what was sent, without the octets between them. */
const commands = (sent: string): readonly string[] => sent.match(/(?:CHUNK|RSET|MAIL|RCPT|DATA|QUIT)[^\r]*\r\n/g) ?? [];

describe("with a window", () => {
  test("no octet leaves before every RCPT is answered, and then the content leaves with its command", () => {
    atEverySplit(composition, { content: ["one\r\n", "\0\r\x01"] }, (host) => {
      ready(host);
      expect(host.send(message(["a@x.example", "b@x.example"], binary))).toBe(
        "MAIL FROM:<from@here.example>\r\nRCPT TO:<a@x.example>\r\nRCPT TO:<b@x.example>\r\n",
      );
      expect(host.say("250 ok", "250 ok")).toBe("");
      expect(host.say("550 no")).toBe("CHUNK 8 LAST\r\none\r\n\0\r\x01");
      expect(host.session.awaiting).toEqual({ verb: "CHUNK", octets: true });
      host.say("250 queued");
      expect(host.verdicts).toEqual(["accepted", "refused 550 RCPT"]);
      expect(host.session.phase).toBe("ready");
    });
  });

  test("a verb that ends its group waits for its reply, however wide the window (RFC 2920 §3.1)", () => {
    const waiting = compose([group(10), chunks({ ...chunk, group: "last" })]);
    const host = new Host(waiting, { content: ["12345678"] }, { chunk: 4 });
    ready(host);
    host.send(message(["a@x.example"], binary));
    expect(host.say("250 ok", "250 ok")).toBe("CHUNK 4\r\n1234");
    expect(host.say("250 ok")).toBe("CHUNK 4 LAST\r\n5678");
  });

  test("nobody accepted: no content is asked for", () => {
    atEverySplit(composition, { content: ["x"] }, (host) => {
      ready(host);
      host.send(message(["a@x.example"], binary));
      expect(host.say("250 ok", "550 no")).toBe("RSET\r\n");
      host.say("250 ok");
      expect(host.events.some(({ type }) => type === "content")).toBe(false);
      expect(host.last("outcome")?.usable).toBe(true);
    });
  });

  test("chunks do not depend on how the host writes, and the host is told to wait", () => {
    for (const size of [MIB, 100_000, 3 * MIB + 5]) {
      const host = new Host(composition);
      ready(host);
      host.send(message(["a@x.example"], binary));
      host.say("250 ok", "250 ok");
      const content = new Uint8Array(5 * MIB).fill(120);
      let asked = true;
      for (let at = 0; at < content.length; at += size) asked = host.session.write(content.subarray(at, at + size));
      expect(asked).toBe(false);
      expect(host.session.writable).toBe(false);
      let sent = host.flush();
      expect(commands(sent)).toEqual([`CHUNK ${MIB}\r\n`, `CHUNK ${MIB}\r\n`, `CHUNK ${MIB}\r\n`]);
      sent = host.say("250 ok", "250 ok", "250 ok");
      expect(commands(sent)).toEqual([`CHUNK ${MIB}\r\n`]);
      expect(host.session.writable).toBe(true);
      host.session.end();
      expect(commands(host.flush())).toEqual([`CHUNK ${MIB} LAST\r\n`]);
      host.say("250 ok");
      expect(host.verdicts).toEqual([]);
      host.say("250 queued");
      expect(host.verdicts).toEqual(["accepted"]);
      expect(host.session.octets).toBe(0);
    }
  });

  test("empty content is one empty last chunk", () => {
    const host = new Host(composition, { content: [] });
    ready(host);
    host.send(message(["a@x.example"], binary));
    expect(host.say("250 ok", "250 ok")).toBe("CHUNK 0 LAST\r\n");
    host.say("250 queued");
    expect(host.verdicts).toEqual(["accepted"]);
  });

  test("refused under way: nothing more is sent, what was sent in hope counts for nothing, RSET", () => {
    const host = new Host(composition);
    ready(host);
    host.send(message(["a@x.example"], binary));
    host.say("250 ok", "250 ok");
    for (let chunk = 0; chunk < 4; chunk++) host.session.write(new Uint8Array(MIB));
    host.session.write(octets("x"));
    host.flush();
    expect(host.say("452 full")).toBe("");
    expect(host.last("unwanted")?.reply.code).toBe(452);
    host.session.write(octets("late"));
    host.session.end();
    expect(host.flush()).toBe("");
    expect(host.say("503 bad", "503 bad")).toBe("RSET\r\n");
    host.say("250 ok");
    expect(host.verdicts).toEqual(["refused 452 CHUNK"]);
    expect(host.last("outcome")?.usable).toBe(true);
  });

  test("the last chunk behind a refused one is no acceptance, whatever its reply", () => {
    for (const last of ["503 bad", "250 queued"]) {
      const host = new Host(composition);
      ready(host);
      host.send(message(["a@x.example"], binary));
      host.say("250 ok", "250 ok");
      host.session.write(new Uint8Array(MIB + 1));
      host.session.end();
      expect(commands(host.flush())).toEqual([`CHUNK ${MIB}\r\n`, "CHUNK 1 LAST\r\n"]);
      expect(host.say("452 full", last)).toBe("RSET\r\n");
      host.say("250 ok");
      expect(host.verdicts).toEqual(["refused 452 CHUNK"]);
      expect(host.last("unwanted")).toBeUndefined();
      expect(host.session.phase).toBe("ready");
    }
  });

  test("abandoned: RSET, and the connection stays", () => {
    const host = new Host(composition);
    ready(host);
    host.send(message(["a@x.example"], binary));
    host.say("250 ok", "250 ok");
    host.session.write(new Uint8Array(MIB + 1));
    expect(commands(host.flush())).toEqual([`CHUNK ${MIB}\r\n`]);
    host.session.abandon("the file has gone");
    expect(host.flush()).toBe("");
    expect(host.say("250 ok")).toBe("RSET\r\n");
    host.say("250 ok");
    expect(host.last("outcome")).toMatchObject({
      verdicts: [{ kind: "unsent", reason: "the content was abandoned: the file has gone" }],
      usable: true,
    });
  });

  test("lost before the last chunk: unsent; behind it: in doubt", () => {
    for (const end of [false, true]) {
      const host = new Host(composition);
      ready(host);
      host.send(message(["a@x.example"], binary));
      host.say("250 ok", "250 ok");
      host.session.write(new Uint8Array(MIB + 1));
      if (end) host.session.end();
      host.flush();
      host.feed(null);
      expect(host.verdicts).toEqual([end ? "in-doubt" : "unsent"]);
    }
  });

  test("a 3yz to a chunk is none", () => {
    const host = new Host(composition, { content: ["x"] });
    ready(host);
    host.send(message(["a@x.example"], binary));
    host.say("250 ok", "250 ok");
    host.say("354 go");
    expect(host.ending).toBe("protocol");
    expect(host.verdicts).toEqual(["in-doubt"]);
  });
});

describe("LMTP (RFC 2033)", () => {
  const two = ["a@x.example", "b@x.example", "c@x.example"];
  const greet = (host: { say(...lines: readonly string[]): string }): void => {
    expect(host.say("220 mx")).toBe("LHLO client.example\r\n");
    host.say("250-mx", "250-GROUP", "250 CHUNKS");
  };

  test("one reply for each accepted recipient, to chunks", () => {
    atEverySplit(lmtp, { content: ["x"] }, (host) => {
      greet(host);
      host.send(message(two, binary));
      host.say("250 ok", "250 ok", "550 no", "250 ok");
      expect(host.say("250 queued")).toBe("");
      expect(host.last("outcome")).toBeUndefined();
      host.say("452 full");
      expect(host.verdicts).toEqual(["accepted", "refused 550 RCPT", "refused 452 CHUNK"]);
      expect(host.last("outcome")?.usable).toBe(true);
    });
  });

  test("the last chunk waits until all others are answered", () => {
    const host = new Host(lmtp);
    greet(host);
    host.send(message(["a@x.example"], binary));
    host.say("250 ok", "250 ok");
    host.session.write(new Uint8Array(MIB + 1));
    host.session.end();
    expect(commands(host.flush())).toEqual([`CHUNK ${MIB}\r\n`]);
    expect(host.say("452 full")).toBe("RSET\r\n");
    host.say("250 ok");
    expect(host.verdicts).toEqual(["refused 452 CHUNK"]);
  });

  const dots = compose([group(10)], { protocol: "lmtp" });

  test("one reply for each accepted recipient, to DATA", () => {
    atEverySplit(dots, { content: ["x\r\n"] }, (host) => {
      greet(host);
      host.send(message(two));
      expect(host.say("250 ok", "250 ok", "550 no", "250 ok", "354 go")).toBe("x\r\n.\r\n");
      expect(host.say("452 full", "250 queued")).toBe("");
      expect(host.verdicts).toEqual(["refused 452 DATA", "refused 550 RCPT", "accepted"]);
      expect(host.session.phase).toBe("ready");
    });
  });

  test("lost, or 421, between two replies", () => {
    for (const end of [null, octets("421 down\r\n")]) {
      const host = new Host(dots, { content: ["x\r\n"] });
      greet(host);
      host.send(message(two));
      host.say("250 ok", "250 ok", "250 ok", "250 ok", "354 go");
      host.say("250 queued");
      host.feed(end);
      expect(host.verdicts).toEqual(["accepted", end === null ? "in-doubt" : "refused 421 DATA", "in-doubt"]);
    }
  });

  test("421 instead of the first of several replies answers for one; what the others got, nobody knows", () => {
    const host = new Host(dots, { content: ["x\r\n"] });
    greet(host);
    host.send(message(two));
    host.say("250 ok", "250 ok", "250 ok", "250 ok", "354 go");
    host.say("421 down");
    expect(host.verdicts).toEqual(["refused 421 DATA", "in-doubt", "in-doubt"]);
  });

  test("354 for nobody: the connection ends", () => {
    atEverySplit(dots, { content: ["x\r\n"] }, (host) => {
      greet(host);
      host.send(message(two));
      expect(host.say("250 ok", "550 no", "550 no", "550 no", "354 go")).toBe("");
      expect(host.ending).toBe("protocol");
      expect(host.verdicts).toEqual(["refused 550 RCPT", "refused 550 RCPT", "refused 550 RCPT"]);
    });
  });
});

test("several transactions, each with its own chunks", () => {
  atEverySplit(compose([group(5), chunks(), few()]), { content: ["x"] }, (host) => {
    host.say("220 mx");
    host.say("250-mx", "250-GROUP", "250-CHUNKS", "250 FEW 1");
    host.send(message(["a@x.example", "b@x.example"], { ...binary, reopenable: true }));
    host.say("250 ok", "250 ok");
    host.say("452 full");
    host.say("250 ok", "250 ok");
    host.say("250 queued");
    expect(host.verdicts).toEqual(["refused 452 CHUNK", "accepted"]);
  });
});
