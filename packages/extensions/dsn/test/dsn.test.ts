/** DSN (RFC 3461) as an extension: parameters are handed on, and a relay is told where a request ends. */
import { specOf } from "@posthorn/contract";
import type { Message } from "@posthorn/contract";
import { dsn } from "@posthorn/ext-dsn";
import type { Notify } from "@posthorn/ext-dsn";
import { viewOf } from "@posthorn/testkit";
import { expect, test } from "vitest";

const prepare = (notify: Notify | undefined, offered: null | undefined) => {
  const path = { local: "user", domain: "example.com" };
  const message: Message<object, { NOTIFY: Notify }> = {
    from: null,
    to: [notify === undefined ? { path } : { path, params: { NOTIFY: notify } }, { path }],
    facts: {},
  };
  return specOf(dsn()).client?.prepare?.(message, offered, viewOf(), undefined);
};

test("all four parameters are left out, and reported, where DSN is not offered", () => {
  const { mail, rcpt } = specOf(dsn());
  const params = Object.entries<{ unoffered: string }>({ ...mail, ...rcpt });
  expect(params.map(([name, param]) => [name, param.unoffered])).toEqual([
    ["RET", "omit"],
    ["ENVID", "omit"],
    ["NOTIFY", "omit"],
    ["ORCPT", "omit"],
  ]);
});

test("a wish for success that ends at this hop is noted in the plan (RFC 3461 §5.2.2)", () => {
  expect(prepare(["DELAY", "SUCCESS"], undefined)?.note).toContain("RFC 3461");
  expect(prepare(["NEVER"], undefined)).toBeUndefined();
  expect(prepare(["DELAY"], undefined)).toBeUndefined();
  expect(prepare(["FAILURE"], undefined)).toBeUndefined();
  expect(prepare(undefined, undefined)).toBeUndefined();
  expect(prepare(["SUCCESS"], null)).toBeUndefined();
});
