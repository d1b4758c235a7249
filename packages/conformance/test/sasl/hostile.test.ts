/**
 * Hostile peers, one by one: the rows A3, A6 and A7 of the catalogue of attacks, and what the RFCs forbid.
 */
import { createHmac } from "node:crypto";
import { LocalProtocolError } from "@posthorn/contract";
import {
  anonymous,
  cramMd5,
  external,
  login,
  MECHANISMS,
  oauthbearer,
  plain,
  scramSha256,
  scramSha256Plus,
  verifiers,
  xoauth2,
} from "@posthorn/sasl";
import type { Mechanism } from "@posthorn/sasl";
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
