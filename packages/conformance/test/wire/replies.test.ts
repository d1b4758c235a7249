/** Replies, both ways (RFC 5321 §4.2, RFC 2034 §4; security.md C8, C9). */
import { type Reply, reply } from "@posthorn/contract";
import { anyOctets, pieces, replies, splits } from "@posthorn/testkit";
import { encodeReply, ReplyReader, replyText } from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, latin1, readReplies, runs } from "./support.ts";

const wire = (text: string): readonly unknown[] => readReplies([bytes(text)]);
const raw = (text: string): readonly unknown[] => readReplies([Uint8Array.from(text, (unit) => unit.charCodeAt(0))]);

describe("round trip", () => {
  test("decode(encode(r)) is r, at every split", () => {
    const given = fc.array(replies(), { minLength: 1, maxLength: 3 }).chain((list) => {
      const octets = bytes(list.map((one) => latin1(encodeReply(one))).join(""));
      return fc.tuple(fc.constant(list), fc.constant(octets), splits(octets.length));
    });
    fc.assert(
      fc.property(given, ([list, octets, cuts]) => {
        expect(readReplies([octets])).toEqual(list);
        expect(readReplies(pieces(octets, cuts))).toEqual(list);
      }),
      runs(500),
    );
  });

  test("UTF-8 comes back as text, and as octets beside it", () => {
    fc.assert(
      fc.property(replies({ utf8: true }), (one) => {
        const [back] = readReplies([encodeReply(one, { utf8: true, maxOctets: 4096 })]);
        const wide = Array.from(one.lines.join("")).some((character) => character > "\u007f");
        expect(back).toMatchObject(one);
        expect(Object.hasOwn(Object(back), "octets")).toBe(wide);
      }),
      runs(300),
    );
  });
});

describe("encodeReply", () => {
  test.each([
    [reply(250), {}, "250\r\n"],
    [reply(334, ""), {}, "334 \r\n"],
    [reply(334), {}, "334\r\n"],
    [reply(250, ""), {}, "250\r\n"],
    [reply(250, ""), {}, "250\r\n"],
    [reply(250, "OK"), {}, "250 OK\r\n"],
    [reply(250, "a", "", "c"), {}, "250-a\r\n250-\r\n250 c\r\n"],
    [reply(250, "2.1.5"), {}, "250 2.1.5\r\n"],
    [reply(550, "5.1.1", "No such", "mailbox"), {}, "550-5.1.1 No such\r\n550 5.1.1 mailbox\r\n"],
    [reply(550, "5.1.1", "No such"), { status: false }, "550 No such\r\n"],
    [reply(250, "Grüße"), { utf8: true }, "250 Gr\u00c3\u00bc\u00c3\u009fe\r\n"],
  ])("%j", (given, options, wanted) => {
    expect(latin1(encodeReply(given, options))).toBe(wanted);
  });

  test.each([
    [{ code: 199, lines: [] }],
    [{ code: 600, lines: [] }],
    [{ code: 260, lines: [] }],
    [{ code: 250.5, lines: [] }],
    [{ code: 250, status: "5.0.0", lines: [] }],
    [{ code: 354, status: "2.0.0", lines: [] }],
    [{ code: 250, status: "2.0.0\r\n", lines: [] }],
    [{ code: 250, lines: ["ok", "a\r\nb"] }],
    [{ code: 250, lines: ["\u001b[2J"] }],
    [{ code: 250, lines: ["a\u007f"] }],
    [{ code: 250, lines: ["é"] }],
  ])("refuses %j", (given) => {
    expect(() => encodeReply(given)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });

  test("what was written before lets nothing pass, and changes nothing", () => {
    const given = fc.array(replies(), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(given, (list) => {
        const alone = list.map((one) => {
          encodeReply(reply(221, "bye"));
          return latin1(encodeReply(one));
        });
        expect(list.map((one) => latin1(encodeReply(one)))).toEqual(alone);
      }),
      runs(300),
    );
    for (const status of [undefined, "2.0.0"]) {
      const good: Reply = { code: 250, ...(status === undefined ? {} : { status }), lines: ["ok"] };
      for (const bad of [
        { ...good, code: 0 },
        { ...good, code: 260 },
        { ...good, code: Number.NaN },
        { ...good, status: "" },
        { ...good, status: "2.0.0 " },
        { ...good, status: "5.0.0" },
      ]) {
        expect(latin1(encodeReply(good))).toMatch(/^250 (2\.0\.0 )?ok\r\n$/);
        expect(() => encodeReply(bad)).toThrow(expect.objectContaining({ code: "unencodable" }));
        expect(() => encodeReply(bad)).toThrow(expect.objectContaining({ code: "unencodable" }));
      }
    }
    expect(latin1(encodeReply(reply(250, "2.0.0", "ok"), { status: false }))).toBe("250 ok\r\n");
    expect(latin1(encodeReply(reply(250, "2.0.0", "ok")))).toBe("250 2.0.0 ok\r\n");
  });

  test("a line of 512 octets, and one more; challenges may be longer", () => {
    expect(encodeReply(reply(250, "x".repeat(506)))).toHaveLength(512);
    expect(() => encodeReply(reply(250, "x".repeat(507)))).toThrow(expect.objectContaining({ code: "line-too-long" }));
    expect(encodeReply(reply(334, "x".repeat(9000)), { maxOctets: 12_288 })).toHaveLength(9006);
  });

  test("replyText makes lines that any reply may hold, and loses nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 900 }), (text) => {
        const lines = replyText(text);
        expect(() => encodeReply({ code: 550, status: "5.123.456", lines })).not.toThrow();
      }),
      runs(200),
    );
    expect(replyText("a\r\nb é \\")).toEqual(["a\\x0d\\x0ab \\u{e9} \\\\"]);
    expect(replyText(`${"word ".repeat(200)}end`).join(" ")).toBe(`${"word ".repeat(200)}end`);
  });
});

