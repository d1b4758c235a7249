/** SIZE (RFC 1870): both numbers as codecs, the vetoes of the server, the plan of the client. */
import { ASCII, LocalProtocolError, specOf } from "@posthorn/contract";
import type { Facts, Message } from "@posthorn/contract";
import { size } from "@posthorn/ext-size";
import { viewOf } from "@posthorn/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { capability, parameter } from "../src/codecs.ts";

const numRuns = 500 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const octets = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^[0-9]{${min},${max}}$`));

describe("codecs", () => {
  test("what is encoded decodes to itself", () => {
    fc.assert(
      fc.property(octets, (value) => {
        expect(parameter.decode(parameter.encode(value, ASCII), ASCII)).toEqual({ ok: true, value });
        expect(capability.decode(capability.encode(value, ASCII), ASCII)).toEqual({ ok: true, value });
      }),
      { numRuns },
    );
    expect(capability.decode(capability.encode(null, ASCII), ASCII)).toEqual({ ok: true, value: null });
  });

  test("1 to 20 digits are read, zeros in front dropped; above 2^53-1 a declaration is 552 and a maximum is capped", () => {
    fc.assert(
      fc.property(fc.oneof(digits(1, 20), digits(16, 20)), (raw) => {
        const exact = BigInt(raw);
        const counted = exact <= BigInt(Number.MAX_SAFE_INTEGER);
        const read = parameter.decode(raw, ASCII);
        expect(read).toMatchObject(
          counted ? { ok: true, value: Number(exact) } : { fault: { reply: { code: 552, status: "5.3.4" } } },
        );
        expect(read.ok && parameter.encode(read.value, ASCII)).toBe(counted && String(exact));
        expect(capability.decode(raw, ASCII)).toEqual({
          ok: true,
          value: counted ? Number(exact) : Number.MAX_SAFE_INTEGER,
        });
      }),
      { numRuns },
    );
  });

  test("anything else is 501 5.5.4", () => {
    const refused = (raw: string | undefined): void => {
      const fault = { ok: false, fault: { reply: { code: 501, status: "5.5.4" } } };
      expect(parameter.decode(raw, ASCII)).toMatchObject(fault);
      expect(capability.decode(raw, ASCII)).toMatchObject(raw === undefined ? { ok: true } : fault);
    };
    for (const raw of [undefined, "", "-1", "+1", "1.5", "1e3", "0x10", " 1", "1 ", "١", "1\r\n", "NaN"]) refused(raw);
    fc.assert(fc.property(digits(21, 40), refused), { numRuns: 50 });
    fc.assert(
      fc.property(
        fc.string().filter((raw) => !/^[0-9]*$/.test(raw)),
        refused,
      ),
      { numRuns },
    );
  });

  test("a value that is no count of octets has no encoding", () => {
    for (const value of [-1, 1.5, Number.NaN, Infinity, 2 ** 53]) {
      expect(() => parameter.encode(value, ASCII)).toThrow(LocalProtocolError);
      expect(() => capability.encode(value, ASCII)).toThrow(LocalProtocolError);
    }
  });

  test("the longest parameter is as long as RFC 1870 §3 says", () => {
    expect(` SIZE=${"9".repeat(20)}`.length).toBe(parameter.adds);
  });
});

describe("server", () => {
  const server = (max?: number) => {
    const half = specOf(size(max === undefined ? {} : { max })).server;
    if (half === undefined) throw new Error("no server half");
    return half;
  };
  const mail = (declared: number | undefined) => ({
    path: null,
    params: declared === undefined ? {} : { SIZE: declared },
  });

  test("a MAIL that declares more than the maximum is 552 5.3.4, and no other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.option(fc.nat(2000), { nil: undefined }), (max, declared) => {
        const said = server(max).admit?.["MAIL"]?.(mail(declared), viewOf(), undefined);
        const refused = declared !== undefined && declared > max;
        const tooLarge: unknown = expect.objectContaining({ code: 552, status: "5.3.4" });
        expect(said).toEqual(refused ? tooLarge : undefined);
      }),
      { numRuns },
    );
  });

  test("content is held to the maximum, whatever was declared", () => {
    expect(server(1000).limit?.(viewOf(), undefined)).toMatchObject({
      octets: 1000,
      reply: { code: 552, status: "5.3.4" },
    });
  });

  test("without a maximum, nothing is stated and nothing refused", () => {
    for (const half of [server(), server(0)]) {
      expect(half.advertise(viewOf(), undefined)).toBeNull();
      expect(half.limit?.(viewOf(), undefined)).toBeUndefined();
      expect(half.admit?.["MAIL"]?.(mail(Number.MAX_SAFE_INTEGER), viewOf(), undefined)).toBeUndefined();
    }
    expect(server(1000).advertise(viewOf(), undefined)).toBe(1000);
  });

  test("a maximum that is no count of octets is the caller's mistake", () => {
    for (const max of [-1, 1.5, Number.NaN]) expect(() => size({ max })).toThrow(LocalProtocolError);
  });
});

describe("client", () => {
  const prepare = (facts: Facts, stated: number | null | undefined, declared?: number) => {
    const message: Message<{ SIZE: number }> = {
      from: null,
      to: [],
      facts,
      ...(declared === undefined ? {} : { params: { SIZE: declared } }),
    };
    return specOf(size()).client?.prepare?.(message, stated, viewOf(), undefined);
  };

  test("what is known is declared; what is too large is refused before MAIL", () => {
    expect(prepare({ size: 1000 }, 1000)).toEqual({ mail: { SIZE: 1000 } });
    expect(prepare({ size: 1001 }, 1000)?.refuse).toContain("1001 octets");
    expect(prepare({ size: 1001 }, 1000)?.mail).toBeUndefined();
  });

  test("0 and no number are no maximum (RFC 1870 §4)", () => {
    expect(prepare({ size: 1001 }, 0)).toEqual({ mail: { SIZE: 1001 } });
    expect(prepare({ size: 1001 }, null)).toEqual({ mail: { SIZE: 1001 } });
  });

  test("what is unknown or was not offered is left alone", () => {
    expect(prepare({}, 1000)).toBeUndefined();
    expect(prepare({ size: 1001 }, undefined)).toBeUndefined();
  });

  test("the caller's own declaration counts before the fact", () => {
    expect(prepare({ size: 10 }, 1000, 1001)?.refuse).toBeDefined();
    expect(prepare({ size: 10 }, 1000, 999)).toEqual({ mail: { SIZE: 999 } });
  });
});
