/**
 * What is offered, and what is picked of an offer.
 */
import { candidates, choose, MECHANISMS, servable } from "@posthorn/sasl";
import type { Store } from "@posthorn/sasl";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binding, storeOf } from "./host.ts";

const names = MECHANISMS.map((each) => each.name);
const password = { name: "user", password: "pencil" };

describe("a client", () => {
  test("goes by the documented order", () => {
    expect(candidates(names, MECHANISMS, { channelBinding: true }).map((each) => each.name)).toEqual([
      "EXTERNAL",
      "SCRAM-SHA-256-PLUS",
      "SCRAM-SHA-1-PLUS",
      "SCRAM-SHA-256",
      "SCRAM-SHA-1",
      "OAUTHBEARER",
      "XOAUTH2",
      "CRAM-MD5",
      "PLAIN",
      "LOGIN",
      "ANONYMOUS",
    ]);
    expect(candidates(names, MECHANISMS)).toEqual(candidates(names, MECHANISMS.toReversed()));
  });

  test("takes -PLUS whenever both can, and never without a binding", () => {
    fc.assert(
      fc.property(fc.subarray(names), (offered) => {
        const bound = choose(offered, MECHANISMS, { credentials: password, channelBinding: true });
        expect(bound?.binds ?? false).toBe(offered.some((each) => each.endsWith("-PLUS")));
        expect(choose(offered, MECHANISMS, { credentials: password })?.binds ?? false).toBe(false);
      }),
    );
  });

  test("uses nothing that was not offered, that its credentials cannot serve, or that reveals them in the clear", () => {
    fc.assert(
      fc.property(fc.subarray(names), fc.boolean(), (offered, inClear) => {
        for (const each of candidates(offered, MECHANISMS, { credentials: password, inClear })) {
          expect(offered).toContain(each.name);
          expect(each.uses).toBe("password");
          expect(inClear && each.reveals).toBe(false);
        }
      }),
    );
    const all = { ...password, token: "t", external: true, trace: "" };
    expect(candidates(names, MECHANISMS, { credentials: all, channelBinding: true })).toHaveLength(names.length);
    expect(choose(names, MECHANISMS, { credentials: { token: "t" } })?.name).toBe("OAUTHBEARER");
    expect(choose(names, MECHANISMS, { credentials: { external: true } })?.name).toBe("EXTERNAL");
    expect(choose(names, MECHANISMS, { credentials: { trace: "" } })?.name).toBe("ANONYMOUS");
    expect(choose(names, MECHANISMS, { credentials: { name: "user" } })).toBeUndefined();
  });

  test("goes no lower than its pin (A7)", () => {
    const policy = { credentials: password, minMechanism: "SCRAM-SHA-256" };
    expect(choose(["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1"], MECHANISMS, policy)).toBeUndefined();
    expect(choose(["PLAIN", "SCRAM-SHA-256"], MECHANISMS, policy)?.name).toBe("SCRAM-SHA-256");
    expect(() => choose(names, MECHANISMS, { minMechanism: "SCRAM-SHA-512" })).toThrow("minMechanism");
  });

  test("reads names without regard to ASCII case, and a dotless i as no I", () => {
    expect(choose(["plain"], MECHANISMS)?.name).toBe("PLAIN");
    expect(choose(["pla\u0131n", "log\u0131n", "__proto__", "constructor"], MECHANISMS)).toBeUndefined();
  });
});

describe("a server offers", () => {
  const offer = (
    store: Store<string>,
    more: { readonly channelBindings?: readonly (typeof binding)[]; readonly external?: string } = {},
  ): readonly string[] => servable(MECHANISMS, { store, ...more }).map((each) => each.name);

  test("what the store serves, by itself or by its word", () => {
    expect(offer({})).toEqual([]);
    expect(offer({ verify: () => "x" })).toEqual(["PLAIN", "LOGIN"]);
    expect(offer({ lookup: () => undefined })).toEqual(["SCRAM-SHA-256", "SCRAM-SHA-1"]);
    expect(offer({ verify: () => "x", serves: ["token"] })).toEqual(["OAUTHBEARER", "XOAUTH2"]);
    expect(offer({ lookup: () => undefined, serves: ["secret"] })).toEqual(["CRAM-MD5"]);
  });

  test("-PLUS with a binding, EXTERNAL with somebody external, and otherwise neither", () => {
    const store = storeOf({ name: "user" });
    expect(offer(store, { channelBindings: [binding], external: "user" })).toEqual(names);
    const bare = names.filter((each) => each !== "EXTERNAL" && !each.endsWith("-PLUS"));
    expect(offer(store)).toEqual(bare);
    expect(offer(store, { channelBindings: [], external: "" })).toEqual(bare);
  });
});

test("every name is a mechanism's name (RFC 4422 §3.1), and none stands twice", () => {
  for (const each of names) expect(each).toMatch(/^[A-Z0-9_-]{1,20}$/);
  expect(new Set(names).size).toBe(names.length);
});
