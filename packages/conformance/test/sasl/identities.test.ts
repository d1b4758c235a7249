/** Who a client comes to be: as whom it may act (security: A3), and names that nobody has (A6). */
import { cramMd5, external, plain, scramSha1, scramSha256, verifiers } from "@posthorn/sasl";
import type { Mechanism } from "@posthorn/sasl";
import { describe, expect, test } from "vitest";
import { clientHost, crypto, meet, serve, serverHost, serverOf, storeOf, text, utf8 } from "./host.ts";

const credentials = { name: "user", password: "pencil" };
const made = await verifiers("pencil", { rounds: 4096 }, crypto);
const store = storeOf({ name: "user", password: "pencil", token: "ticket", verifiers: made });
const empty = new Uint8Array();

describe("who may act as whom (A3)", () => {
  const messages: readonly (readonly [Mechanism, Uint8Array])[] = [
    [plain, utf8("victim\0user\0pencil")],
    [external, utf8("victim")],
  ];
  test.each(messages)(
    "$name: another identity is refused without a hook, and by a hook that says no",
    async (mechanism, message) => {
      for (const authorize of [undefined, () => undefined, () => false as const, () => Promise.resolve(null)]) {
        const asked = authorize === undefined ? store : { ...store, authorize };
        const { outcome } = await serve(serverOf(mechanism, serverHost(asked, { external: "user" }), message), []);
        expect(outcome).toEqual({ ok: false, reason: "rejected", code: "not-authorized", name: "user" });
      }
    },
  );

  test("SCRAM's `a=` is asked of the hook too, before the server proves itself", async () => {
    const client = clientHost({ ...credentials, authzid: "victim,=" });
    expect((await meet(scramSha1, client, serverHost(store))).server).toMatchObject({ code: "not-authorized" });
    const allowing = { ...store, authorize: (_: string, name: string, authzid: string) => `${name} as ${authzid}` };
    const met = await meet(scramSha1, client, serverHost(allowing));
    expect(met.server).toEqual({ ok: true, identity: "user as victim,=", name: "user", authzid: "victim,=" });
  });

  test("oneself by name needs no leave", async () => {
    const { outcome } = await serve(serverOf(plain, serverHost(store), utf8("user\0user\0pencil")), []);
    expect(outcome).toEqual({ ok: true, identity: "user", name: "user", authzid: "user" });
  });

  test("a `verify` that is a predicate lets nobody in by answering no", async () => {
    const predicate = { verify: (): boolean => false };
    const { outcome } = await serve(serverOf(plain, serverHost(predicate), utf8("\0user\0pencil")), []);
    expect(outcome).toMatchObject({ ok: false });
  });
});

describe("names that nobody has (A6)", () => {
  const shownTo = async (
    name: string,
    key = "a secret of the server, and of no one else",
    mechanism = scramSha256,
  ): Promise<string> => {
    const host = serverHost(store, { falseSaltKey: utf8(key) });
    const { said } = await serve(serverOf(mechanism, host, utf8(`n,,n=${name},r=abc`)), []);
    return text(said[0] ?? empty).replace(/^r=[^,]*,/, "");
  };

  test("have a salt and rounds, always the same, their own, and dependent on the secret", async () => {
    expect(await shownTo("nobody")).toMatch(/^s=[A-Za-z0-9+/]{22}==,i=4096$/);
    expect(await shownTo("nobody")).toBe(await shownTo("nobody"));
    const salts = [
      await shownTo("nobody"),
      await shownTo("no one"),
      await shownTo("nobody", "another secret here"),
      await shownTo("__proto__"),
    ];
    expect(new Set(salts).size).toBe(4);
    expect((await shownTo("user")).length).toBe((await shownTo("nobody")).length);
    expect(await shownTo("nobody", undefined, scramSha1)).not.toBe(await shownTo("nobody"));
  });

  test("cost the same calls of cryptography, in the same order, as a wrong password", async () => {
    const callsOf = async (mechanism: Mechanism, name: string): Promise<readonly string[]> => {
      const calls: string[] = [];
      const noting = {
        ...crypto,
        hmac: (...args: Parameters<typeof crypto.hmac>) => (calls.push(`hmac ${args[0]}`), crypto.hmac(...args)),
        digest: (...args: Parameters<typeof crypto.digest>) => (
          calls.push(`digest ${args[0]}`),
          crypto.digest(...args)
        ),
        equal: (...args: Parameters<typeof crypto.equal>) => (calls.push("equal"), crypto.equal(...args)),
      };
      const client = clientHost({ name, password: "wrong" });
      await meet(mechanism, client, serverHost(store, { crypto: noting }));
      return calls;
    };
    for (const mechanism of [scramSha1, scramSha256, cramMd5]) {
      const unknown = await callsOf(mechanism, "nobody");
      expect(unknown.length).toBeGreaterThan(1);
      expect(unknown).toEqual(await callsOf(mechanism, "user"));
    }
  });

  test("have keys that the salt tells nothing of", async () => {
    const seeds: string[] = [];
    const noting = {
      ...crypto,
      hmac: (...args: Parameters<typeof crypto.hmac>) => (seeds.push(text(args[2])), crypto.hmac(...args)),
    };
    await serve(serverOf(scramSha256, serverHost(store, { crypto: noting }), utf8("n,,n=nobody,r=abc")), []);
    expect(seeds.slice(0, 3)).toHaveLength(3);
    expect(new Set(seeds.slice(0, 3)).size).toBe(3);
  });

  test("are not proved by a proof of the false keys' own form", async () => {
    const client = clientHost({ name: "nobody", password: "pencil" });
    expect((await meet(scramSha256, client, serverHost(store))).server).toMatchObject({
      code: "bad-credentials",
      name: "nobody",
    });
  });
});