describe("ReplyReader", () => {
  test("random octets never throw, and cuts change nothing", () => {
    const given = anyOctets().chain((octets) => fc.tuple(fc.constant(octets), splits(octets.length)));
    fc.assert(
      fc.property(given, ([octets, cuts]) => {
        expect(readReplies(pieces(octets, cuts), { lineOctets: 20, octets: 40, lines: 2 })).toEqual(
          readReplies([octets], { lineOctets: 20, octets: 40, lines: 2 }),
        );
      }),
      runs(1000),
    );
  });

  test("every cut of a hostile set", () => {
    for (const text of [
      "250-a\r\n250 b\r\n",
      "220 x\n",
      "220 x\ry\r\n",
      "250-a\r\n251 b\r\n",
      "250 \u00ff\r\n250\r\n",
      "250-2.1.0 a\r\n250 2.1.0 b\r\n",
    ]) {
      const octets = Uint8Array.from(text, (unit) => unit.charCodeAt(0));
      const whole = readReplies([octets]);
      for (let cut = 1; cut < octets.length; cut++) expect(readReplies(pieces(octets, [cut]))).toEqual(whole);
    }
  });

  test.each([
    ["250\r\n", { code: 250, lines: [] }],
    ["250 \r\n", { code: 250, lines: [] }],
    ["250 a\tb\r\n", { code: 250, lines: ["a\tb"] }],
    ["250-\r\n250-x\r\n250\r\n", { code: 250, lines: ["", "x", ""] }],
    ["571 no\r\n", { code: 571, lines: ["no"] }],
    ["250 2.0.0\r\n", { code: 250, status: "2.0.0", lines: [] }],
    ["250-2.1.5 a\r\n250 2.1.5 b\r\n", { code: 250, status: "2.1.5", lines: ["a", "b"] }],
    ["250-2.1.5 a\r\n250 2.1.6 b\r\n", { code: 250, lines: ["2.1.5 a", "2.1.6 b"] }],
    ["250-2.1.5 a\r\n250 b\r\n", { code: 250, lines: ["2.1.5 a", "b"] }],
    ["250-2.1.5 a\r\n250 2.1.50 b\r\n", { code: 250, lines: ["2.1.5 a", "2.1.50 b"] }],
    ["550 4.1.1 x\r\n", { code: 550, lines: ["4.1.1 x"] }],
    ["550 5.1.1x\r\n", { code: 550, lines: ["5.1.1x"] }],
    ["550 5.1.1000 x\r\n", { code: 550, lines: ["5.1.1000 x"] }],
    ["354 2.0.0 go\r\n", { code: 354, lines: ["2.0.0 go"] }],
  ])("%j", (text, wanted) => {
    expect(wire(text)).toEqual([wanted]);
  });

  test.each([
    "25\r\n",
    "2500 x\r\n",
    "250x\r\n",
    "\r\n",
    " 250 x\r\n",
    "250_x\r\n",
    "150 x\r\n",
    "650 x\r\n",
    "250-a\r\n251 b\r\n",
    "250-a\r\n\r\n",
    "250 a\u001bb\r\n",
    "250 a\u007f\r\n",
    "250\ta\r\n",
  ])("malformed: %j", (text) => {
    expect(wire(text)).toEqual(["malformed-reply"]);
  });

  test.each([
    ["250 a\0b\r\n", "nul"],
    ["250 a\n", "bare-lf"],
    ["250 a\rb\r\n", "bare-cr"],
  ])("%j is a fault at once", (text, code) => {
    expect(wire(text)).toEqual([code]);
  });

  test("octets above 127: text where they are UTF-8, else one character each; always kept", () => {
    expect(raw("550-5.1.1 \u00e9t\u00e9\r\n550 5.1.1 \u00c3\u00a9\r\n")).toEqual([
      {
        code: 550,
        status: "5.1.1",
        lines: ["\u00e9t\u00e9", "é"],
        octets: [Uint8Array.from("5.1.1 \u00e9t\u00e9", (unit) => unit.charCodeAt(0)), bytes("5.1.1 é")],
      },
    ]);
  });

  test("limits: 4096 a line, 64 KiB a reply, 512 lines; memory stays bounded and faults are fatal", () => {
    const line = (octets: number): string => `250-${"x".repeat(octets - 6)}\r\n`;
    expect(wire(`250 ${"x".repeat(4090)}\r\n`)).toHaveLength(1);
    expect(wire(`250 ${"x".repeat(4091)}\r\n`)).toEqual(["line-too-long"]);
    expect(wire("x".repeat(5000))).toEqual(["line-too-long"]);
    expect(wire(`${line(4096).repeat(15)}250 ${"x".repeat(4090)}\r\n`)).toHaveLength(1);
    expect(wire(`${line(4096).repeat(16)}250 x\r\n`)).toEqual(["reply-too-long"]);
    expect(wire(line(4000).repeat(17))).toEqual(["reply-too-long"]);
    expect(wire(`${"250-\r\n".repeat(511)}250 x\r\n250 y\r\n`)).toHaveLength(2);
    expect(wire(`${"250-\r\n".repeat(512)}250 x\r\n`)).toEqual(["reply-too-long"]);
  });

  test("after a fault nothing is read, and pending tells a half reply", () => {
    const reader = new ReplyReader();
    expect(reader.pending).toBe(false);
    const half = bytes("220 go\r\n250-x\r\n250");
    expect(reader.step(half, 0, half.length)).toBe(8);
    expect([reader.reply?.code, reader.pending]).toEqual([220, false]);
    reader.step(half, 8, half.length);
    expect([reader.reply, reader.pending]).toEqual([undefined, true]);
    const poison = bytes("x\r\n250 ok\r\n");
    expect(reader.step(poison, 0, poison.length)).toBe(poison.length);
    expect([reader.fault?.code, reader.fault?.fatal, reader.reply]).toEqual(["malformed-reply", true, undefined]);
    expect(reader.step(bytes("250 ok\r\n"), 0, 8)).toBe(8);
    expect(reader.reply).toBeUndefined();
  });
});

