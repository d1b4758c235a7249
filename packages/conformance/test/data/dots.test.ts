/** Examples and attacks that a reader may want to see spelled out; the laws are in the other files. */
import { describe, expect, test } from "vitest";
import { dotDecoder, dotEncoder, toCrlf } from "@posthorn/data";
import { FALSE_ENDS } from "../false-ends.ts";
import { engines, naiveDecode, octetsOf, read, textOf } from "./naive.ts";

const INNER = "MAIL FROM:<evil@x>\r\nRCPT TO:<y@z>\r\nDATA\r\nInner\r\n.\r\n";

describe.each(FALSE_ENDS)("after A%j", (sequence) => {
  const stream = `A${sequence}${INNER}QUIT\r\n`;
  const end = stream.length - 6;

  test.each(["strict", "normalize"] as const)(
    "S1, %s: content ends at the true end, however it is cut",
    (lineEndings) => {
      const octets = octetsOf(stream);
      const wanted = naiveDecode(stream, lineEndings);
      expect(wanted.end).toBe(end);
      for (const [name, search] of engines) {
        expect([name, read(dotDecoder({ lineEndings, search }), [octets])]).toEqual([name, wanted]);
        const singly = Array.from(octets, (octet) => new Uint8Array([octet]));
        expect([name, read(dotDecoder({ lineEndings, search }), singly)]).toEqual([name, wanted]);
        for (let cut = 0; cut <= octets.length; cut += 1) {
          const pieces = [octets.subarray(0, cut), octets.subarray(cut)];
          expect([cut, read(dotDecoder({ lineEndings, search }), pieces)]).toEqual([cut, wanted]);
        }
      }
    },
  );
});

test("S2: refused content is followed to its true end, and the reply says why", () => {
  const stream = octetsOf("one\nMAIL FROM:<a@b>\r\n.\n.\r.\r\n..\r\n.\r\nNOOP\r\n");
  const decoder = dotDecoder();
  expect(read(decoder, [stream])).toEqual({ content: "one", end: stream.length - 6, fault: "bare-lf", faultAt: 3 });
  expect(decoder.fault).toEqual({
    code: "bare-lf",
    reply: { code: 550, status: "5.6.0", lines: ["Bare LF in content; lines must end in CRLF"] },
    rfc: "RFC 5321 §2.3.8",
  });
});

test("S4: a dot is taken away behind CRLF only", () => {
  expect(read(dotDecoder({ lineEndings: "normalize" }), [octetsOf("A\n..\r\n.\r\n")]).content).toBe("A\r\n..\r\n");
  expect(read(dotDecoder({ lineEndings: "normalize" }), [octetsOf("A\r\n..\r\n.\r\n")]).content).toBe("A\r\n.\r\n");
});

test("normalised content that looks like a terminator is stuffed for the next hop", () => {
  const content = read(dotDecoder({ lineEndings: "normalize" }), [octetsOf("A\n.\nB\r\n.\r\n")]).content;
  expect(content).toBe("A\r\n.\r\nB\r\n");
  const encoder = dotEncoder();
  expect(textOf(encoder.write(octetsOf(content))) + textOf(encoder.end())).toBe("A\r\n..\r\nB\r\n.\r\n");
});

test("empty content is a dot at once, both ways (RFC 5321 §4.1.1.4)", () => {
  expect(read(dotDecoder(), [octetsOf(".\r\n")])).toEqual({ content: "", end: 3, fault: "", faultAt: -1 });
  const encoder = dotEncoder();
  expect(textOf(encoder.end())).toBe(".\r\n");
  expect(encoder.addedFinalLineEnding).toBe(false);
});

test("the encoder adds what the last line lacks, and says so", () => {
  const encoder = dotEncoder();
  encoder.write(octetsOf("line"));
  expect(textOf(encoder.end())).toBe("\r\n.\r\n");
  expect(encoder.addedFinalLineEnding).toBe(true);
});

test("what needs no change is passed on without a copy", () => {
  const piece = octetsOf("one\r\ntwo . three\r\n");
  expect(dotEncoder().write(piece)).toBe(piece);
  expect(toCrlf().write(piece)).toBe(piece);
  const decoder = dotDecoder();
  decoder.step(piece, 0, piece.length);
  expect(decoder.out?.buffer).toBe(piece.buffer);
});

test("no argument is changed", () => {
  const piece = octetsOf("..one\r\n.two\n\r..\r\n..x\r\n.\r\n");
  const before = textOf(piece);
  read(dotDecoder({ lineEndings: "normalize" }), [piece]);
  dotEncoder({ lineEndings: "normalize" }).write(piece);
  expect(textOf(piece)).toBe(before);
});

test("what is yielded has CRLF only, and the decoder says so", () => {
  expect(dotDecoder().crlf).toBe(true);
  expect(dotDecoder({ lineEndings: "normalize", maxLine: 1000 }).crlf).toBe(true);
});

test.each(engines)("%s: what had to change is an array of its own, and given away", (_, search) => {
  const decoder = dotDecoder({ search });
  expect(decoder.gives).toBe(true);
  const piece = octetsOf("..one\r\n".repeat(100));
  decoder.step(piece, 0, piece.length);
  const { out } = decoder;
  if (out === undefined) throw new Error("nothing was yielded");
  const text = textOf(out);
  decoder.step(piece, 0, piece.length);
  expect(textOf(out)).toBe(text);
  expect(out.buffer).not.toBe(piece.buffer);
  expect(out.buffer).not.toBe(decoder.out?.buffer);
});

test("misuse throws", () => {
  const encoder = dotEncoder();
  encoder.end();
  expect(() => encoder.write(octetsOf("x"))).toThrow(expect.objectContaining({ code: "already-ended" }));
  expect(() => encoder.end()).toThrow(expect.objectContaining({ code: "already-ended" }));
  expect(() => dotDecoder({ maxLine: 1 })).toThrow(expect.objectContaining({ code: "bad-option" }));
  expect(() => dotDecoder({ viewAtLeast: 0 })).toThrow(expect.objectContaining({ code: "bad-option" }));
});
