/**
 * Verifiers and the users file: what is made of a password checks that password and no other, text comes back as it
 * went, and the figures of other implementations are ours too.
 */
import {
  checkPassword,
  formatUser,
  formatVerifiers,
  parseUser,
  parseVerifiers,
  plain,
  scramSha256,
  servable,
  MECHANISMS,
  verifiers,
  verifyByLookup,
} from "@posthorn/sasl";
import type { Credentials, Verifier } from "@posthorn/sasl";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64, clientHost, crypto, meet, RUNS, serve, serverHost, serverOf, storeOf, utf8 } from "./host.ts";

const { signal } = new AbortController();

describe("figures of others", () => {
  // Dovecot, src/auth/test-libpassword.c; and GNU SASL, tests/gsasl-mkpasswd.sh, for RFC 7677's example.
  test.each([
    ["test", "{SCRAM-SHA-1}4096,GetyLXdBuHzf1FWf8SLz2Q==,NA/OqmF4hhrsrB9KR7po+dliTGM=,QBiURvQaE6H6qYTmeghDHLANBFQ="],
    [
      "test",
      "{SCRAM-SHA-256}4096,LfNGSFqiFykEZ1xDAYlnKQ==,HACNf9CII7cMz3XjRy/Oh3Ae2LHApoDyNw74d3YtFws=,AQH0j7Hf8J12g8eNBadvzlNB2am3PxgNwFCFd3RxEaw=",
    ],
    [
      "pencil",
      "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    ],
  ])("%s: %s", async (password, written) => {
    const read = parseVerifiers(written) ?? [];
    expect(formatVerifiers(read)).toBe(written);
    const [first] = read;
    const made = await verifiers(password, { salt: first?.salt ?? base64(""), rounds: 4096 }, crypto);
    expect(made.find((each) => each.hash === first?.hash)).toEqual(first);
    expect(await checkPassword(password, read, crypto)).toBe(true);
    expect(await checkPassword(`${password}.`, read, crypto)).toBe(false);
  });
});

const octets = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const verifier = (hash: "sha1" | "sha256", length: number): fc.Arbitrary<Verifier> =>
  fc.record({
    hash: fc.constant(hash),
    salt: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    rounds: fc.integer({ min: 4096, max: 1_000_000 }),
    storedKey: octets(length),
    serverKey: octets(length),
  });
const pair = fc.tuple(verifier("sha256", 32), verifier("sha1", 20));
const userName = fc
  .string({ unit: "grapheme", minLength: 1 })
  .filter((each) => each.trim() === each && !each.startsWith("#") && !/\p{Cc}/u.test(each));

describe("text", () => {
  test("comes back as it went; names may have colons", () => {
    fc.assert(
      fc.property(pair, userName, (made, name) => {
        expect(parseUser(formatUser(name, made))).toEqual({ name, verifiers: made });
      }),
      { numRuns: 200 * RUNS },
    );
    const line = formatUser("urn:user:1", fc.sample(pair, { numRuns: 1, seed: 1 })[0] ?? []);
    expect(parseUser(line)?.name).toBe("urn:user:1");
  });

  test("is canonical: what is read is written again as it stood, whatever stands there", () => {
    const fragment = fc.constantFrom(
      "{SCRAM-SHA-256}",
      "{SCRAM-SHA-1}",
      "4096",
      ",",
      " ",
      "QQ==",
      "QR==",
      "A".repeat(27),
      "A".repeat(43),
      "=",
      "{",
      "0",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fragment, { maxLength: 16 }).map((all) => all.join("")),
        ),
        (text) => {
          const read = parseVerifiers(text);
          expect(read === undefined ? text : formatVerifiers(read)).toBe(text);
        },
      ),
      { numRuns: 2000 * RUNS },
    );
  });

  const [good = ""] = fc.sample(verifier("sha1", 20), { numRuns: 1, seed: 7 }).map((each) => formatVerifiers([each]));
  test.each([
    "",
    "{SCRAM-SHA-512}4096,QQ==,QQ==,QQ==",
    good.replace(/\}\d+/, "}4095"),
    good.replace(/\}\d+/, "}1000001"),
    good.replace(/\}\d+/, "}04096"),
    good.replace(/\}\d+,[^,]+/, "}4096,"),
    `${good},QQ==`,
    `${good} ${good}`,
    `${good} `,
    ` ${good}`,
    good.replaceAll(",", "$"),
    good.slice(0, -4),
    good.replace(/,[^,]+,([^,]+)$/, ",QQ==,$1"),
    good.replace(/,[^,]+$/, ",QQ=="),
  ])("is refused: `%s`", (text) => {
    expect(parseVerifiers(good)).toHaveLength(1);
    expect(parseVerifiers(text)).toBeUndefined();
  });

  test.each(["", ":", "tim", `:${good}`, ` tim:${good}`, `#tim:${good}`, `t\tim:${good}`, `tim ${good}`])(
    "no line of a user: `%s`",
    (line) => {
      expect(parseUser(line)).toBeUndefined();
    },
  );

  test.each(["", " tim", "#tim", "a\nb"])("no name of a user: `%s`", (name) => {
    expect(() => formatUser(name, parseVerifiers(good) ?? [])).toThrow("plain name");
  });
});