/** Lines that begin alike, short ones and one that is too long to be remembered, with what each is. */
const LINES: readonly (readonly [string, unknown])[] = [
  ["250\r\n", { code: 250, lines: [] }],
  ["250 2.1.0\r\n", { code: 250, status: "2.1.0", lines: [] }],
  ["250 2.1.0 ok\r\n", { code: 250, status: "2.1.0", lines: ["ok"] }],
  ["250 2.1.0 okay\r\n", { code: 250, status: "2.1.0", lines: ["okay"] }],
  ["250 2.1.0x\r\n", { code: 250, lines: ["2.1.0x"] }],
  ["354 go\r\n", { code: 354, lines: ["go"] }],
  [`250 ${"x".repeat(120)}\r\n`, { code: 250, lines: ["x".repeat(120)] }],
  ["250-2.1.0 a\r\n250 2.1.0 b\r\n", { code: 250, status: "2.1.0", lines: ["a", "b"] }],
];

test("what came before, and in which order, changes no reply", () => {
  const order = fc.array(fc.nat({ max: LINES.length - 1 }), { maxLength: 30 });
  const given = order.chain((places) => {
    const said = places.map((place) => LINES[place] ?? ["", undefined]);
    const octets = bytes(said.map(([line]) => line).join(""));
    return fc.tuple(fc.constant(said.map(([, wanted]) => wanted)), fc.constant(octets), splits(octets.length));
  });
  fc.assert(
    fc.property(given, ([wanted, octets, cuts]) => {
      expect(readReplies([octets])).toEqual(wanted);
      expect(readReplies(pieces(octets, cuts))).toEqual(wanted);
    }),
    runs(500),
  );
});

