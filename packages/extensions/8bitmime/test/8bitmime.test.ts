/** 8BITMIME (RFC 6152): BODY as a codec, and a client that never sends octets above 127 raw to who did not offer it. */
import { ASCII, LocalProtocolError, specOf } from "@posthorn/contract";
import type { Facts, Message } from "@posthorn/contract";
import { eightBitMime } from "@posthorn/ext-8bitmime";
import { viewOf } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

const spec = specOf(eightBitMime());

const prepare = (facts: Facts, offered: null | undefined, body?: string) => {
  const message: Message<{ BODY: string }> = {
    from: null,
    to: [],
    facts,
    ...(body === undefined ? {} : { params: { BODY: body } }),
  };
  return spec.client?.prepare?.(message, offered, viewOf(), undefined);
};

const body = (): { decode(raw: string | undefined): unknown; encode(value: unknown): string | undefined } => {
  const param = Object.entries(spec.mail ?? {}).find(([name]) => name === "BODY")?.[1];
  if (param === undefined) throw new Error("no BODY");
  return { decode: (raw) => param.decode(raw, ASCII), encode: (value) => param.encode(value, ASCII) };
};

test("BODY is one of two words, in any case, written in upper case (RFC 6152 §2)", () => {
  for (const word of ["7BIT", "8BITMIME"]) {
    expect(body().decode(body().encode(word))).toEqual({ ok: true, value: word });
    expect(body().decode(word.toLowerCase())).toEqual({ ok: true, value: word });
    expect(` BODY=${word}`.length).toBeLessThanOrEqual(17);
  }
});

test("any other BODY is 501 5.5.4, a dotless i among them", () => {
  const refused = (raw: string | undefined): void => {
    expect(body().decode(raw)).toMatchObject({ ok: false, fault: { reply: { code: 501, status: "5.5.4" } } });
  };
  for (const raw of [
    undefined,
    "",
    "7B\u0131T",
    "8B\u0131TM\u0131ME",
    "BINARYMIME",
    "8BIT",
    "7BIT ",
    "__proto__",
    "constructor",
  ])
    refused(raw);
  fc.assert(
    fc.property(
      fc.string().filter((raw) => !["7BIT", "8BITMIME"].includes(raw.toUpperCase())),
      refused,
    ),
  );
  expect(() => body().encode("7BIT\r\nRSET")).toThrow(LocalProtocolError);
});

test("8-bit and unknown content is announced where that was offered, and refused where not", () => {
  for (const facts of [{ octets: "8bit" }, {}] satisfies Facts[]) {
    expect(prepare(facts, null)).toEqual({ mail: { BODY: "8BITMIME" }, carries: "8bit" });
    expect(prepare(facts, null, "8BITMIME")).toEqual({ mail: { BODY: "8BITMIME" }, carries: "8bit" });
    const refused = prepare(facts, undefined);
    expect(refused?.refuse).toContain("8BITMIME");
    expect(refused?.carries).toBeUndefined();
  }
});

test("BODY=7BIT of the caller's, on content that may be 8-bit, is refused and not believed", () => {
  expect(prepare({ octets: "8bit" }, null, "7BIT")?.refuse).toContain("7BIT");
  expect(prepare({}, null, "7BIT")?.refuse).toContain("7BIT");
  expect(prepare({ octets: "7bit" }, null, "7BIT")).toBeUndefined();
});

test("7-bit content needs nothing, binary content is another extension's", () => {
  for (const offered of [null, undefined]) {
    expect(prepare({ octets: "7bit" }, offered)).toBeUndefined();
    expect(prepare({ octets: "binary" }, offered)).toBeUndefined();
    expect(prepare({ octets: "8bit" }, offered, "BINARYMIME")).toBeUndefined();
  }
});

test("the server offers it, and refuses no content for want of BODY", () => {
  expect(spec.server?.advertise(viewOf(), undefined)).toBeNull();
  expect(spec.server?.admit).toBeUndefined();
});
