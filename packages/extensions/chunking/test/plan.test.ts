/** What a client makes of content (RFC 3030 §2, §3), and what a server refuses of DATA. */
import { ASCII, specOf } from "@posthorn/contract";
import type { Facts, Message, Prepared } from "@posthorn/contract";
import { viewOf } from "@posthorn/testkit";
import { expect, test } from "vitest";
import { binarymime, chunking } from "../src/index.ts";

const verbFor = (facts: Facts, prefer?: "always" | "needed"): string | undefined =>
  specOf(chunking(prefer === undefined ? {} : { prefer })).client?.content?.(null, facts)?.verb;

test("BDAT is used wherever it is offered, or where DATA would not do", () => {
  expect(verbFor({})).toBe("BDAT");
  expect(verbFor({ octets: "7bit", endsInCrlf: true }, "always")).toBe("BDAT");
  expect(verbFor({}, "needed")).toBeUndefined();
  expect(verbFor({ octets: "8bit", endsInCrlf: true }, "needed")).toBeUndefined();
  expect(verbFor({ octets: "binary" }, "needed")).toBe("BDAT");
  expect(verbFor({ octets: "7bit", endsInCrlf: false }, "needed")).toBe("BDAT");
});

test("each piece is announced with its octets", () => {
  const transfer = specOf(chunking()).client?.content?.(null, {});
  expect(transfer?.args(1000, false)).toEqual({ size: 1000, last: false });
  expect(transfer?.args(0, true)).toEqual({ size: 0, last: true });
});

const prepare = (facts: Facts, offered: boolean, params?: object): Prepared<object, object> | undefined => {
  const message: Message = { from: null, to: [], facts, ...(params === undefined ? {} : { params }) };
  return specOf(binarymime()).client?.prepare?.(message, offered ? null : undefined, viewOf(), undefined);
};

test("binary content is declared and goes by BDAT, or is refused; other content is none of its business", () => {
  const goes = { mail: { BODY: "BINARYMIME" }, carries: "binary", transfer: "BDAT" };
  expect(prepare({ octets: "binary" }, true)).toEqual(goes);
  expect(prepare({ octets: "binary" }, true, { BODY: "BINARYMIME" })).toEqual(goes);
  expect(prepare({ octets: "7bit" }, true, { BODY: "BINARYMIME" })).toEqual(goes);
  expect(prepare({ octets: "binary" }, false)).toEqual({ refuse: expect.stringContaining("BINARYMIME") });
  expect(prepare({ octets: "binary" }, true, { BODY: "8BITMIME" })).toEqual({
    refuse: expect.stringContaining("8BITMIME"),
  });
  for (const octets of ["7bit", "8bit"] as const) expect(prepare({ octets }, true)).toBeUndefined();
  expect(prepare({}, true)).toBeUndefined();
});

test("DATA after BODY=BINARYMIME is 503 (RFC 3030 §3)", () => {
  const veto = (params: object): number | undefined =>
    specOf(binarymime()).server?.admit?.["DATA"]?.(null, viewOf({ mail: { path: null, params } }), undefined)?.code;
  expect(veto({ BODY: "BINARYMIME" })).toBe(503);
  expect(veto({ BODY: "8BITMIME" })).toBeUndefined();
  expect(veto({})).toBeUndefined();
});

test("BODY has one more value, in any case", () => {
  const body = specOf(binarymime()).mail;
  const codec: unknown = body === undefined ? undefined : Reflect.get(body, "BODY");
  expect(codec).toMatchObject({ tokens: ["BINARYMIME"], unoffered: "refuse" });
  const decode = (raw: string | undefined): unknown =>
    typeof codec === "object" && codec !== null && "decode" in codec && typeof codec.decode === "function"
      ? codec.decode(raw, ASCII)
      : undefined;
  for (const raw of ["BINARYMIME", "binarymime", "BinaryMime"])
    expect(decode(raw)).toEqual({ ok: true, value: "BINARYMIME" });
  for (const raw of [undefined, "", "8BITMIME", "B\u0131NARYMIME", "BINARYMIME "]) {
    expect(decode(raw)).toMatchObject({ ok: false, fault: { reply: { code: 501 } } });
  }
});
