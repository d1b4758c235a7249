/** The standard set: it composes, whatever is dropped from it, and its types reach whoever composes it. */
import { defineExtension, ok, specOf } from "@posthorn/contract";
import type { CapabilitiesOf, Extensions, ParamsOf, StateOf } from "@posthorn/contract";
import { STANDARD_KEYWORDS, standardClient, standardServer } from "@posthorn/esmtp";
import type { StandardWithAuth, WithAuth } from "@posthorn/esmtp";
import { compose, without } from "@posthorn/session";
import fc from "fast-check";
import { expect, expectTypeOf, test } from "vitest";

interface User {
  readonly uid: number;
}

const options: WithAuth<User>["auth"] = {
  mechanisms: [],
  crypto: {
    random: (octets) => new Uint8Array(octets),
    hmac: () => new Uint8Array(),
    digest: () => new Uint8Array(),
    pbkdf2: () => new Uint8Array(),
    equal: () => false,
    prepare: (text) => text,
  },
  server: { verify: () => ({ uid: 1 }) },
};

const keywords = (extensions: Extensions): string[] => extensions.map(({ keyword }) => keyword);

test("both sets compose, with and without AUTH, in one order", () => {
  for (const extensions of [standardServer({ auth: options }), standardClient({ auth: options })]) {
    expect(keywords(extensions)).toEqual(STANDARD_KEYWORDS);
    expect(compose(extensions).specs).toHaveLength(STANDARD_KEYWORDS.length);
  }
  for (const extensions of [standardServer(), standardClient()]) {
    expect(keywords(extensions)).toEqual(STANDARD_KEYWORDS.slice(0, -1));
    expect(compose(extensions).specs).toHaveLength(STANDARD_KEYWORDS.length - 1);
  }
});

test("what is dropped takes along what requires it, and the rest composes, in its order", () => {
  const all = standardServer({ auth: options });
  fc.assert(
    fc.property(fc.subarray([...STANDARD_KEYWORDS]), fc.boolean(), (dropped, lower) => {
      const left = without(
        all,
        dropped.map((keyword) => (lower ? keyword.toLowerCase() : keyword)),
      );
      const gone = STANDARD_KEYWORDS.filter((keyword) => !keywords(left).includes(keyword));
      expect(gone).toEqual(expect.arrayContaining(dropped));
      for (const keyword of gone.filter((name) => !dropped.includes(name))) {
        const extension = all.find((one) => one.keyword === keyword);
        const requires = extension === undefined ? [] : (specOf(extension).requires ?? []);
        expect(requires.some((other) => gone.includes(other))).toBe(true);
      }
      expect(keywords(left)).toEqual(STANDARD_KEYWORDS.filter((keyword) => !gone.includes(keyword)));
      expect(compose(left).specs).toHaveLength(left.length);
    }),
  );
});

test("requirements are followed to the end, and what is not there changes nothing", () => {
  const base = { rfc: 0, capability: { decode: () => ok(null), encode: () => undefined } };
  const far = defineExtension({ ...base, keyword: "XFAR", requires: ["XNEAR"] });
  const near = defineExtension({ ...base, keyword: "XNEAR", requires: ["BINARYMIME"] });
  expect(keywords(without([far, near, ...standardServer()], ["CHUNKING"]))).not.toContain("XFAR");
  expect(keywords(without(standardServer(), ["CHUNKING"]))).not.toContain("BINARYMIME");
  expect(keywords(without(standardServer(), ["8bitmime"]))).toEqual([
    "PIPELINING",
    "SIZE",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "CHUNKING",
    "STARTTLS",
  ]);
  expect(without(standardServer(), ["NOPE", "__proto__", "P\u0131PEL\u0131N\u0131NG", ""])).toHaveLength(9);
});

test("options reach their extensions", () => {
  const size = specOf(standardServer({ maxSize: 1000 })[1]);
  expect(size.keyword).toBe("SIZE");
  expect(size.capability.encode(1000, { utf8: false })).toBe("1000");
  expect(() => standardServer({ maxSize: -1 })).toThrow("size");
  expect(specOf(standardClient({ window: 3 })[0]).client?.window?.(null)).toBe(3);
  expect(
    specOf(standardClient({ chunking: "needed" })[6]).client?.content?.(null, { endsInCrlf: true }),
  ).toBeUndefined();
});

test("types flow to who composes the set, and from what is left of it", () => {
  type All = StandardWithAuth<User>;
  expectTypeOf(standardServer({ auth: options })).toEqualTypeOf<All>();
  expectTypeOf<ParamsOf<All, "mail">["BODY"]>().toEqualTypeOf<"7BIT" | "8BITMIME" | "BINARYMIME" | undefined>();
  expectTypeOf<ParamsOf<All, "mail">["SIZE"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<CapabilitiesOf<All>["AUTH"]>().toEqualTypeOf<readonly string[] | undefined>();
  expectTypeOf<StateOf<All>["AUTH"]["identity"]>().toEqualTypeOf<User | undefined>();
  const left = without(standardServer({ auth: options }), ["DSN"]);
  expectTypeOf<ParamsOf<typeof left, "mail">>().toEqualTypeOf<ParamsOf<All, "mail">>();
  expect(left).toHaveLength(9);
});
