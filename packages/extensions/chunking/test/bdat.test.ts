/** BDAT (RFC 3030 §2): its arguments, its framing, and where each reply leads. */
import { ASCII, specOf } from "@posthorn/contract";
import type { Move } from "@posthorn/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bdat, bdatArgs, chunking } from "../src/index.ts";

const numRuns = 500 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const args = fc.record({ size: fc.maxSafeNat(), last: fc.boolean() });

describe("arguments", () => {
  test("decode(encode(v)) is v", () => {
    fc.assert(
      fc.property(args, (given) => {
        expect(bdatArgs.decode(bdatArgs.encode(given, ASCII), ASCII)).toEqual({ ok: true, value: given });
      }),
      { numRuns },
    );
  });

  test("encode(decode(s)) is canonical, and what cannot be read is fatal: nobody knows where the next command is", () => {
    const raw = fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{0,22}( (LAST|last|LaSt|L))?$/));
    fc.assert(
      fc.property(raw, (text) => {
        const read = bdatArgs.decode(text, ASCII);
        const again = read.ok ? bdatArgs.decode(bdatArgs.encode(read.value, ASCII), ASCII) : read;
        expect(again).toEqual(read);
        expect(read.ok || (read.fault.fatal === true && read.fault.reply.code === 501)).toBe(true);
      }),
      { numRuns },
    );
  });

  test.each(["0", "00000000000000000005", "9007199254740991", "0 LAST", "7 last"])("%j is read", (raw) => {
    expect(bdatArgs.decode(raw, ASCII).ok).toBe(true);
  });

  // S6 b, and the tolerance that nobody may have: a number read twice in two ways smuggles.
  const unreadable = [
    "",
    "-1",
    "+5",
    "0x5",
    "5 LASTX",
    "5  LAST",
    "5\tLAST",
    " 5",
    "5 ",
    "1e3",
    "5.0",
    "٥",
    "LAST",
    "5 LA\u017fT",
  ];
  test.each([...unreadable, "99999999999999999999", "9007199254740992", "000000000000000000005", undefined])(
    "%j is not",
    (raw) => {
      expect(bdatArgs.decode(raw, ASCII)).toMatchObject({ ok: false, fault: { fatal: true, reply: { code: 501 } } });
    },
  );

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("a size of %d has no encoding", (size) => {
    expect(() => bdatArgs.encode({ size, last: false }, ASCII)).toThrow("chunk");
  });
});

describe("framing", () => {
  const intake = bdat.intake;
  if (intake === undefined) throw new Error("BDAT has an intake");

  test("takes exactly what was announced, wherever it is cut, and nothing of what follows", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 30 }),
        fc.boolean(),
        fc.array(fc.nat({ max: 9 })),
        (content, last, cuts) => {
          const given = { size: content.length, last };
          const encoder = intake.encode(given);
          const octets = new Uint8Array([...encoder.write(content), ...encoder.end()]);
          expect(octets).toEqual(content);
          const fed = new Uint8Array([...octets, 81, 85, 73, 84]);
          const decoder = intake.decode(given);
          const out: number[] = [];
          let at = 0;
          for (let turn = 0; !decoder.done; turn++) {
            at = decoder.step(fed, at, Math.min(fed.length, at + (cuts[turn] ?? fed.length)));
            out.push(...(decoder.out ?? []));
          }
          expect(at).toBe(content.length);
          expect(out).toEqual([...content]);
          expect(decoder.fault).toBeUndefined();
        },
      ),
      { numRuns },
    );
  });

  test("of no octets is done at once", () => {
    const decoder = intake.decode({ size: 0, last: true });
    expect(decoder.step(new Uint8Array(3), 0, 3)).toBe(0);
    expect(decoder.done).toBe(true);
  });

  const moves = (code: 2 | 4 | 5, last: boolean): Move | undefined => {
    const move = intake.then[code];
    return move?.of !== undefined ? move.of[move.which({ size: 1, last })] : move;
  };

  test("a reply to a chunk goes on or fails; any reply to the last ends the transaction", () => {
    expect(moves(2, false)).toEqual({ to: "CHUNKING:open" });
    expect(moves(4, false)).toEqual({ to: "CHUNKING:failed" });
    expect(moves(5, false)).toEqual({ to: "CHUNKING:failed" });
    for (const code of [2, 4, 5] as const) expect(moves(code, true)).toEqual({ to: "idle", forgets: "transaction" });
    expect([intake.last({ size: 1, last: true }), intake.last({ size: 1, last: false })]).toEqual([true, false]);
    expect(bdat.from).toEqual(["rcpt", "CHUNKING:open"]);
  });

  test("100,000 chunks of one octet are answered by one and the same reply (S6 c)", () => {
    const handle: unknown = specOf(chunking()).server?.handle?.["BDAT"];
    if (typeof handle !== "function") throw new Error("BDAT is handled");
    const replies = new Set<unknown>();
    for (let chunk = 0; chunk < 100_000; chunk++) replies.add(handle({ size: 1, last: false }));
    expect(replies.size).toBe(1);
    expect([...replies]).toEqual([expect.objectContaining({ code: 250 })]);
  });
});