describe("making verifiers", () => {
  test("salts are random, 16 octets, one for each hash", async () => {
    const salts = [
      ...(await verifiers("a", { rounds: 4096 }, crypto)),
      ...(await verifiers("a", { rounds: 4096 }, crypto)),
    ].map((each) => each.salt);
    expect(salts.map((each) => each.length)).toEqual([16, 16, 16, 16]);
    expect(new Set(salts.map(String)).size).toBe(4);
  });

  test.each([
    ["", {}, "unpreparable"],
    ["hush\0", {}, "unpreparable"],
    ["hush\ud800", {}, "unpreparable"],
    ["hush", { rounds: 4095 }, "bad-rounds"],
    ["hush", { rounds: 1_000_001 }, "bad-rounds"],
    ["hush", { rounds: 5000.5 }, "bad-rounds"],
    ["hush", { salt: utf8("") }, "bad-salt"],
  ])("%j with %j is our caller's mistake", (password, options, code) => {
    let thrown: unknown;
    try {
      void verifiers(password, options, crypto);
    } catch (why) {
      thrown = why;
    }
    expect(thrown).toMatchObject({ code });
    expect(String(thrown)).not.toContain("hush");
  });
});

describe("a table of verifiers alone", () => {
  const asked: string[] = [];
  const noting = {
    ...crypto,
    pbkdf2: (...args: Parameters<typeof crypto.pbkdf2>) => (
      asked.push(`${args[0]} ${args[3]}`),
      Promise.resolve(crypto.pbkdf2(...args))
    ),
  };

  test("serves PLAIN, LOGIN and SCRAM, and offers nothing else", async () => {
    const made = await verifiers("pencil", { rounds: 4096 }, crypto);
    const lookup = (name: string): { identity: string; verifiers: readonly Verifier[] } | undefined =>
      name === "user" ? { identity: name, verifiers: made } : undefined;
    const store = { lookup, verify: verifyByLookup(lookup, noting, 4096) };
    expect(servable(MECHANISMS, { store }).map((each) => each.name)).toEqual([
      "SCRAM-SHA-256",
      "SCRAM-SHA-1",
      "PLAIN",
      "LOGIN",
    ]);
    const host = serverHost(store);
    for (const mechanism of servable(MECHANISMS, { store })) {
      expect((await meet(mechanism, clientHost({ name: "user", password: "pencil" }), host)).server).toMatchObject({
        ok: true,
        identity: "user",
      });
      expect((await meet(mechanism, clientHost({ name: "user", password: "pen" }), host)).server).toMatchObject({
        code: "bad-credentials",
      });
      expect((await meet(mechanism, clientHost({ name: "no", password: "pencil" }), host)).server).toMatchObject({
        code: "bad-credentials",
      });
    }
  });

  test("an unknown name, a password that cannot be prepared and an empty list cost one derivation (A6)", async () => {
    const made = await verifiers("pencil", { rounds: 4096 }, crypto);
    for (const [password, against] of [
      ["pencil", undefined],
      ["pencil", []],
      ["pen\0cil", made],
      ["", made],
      ["wrong", made],
    ] as const) {
      asked.length = 0;
      expect(await checkPassword(password, against, noting, 4096)).toBe(false);
      expect(asked).toEqual(["sha256 4096"]);
    }
  });

  test("never lets an empty password in, whatever the table says", async () => {
    const { salt, rounds } = { salt: utf8("salt"), rounds: 4096 };
    const salted = await crypto.pbkdf2("sha256", utf8(""), salt, rounds, 32);
    const storedKey = await crypto.digest("sha256", await crypto.hmac("sha256", salted, utf8("Client Key")));
    const table: readonly Verifier[] = [{ hash: "sha256", salt, rounds, storedKey, serverKey: storedKey }];
    expect(await checkPassword("", table, crypto)).toBe(false);
    expect(await checkPassword("\0", table, crypto)).toBe(false);
  });

  test("is not asked about tokens", async () => {
    const verify = verifyByLookup(() => ({ identity: "user" }), crypto, 4096);
    const shown: Credentials = { type: "token", mechanism: "XOAUTH2", name: "user", token: "t" };
    expect(await verify(shown, signal)).toBeUndefined();
  });

  test("whose user has verifiers of the other hash only is as if nobody", async () => {
    const [sha256] = await verifiers("pencil", { rounds: 4096 }, crypto);
    const store = storeOf({ name: "user", verifiers: sha256 === undefined ? [] : [{ ...sha256, hash: "sha1" }] });
    const met = await meet(scramSha256, clientHost({ name: "user", password: "pencil" }), serverHost(store));
    expect(met.server).toMatchObject({ code: "bad-credentials" });
  });
});

test("a store that throws ends the exchange by that throw (454)", async () => {
  const down = { verify: () => Promise.reject(new Error("no database")) };
  await expect(serve(serverOf(plain, serverHost(down), utf8("\0user\0pencil")), [])).rejects.toThrow("no database");
});