test("a line that another reader knows is too long for one with a lower limit", () => {
  const [short, long] = ["250 short\r\n", "250 long, but not too long\r\n"];
  for (let time = 0; time < 3; time++) expect(wire(short + long)).toHaveLength(2);
  expect(readReplies([bytes(short + long)], { lineOctets: 20 })).toEqual([
    { code: 250, lines: ["short"] },
    "line-too-long",
  ]);
});

test("what stands behind the end of what came is no part of it", () => {
  const reader = new ReplyReader();
  const chunk = bytes("250 2.1.0 the same\r\n");
  for (let time = 0; time < 4; time++) expect(reader.step(chunk, 0, chunk.length)).toBe(chunk.length);
  for (let end = 1; end < chunk.length; end++) {
    const other = new ReplyReader();
    for (let time = 0; time < 2; time++) other.step(chunk, 0, chunk.length);
    expect(other.step(chunk, 0, end)).toBe(end);
    expect([other.reply, other.pending]).toEqual([undefined, true]);
  }
});

test("nothing is kept of a buffer that is used again", () => {
  const reader = new ReplyReader();
  const shared = Buffer.alloc(64); // of which `slice` would be a view
  const read = (line: string): unknown => {
    const end = shared.write(line, "latin1");
    for (let at = 0; at < end;) at = reader.step(shared, at, end);
    return reader.reply;
  };
  const several: unknown[] = [];
  for (let n = 0; n < 300; n++) {
    const lines = [`text ${n + 100}`];
    // Twice, so that it is remembered; its place is one of few, which others of its length have too.
    for (let time = 0; time < 3; time++) expect(read(`250 ${lines[0]}\r\n`)).toEqual({ code: 250, lines });
    read(`250-first ${n}\r\n`);
    several.push(read(`250 s\u00e9cond ${n}\r\n`));
  }
  for (const [n, one] of several.entries())
    expect(one).toEqual({
      code: 250,
      lines: [`first ${n}`, `s\u00e9cond ${n}`],
      octets: [bytes(`first ${n}`), Uint8Array.from(`s\u00e9cond ${n}`, (unit) => unit.charCodeAt(0))],
    });
});
