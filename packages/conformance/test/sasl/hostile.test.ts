/**
 * Hostile peers, one by one: the rows A3, A6 and A7 of the catalogue of attacks, and what the RFCs forbid.
 */
import { createHmac, pbkdf2Sync } from "node:crypto";
import { LocalProtocolError } from "@posthorn/contract";
import {
  anonymous,
  cramMd5,
  external,
  login,
  MECHANISMS,
  oauthbearer,
  plain,
  scramSha1,
  scramSha256,
  scramSha256Plus,
  verifiers,
  xoauth2,
} from "@posthorn/sasl";
import type { Mechanism, Turn } from "@posthorn/sasl";
import { describe, expect, test } from "vitest";
import {
  binding,
  clientHost,
  clientOf,
  crypto,
  dial,
  meet,
  serve,
  serverHost,
  serverOf,
  storeOf,
  text,
  toBase64,
  utf8,
} from "./host.ts";

const credentials = { name: "user", password: "pencil" };
const made = await verifiers("pencil", { rounds: 4096 }, crypto);
const store = storeOf({ name: "user", password: "pencil", token: "ticket", verifiers: made });
const empty = new Uint8Array();

describe("a SCRAM client leaves a server that", () => {
  /** What the client says to a server's first message, made of the client's nonce. */
  const leaves = async (first: (nonce: string) => string, then: readonly Turn[] = []): Promise<unknown> => {
    const { said, outcome } = await dial(clientOf(scramSha256, clientHost(credentials)), [
      (opening) => utf8(first(/r=([^,]*)$/.exec(text(opening ?? empty))?.[1] ?? "")),
      ...then,
    ]);
    return { outcome, proofs: said.length - 1 };
  };
  const gone = (code: string): unknown => ({ outcome: { ok: false, code }, proofs: 0 });

  test.each([
    ["does not keep the client's nonce", () => "r=other,s=QSXCR+Q6sek8bf92,i=4096", "nonce-mismatch"],
    ["adds nothing to it", (nonce: string) => `r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`, "nonce-mismatch"],
    ["has too few rounds", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4095`, "too-few-rounds"],
    ["has one round", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=1`, "too-few-rounds"],
    ["has too many rounds", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=1000001`, "too-many-rounds"],
    [
      "has more rounds than a number holds",
      (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=99999999999999999999`,
      "bad-challenge",
    ],
    [
      "counts by a sign, a point or a zero",
      (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=+4096`,
      "bad-challenge",
    ],
    ["has no salt", (nonce: string) => `r=${nonce}x,s=,i=4096`, "empty-salt"],
    ["has a salt that is no base64", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf9,i=4096`, "bad-challenge"],
    ["demands an extension", (nonce: string) => `m=x,r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`, "mandatory-extension"],
    ["says an attribute twice", (nonce: string) => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096,i=5000`, "bad-challenge"],
    ["errs", () => "e=other-error", "server-error"],
    ["says nothing", () => "", "bad-challenge"],
  ] as const)("%s", async (_, first, code) => {
    expect(await leaves(first)).toEqual(gone(code));
  });

  test("passes over an extension that may be passed over (RFC 5802 §5.1)", async () => {
    const first = (nonce: string): string => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096,z=what`;
    expect(await leaves(first, ["refused"])).toEqual({ outcome: { ok: false, code: "refused" }, proofs: 1 });
  });

  const good = (nonce: string): string => `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`;
  test.each([
    ["has a wrong signature", utf8(`v=${toBase64(new Uint8Array(32))}`), { code: "bad-server-signature" }],
    ["has a short signature", utf8("v=AAAA"), { code: "bad-server-signature" }],
    ["has an empty signature", utf8("v="), { code: "bad-server-signature" }],
    ["skips its signature", "accepted", { code: "no-server-signature" }],
    ["sends an empty challenge in its place", empty, { code: "bad-challenge" }],
    ["says why not", utf8("e=invalid-proof"), { code: "server-error", detail: "invalid-proof" }],
    ["puts an escape into why not", utf8("e=\u001b[31mred"), { code: "server-error" }],
  ] as const)("%s", async (_, turn, outcome) => {
    expect(await leaves(good, [turn, "accepted"])).toEqual({ outcome: { ok: false, ...outcome }, proofs: 1 });
  });

  test("accepts at once", async () => {
    const { outcome } = await dial(clientOf(scramSha256, clientHost(credentials)), ["accepted"]);
    expect(outcome).toEqual({ ok: false, code: "no-server-signature" });
  });
});

describe("channel binding and downgrade (RFC 5802 §6)", () => {
  const bound = { channelBindings: [binding] };
  test("a client that can bind and was offered no -PLUS says `y`, and a server that did offer it refuses", async () => {
    const client = clientHost(credentials, { ...bound, offered: ["SCRAM-SHA-256"] });
    const { said } = await dial(clientOf(scramSha256, client), ["refused"]);
    expect(text(said[0] ?? empty)).toMatch(/^y,,/);
    const knowing = serverHost(store, { ...bound, offered: ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] });
    expect((await meet(scramSha256, client, knowing)).server).toMatchObject({ reason: "rejected", code: "downgrade" });
    expect((await meet(scramSha256, client, serverHost(store, bound))).server).toMatchObject({ code: "downgrade" });
    const without = serverHost(store, { ...bound, offered: ["SCRAM-SHA-256"] });
    expect((await meet(scramSha256, client, without)).server).toMatchObject({ ok: true });
  });

  test("a client that was offered -PLUS and takes the other says `n`", async () => {
    const client = clientHost(credentials, { ...bound, offered: ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"] });
    expect((await meet(scramSha256, client, serverHost(store, bound))).server).toMatchObject({ ok: true });
  });

  test.each([
    ["another type", scramSha256Plus, "p=tls-unique,,n=user,r=abc", "unsupported-channel-binding-type"],
    [
      "a type that this connection has not",
      scramSha256Plus,
      "p=tls-server-end-point,,n=user,r=abc",
      "unsupported-channel-binding-type",
    ],
    ["none in -PLUS", scramSha256Plus, "n,,n=user,r=abc", "no-channel-binding"],
    ["`y` in -PLUS", scramSha256Plus, "y,,n=user,r=abc", "no-channel-binding"],
    ["one without -PLUS", scramSha256, "p=tls-exporter,,n=user,r=abc", "unexpected-channel-binding"],
  ] as const)("a server refuses %s", async (_, mechanism, first, code) => {
    const { said, outcome } = await serve(serverOf(mechanism, serverHost(store, bound), utf8(first)), []);
    expect(outcome).toMatchObject({ ok: false, reason: "rejected", code });
    expect(said).toEqual([]);
  });

  test("two ends of two connections do not meet, though the password is right", async () => {
    const elsewhere = { channelBindings: [{ type: "tls-exporter", data: utf8("another connection") } as const] };
    const met = await meet(scramSha256Plus, clientHost(credentials, elsewhere), serverHost(store, bound));
    expect(met.server).toMatchObject({ ok: false, code: "channel-binding-mismatch" });
    expect(met.client).toMatchObject({ ok: false, code: "refused" });
  });
});

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

describe("what a grammar has not is malformed", () => {
  const cases: readonly (readonly [Mechanism, string | Uint8Array])[] = [
    ...[
      "",
      "user",
      "user\0pencil",
      "\0\0pencil",
      "\0user\0",
      "\0user\0pencil\0",
      "\0user\0pen\0cil",
      "\0us\ner\0pencil",
      "\0user\0pen\u007fcil",
      "a\u0085\0user\0pencil",
    ].map((each) => [plain, each] as const),
    [plain, new Uint8Array([0, 0xff, 0, 0x61])],
    [login, "us\u0000er"],
    [login, ""],
    [cramMd5, "user b913a602c7eda7a495b4e6e7334d3890"],
    [external, "us\0er"],
    [anonymous, "@"],
    [anonymous, "@b"],
    [anonymous, "a@"],
    [anonymous, "a\nb"],
    [anonymous, "x".repeat(256)],
    ...[
      "",
      "user=a",
      "user=a\u0001auth=Bearer t\u0001",
      "user=a\u0001auth=Basic t\u0001\u0001",
      "auth=Bearer t\u0001user=a\u0001\u0001",
      "user=a\u0001auth=Bearer t u\u0001\u0001",
      "user=a\u0001auth=Bearer t\u0001x=y\u0001\u0001",
    ].map((each) => [xoauth2, each] as const),
    ...[
      "",
      "n,,",
      "n,,\u0001\u0001",
      "auth=Bearer t\u0001\u0001",
      "p=tls-exporter,,\u0001auth=Bearer t\u0001\u0001",
      "n,,\u0001auth=Bearer t\u0001auth=Bearer u\u0001\u0001",
      "n,,\u0001auth=Bearer t\u00011=2\u0001\u0001",
      "n,,x\u0001auth=Bearer t\u0001\u0001",
    ].map((each) => [oauthbearer, each] as const),
    ...[
      "",
      "n",
      "n,,",
      "x,,n=user,r=abc",
      "n,user,n=user,r=abc",
      "n,a=,n=user,r=abc",
      "n,,n=,r=abc",
      "n,,n=us=er,r=abc",
      "n,,n=user=2,r=abc",
      "n,,n=user",
      "n,,n=user,r=",
      "n,,n=user,r=a b",
      "n,,r=abc,n=user",
      "n,,m=x,n=user,r=abc",
      "n,,n=user,r=abc,",
      "n,,n=user,r=abc,x",
      "n,,n=user,r=abc,r=abc",
      "n,,n=us\0er,r=abc",
      "p=,,n=user,r=abc",
    ].map((each) => [scramSha256, each] as const),
  ];
  test.each(cases)("$name (%#)", async (mechanism, message) => {
    const octets = typeof message === "string" ? utf8(message) : message;
    const { said, outcome } = await serve(serverOf(mechanism, serverHost(store, { external: "user" }), octets), [
      utf8("pencil"),
    ]);
    expect(outcome).toMatchObject({ ok: false, reason: "malformed" });
    // At once: nothing is shown to whoever sent it, but for LOGIN, where the name waits for the password.
    expect(said).toHaveLength(mechanism === login ? 1 : 0);
  });

  test.each([
    "",
    "c=biws",
    "c=biws,r=NONCE",
    "c=biws,r=NONCE,p=",
    "c=biws,r=NONCE,p=AAAA",
    "c=biws,r=NONCE,p=????",
    "r=NONCE,c=biws,p=PROOF",
    "c=biws,r=NONCE,p=PROOF,x=y",
  ])("SCRAM's final message `%s`", async (final) => {
    const { outcome } = await serve(serverOf(scramSha256, serverHost(store), utf8("n,,n=user,r=abc")), [
      (shown) =>
        utf8(
          final
            .replace("NONCE", /^r=([^,]*)/.exec(text(shown))?.[1] ?? "")
            .replace("PROOF", toBase64(new Uint8Array(32))),
        ),
    ]);
    expect(outcome).toMatchObject({ ok: false, reason: "malformed" });
  });

  test("a replayed nonce and an answer to the server's last word are no success", async () => {
    const { outcome } = await serve(serverOf(scramSha256, serverHost(store), utf8("n,,n=user,r=abc")), [
      utf8(`c=biws,r=abcdef,p=${toBase64(new Uint8Array(32))}`),
    ]);
    expect(outcome).toMatchObject({ ok: false, reason: "rejected" });
    const late = await meet(scramSha256, clientHost(credentials), serverHost(store), {
      tamper: (data, index) => (index === 4 ? utf8("x") : data),
    });
    expect(late.server).toEqual({ ok: false, reason: "malformed", code: "answer-to-server-final" });
  });
});

test("a mandatory extension of the client is refused as such (RFC 5802 §5.1)", async () => {
  const { outcome } = await serve(serverOf(scramSha256, serverHost(store), utf8("n,,m=x,n=user,r=abc")), []);
  expect(outcome).toEqual({ ok: false, reason: "malformed", code: "mandatory-extension" });
});

test("a proof that is right, over a nonce that is not the server's, is refused", async () => {
  const verifier = made.find((each) => each.hash === "sha256");
  const salted = pbkdf2Sync("pencil", verifier?.salt ?? empty, 4096, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const proofFor = (shown: Uint8Array, withoutProof: string): string => {
    const signed = `n=user,r=abc,${text(shown)},${withoutProof}`;
    const signature = createHmac("sha256", verifier?.storedKey ?? empty)
      .update(signed)
      .digest();
    return toBase64(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0)));
  };
  const play = async (bend: (nonce: string) => string): Promise<unknown> => {
    const { outcome } = await serve(serverOf(scramSha256, serverHost(store), utf8("n,,n=user,r=abc")), [
      (shown) => {
        const withoutProof = `c=biws,r=${bend(/^r=([^,]*)/.exec(text(shown))?.[1] ?? "")}`;
        return utf8(`${withoutProof},p=${proofFor(shown, withoutProof)}`);
      },
    ]);
    return outcome;
  };
  expect(await play((nonce) => nonce)).toMatchObject({ ok: true });
  expect(await play((nonce) => `${nonce}x`)).toMatchObject({ ok: false, code: "nonce-mismatch" });
});

describe("a port that prepares badly", () => {
  test("cannot bring a control character into a message or to a store", async () => {
    const careless = { ...crypto, prepare: (given: string) => given };
    const { outcome } = await serve(
      serverOf(scramSha256, serverHost(store, { crypto: careless }), utf8("n,,n=us\ner,r=abc")),
      [],
    );
    expect(outcome).toMatchObject({ ok: false, reason: "rejected", code: "prohibited-name" });
    const client = clientHost({ name: "vic\0tim", password: "pencil" }, { crypto: careless });
    expect(() => clientOf(plain, client).next()).toThrow(LocalProtocolError);
  });

  test("cannot make an empty password of one that is none", async () => {
    const erasing = { ...crypto, prepare: (given: string) => given.replace("-", "") };
    const anyone = { verify: () => "in" };
    const { outcome } = await serve(serverOf(plain, serverHost(anyone, { crypto: erasing }), utf8("\0user\0-")), []);
    expect(outcome).toMatchObject({ ok: false, reason: "rejected", code: "prohibited-password" });
  });
});

test("a byte order mark is a character of a name and not to be dropped", async () => {
  const { outcome } = await serve(serverOf(plain, serverHost(store), utf8("\ufeff\0user\0pencil")), []);
  expect(outcome).toMatchObject({ ok: false, code: "not-authorized" });
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

describe("our caller's mistakes throw, without a secret in the message", () => {
  test.each(MECHANISMS)("$name without credentials", async (mechanism) => {
    const thrown = await dial(clientOf(mechanism, clientHost({}, { channelBindings: [binding] })), []).catch(
      (why: unknown) => why,
    );
    expect(thrown).toBeInstanceOf(LocalProtocolError);
    expect(thrown).toMatchObject({ code: "no-credentials" });
  });

  test.each(MECHANISMS)("$name with values that hold what it cannot carry", async (mechanism) => {
    for (const ending of ["\0", "\n", "\r", "\u0001", "\ud800"]) {
      const bad = `hush${ending}hush`;
      const client = clientHost(
        { name: bad, password: bad, token: bad, authzid: bad, trace: bad, external: true },
        { channelBindings: [binding] },
      );
      const thrown: unknown = await dial(clientOf(mechanism, client), [utf8("x")]).catch((why: unknown) => why);
      expect(thrown).toBeInstanceOf(LocalProtocolError);
      expect(String(thrown)).not.toContain("hush");
    }
  });

  test("a token that is no token", () => {
    for (const mechanism of [xoauth2, oauthbearer]) {
      for (const bad of ["", "hush hush", "hush\u0001", "hush\n", "h\u00fcsh"]) {
        expect(() => clientOf(mechanism, clientHost({ name: "user", token: bad })).next()).toThrow("the token holds");
      }
    }
  });

  test("-PLUS without a binding, and a driver that resumes with something else", () => {
    expect(() => clientOf(scramSha256Plus, clientHost(credentials)).next()).toThrow("channel binding");
    const exchange = serverOf(plain, serverHost(store), undefined);
    exchange.next();
    expect(() => exchange.next("text")).toThrow("octets");
    const client = clientOf(plain, clientHost(credentials));
    client.next();
    expect(() => client.next(undefined)).toThrow("accepted");
  });
});

test("a client of LOGIN, CRAM-MD5 and the one-message mechanisms believes no challenge too many and no early success", async () => {
  const all = { ...credentials, token: "t", external: true, trace: "" };
  for (const mechanism of [plain, external, anonymous]) {
    expect((await dial(clientOf(mechanism, clientHost(all)), [empty])).outcome).toEqual({
      ok: false,
      code: "unexpected-challenge",
    });
  }
  for (const mechanism of [login, cramMd5]) {
    expect((await dial(clientOf(mechanism, clientHost(all)), ["accepted"])).outcome).toEqual({
      ok: false,
      code: "unexpected-success",
    });
  }
  expect((await dial(clientOf(cramMd5, clientHost(all)), [empty])).outcome).toEqual({
    ok: false,
    code: "bad-challenge",
  });
  for (const mechanism of [xoauth2, oauthbearer]) {
    expect((await dial(clientOf(mechanism, clientHost(all)), [utf8("{}"), "accepted"])).outcome).toMatchObject({
      code: "unexpected-success",
    });
    expect((await dial(clientOf(mechanism, clientHost(all)), [utf8("{}"), utf8("{}")])).outcome).toMatchObject({
      code: "unexpected-challenge",
    });
  }
});

test("CRAM-MD5 takes the last space for the separator, so that names may have spaces", async () => {
  const spaced = serverHost(storeOf({ name: "a b", password: "pencil" }));
  const { outcome } = await serve(serverOf(cramMd5, spaced, undefined), [
    (shown) => utf8(`a b ${createHmac("md5", "pencil").update(shown).digest("hex")}`),
  ]);
  expect(outcome).toMatchObject({ ok: true, identity: "a b" });
});
