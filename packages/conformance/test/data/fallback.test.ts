/** What is taken where the host has no WebAssembly, no SIMD, or a policy against it; and that nothing happens before. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { octetsOf, read, textOf } from "./naive.ts";

const content = "one\r\n..two\r\n".repeat(20);

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function Refusing(): never {
  throw new Error("not here");
}

describe.each([
  ["no WebAssembly", undefined],
  ["a module that does not compile", { Module: Refusing, Instance: Refusing, Memory: Refusing }],
  [
    "no memory",
    {
      Module: Object,
      Instance: class {
        readonly exports = {};
      },
      Memory: Refusing,
    },
  ],
])("%s", (_, host) => {
  test("content is searched by words", async () => {
    vi.stubGlobal("WebAssembly", host);
    const { defaultSearch, dotDecoder, dotEncoder, simdSearch, wordSearch } = await import("@posthorn/data");
    expect(simdSearch()).toBeUndefined();
    expect(defaultSearch().constructor).toBe(wordSearch().constructor);
    const seen = read(dotDecoder(), [octetsOf(`${content}.\r\n`)]);
    expect([seen.content, seen.end, seen.fault]).toEqual([content.replaceAll("..", "."), content.length + 3, ""]);
    const encoder = dotEncoder();
    expect(textOf(encoder.write(octetsOf(seen.content)))).toBe(content);
  });
});

test("importing compiles nothing; the first decoder does, once for the process", async () => {
  const host: unknown = Reflect.get(globalThis, "WebAssembly");
  if (typeof host !== "object" || host === null) throw new Error("no WebAssembly here");
  let compiled = 0;
  const counted = new Proxy(host, {
    get(target, name): unknown {
      if (name === "Module") compiled += 1;
      return Reflect.get(target, name);
    },
  });
  vi.stubGlobal("WebAssembly", counted);
  const { dotDecoder, dotEncoder, simdSearch, wordSearch } = await import("@posthorn/data");
  dotDecoder({ search: wordSearch() });
  expect(compiled).toBe(0);
  dotDecoder();
  dotEncoder();
  simdSearch({ atLeast: 0 });
  expect(compiled).toBe(1);
});
