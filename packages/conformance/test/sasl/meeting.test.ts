/**
 * Laws: for every mechanism, both roles come to success with right credentials and to a refusal with wrong ones;
 * whatever comes over the line, nothing throws and everything ends; what was bent on its way is not accepted.
 */
import { ask, challenge, MECHANISMS, respond, servable, verifiers } from "@posthorn/sasl";
import type { ClientCredentials, ClientHost, Mechanism, ServerExchange, ServerHost, Turn } from "@posthorn/sasl";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binding,
  clientHost,
  clientOf,
  crypto,
  dial,
  meet,
  RUNS,
  serve,
  serverHost,
  serverOf,
  storeOf,
  utf8,
} from "./host.ts";

/**
 * A stranger's mechanism, in one value: the client is asked for the sum of two octets. It has two round trips, needs
 * a word of its own of the store, and asks its host on both sides.
 */
const sum: Mechanism = {
  name: "X-SUM",
  first: "server",
  strength: 5,
  reveals: false,
  uses: "arithmetic",
  needs: "arithmetic",
  *client(host) {
    const asked = yield* respond(null);
    if (!(asked instanceof Uint8Array)) return { ok: false, code: "refused" };
    const total = yield* ask(() => Promise.resolve((asked[0] ?? 0) + (asked[1] ?? 0)));
    const who = yield* respond(new Uint8Array([total]));
    if (!(who instanceof Uint8Array)) return { ok: false, code: "refused" };
    const end = yield* respond(utf8(host.credentials.name ?? ""));
    return end === "accepted" ? { ok: true } : { ok: false, code: "refused" };
  },
  *server<I>(host: ServerHost<I>): ServerExchange<I> {
    const [a = 0, b = 0] = host.crypto.random(2);
    const [total] = yield* challenge(new Uint8Array([a, b]));
    const name = new TextDecoder().decode(yield* challenge(utf8("who?")));
    const found = yield* ask((signal) => host.store.lookup?.(name, "X-SUM", signal));
    if (found === undefined || total !== ((a + b) & 255)) return { ok: false, reason: "rejected", code: "bad-sum" };
    return { ok: true, identity: found.identity, name, authzid: "" };
  },
};

const ALL = [...MECHANISMS, sum];

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((each) => {
  const prepared = crypto.prepare(each, "query");
  return prepared !== undefined && prepared !== "" && prepared === each && !/\p{Cc}/u.test(prepared);
});
const token = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 60,
});
const people = fc.record({
  name,
  password: name,
  token,
  salt: fc.uint8Array({ minLength: 1, maxLength: 20 }),
  initial: fc.boolean(),
});

const hosts = async (
  person: { readonly name: string; readonly password: string; readonly token: string; readonly salt: Uint8Array },
  shown: Partial<ClientCredentials> = {},
): Promise<readonly [ClientHost, ServerHost<string>]> => {
  const made = await verifiers(person.password, { salt: person.salt, rounds: 4096 }, crypto);
  const credentials = {
    name: person.name,
    password: person.password,
    token: person.token,
    external: true,
    trace: "me",
    ...shown,
  };
  return [
    clientHost(credentials, { channelBindings: [binding], server: { host: "mx.example.org", port: 587 } }),
    serverHost(storeOf({ ...person, verifiers: made }), { channelBindings: [binding], external: person.name }),
  ];
};

describe.each(ALL)("$name", (mechanism) => {
  test("right credentials come to success on both sides", async () => {
    await fc.assert(
      fc.asyncProperty(people, async (person) => {
        const [client, server] = await hosts(person);
        const met = await meet(mechanism, client, server, { initial: person.initial });
        expect(met.client).toEqual({ ok: true });
        expect(met.server).toMatchObject({
          ok: true,
          identity: mechanism.name === "ANONYMOUS" ? "anonymous me" : person.name,
        });
      }),
      { numRuns: 8 * RUNS },
    );
  });

  test("garbage never throws, and every exchange ends", async () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .string({ unit: fc.constantFrom(..."nyp=,rsicvmea\0\u0001 @:ABC123+/=\u00e9".split("")), maxLength: 60 })
        .map(utf8),
      fc
        .constantFrom(
          "n,,n=a,r=b",
          "p=tls-exporter,,n=a,r=b",
          "c=biws,r=b,p=AAAA",
          "r=x,s=QQ==,i=4096",
          "v=AAAA",
          "e=other-error",
          "a\0b\0c",
        )
        .map(utf8),
    );
    const turn: fc.Arbitrary<Turn> = fc.oneof(
      { weight: 5, arbitrary: octets },
      { weight: 1, arbitrary: fc.constantFrom("accepted" as const, "refused" as const) },
    );
    const person = { name: "tim", password: "tanstaaftanstaaf", token: "t", salt: utf8("salt") };
    const [client, server] = await hosts(person);
    const mustProve = !["anonymous", "external", "arithmetic"].includes(mechanism.uses);
    await fc.assert(
      fc.asyncProperty(
        fc.option(octets, { nil: undefined }),
        fc.array(octets, { maxLength: 6 }),
        fc.array(turn, { maxLength: 6 }),
        async (initial, lines, turns) => {
          const served = await serve(serverOf(mechanism, server, initial), lines);
          expect(served.outcome.ok).toBeTypeOf("boolean");
          expect(served.outcome.ok && mustProve).toBe(false);
          const dialled = await dial(clientOf(mechanism, client), turns);
          expect(dialled.outcome.ok).toBeTypeOf("boolean");
        },
      ),
      { numRuns: 300 * RUNS },
    );
  });
});

const proving = MECHANISMS.filter((each) => each.uses !== "anonymous");

test.each(proving)(
  "$name: wrong credentials and an unknown name come to one refusal, which tells no secret",
  async (mechanism) => {
    await fc.assert(
      fc.asyncProperty(people, name, token, fc.boolean(), async (person, other, otherToken, unknown) => {
        fc.pre(other !== person.name && other !== person.password && otherToken !== person.token);
        const [, server] = await hosts(person);
        const wrong = { password: `hush ${other}`, token: `hush${otherToken}` };
        const [client] = await hosts(person, unknown ? { ...wrong, name: other } : wrong);
        const met = await meet(mechanism, client, { ...server, external: other }, { initial: person.initial });
        expect(met.client).toMatchObject({ ok: false, code: "refused" });
        expect(met.server).toMatchObject({ ok: false, reason: "rejected", code: "bad-credentials" });
        expect(JSON.stringify(met)).not.toContain("hush");
      }),
      { numRuns: 6 * RUNS },
    );
  },
);

test("a message bent on its way is not accepted: every mechanism that challenges", async () => {
  const bendable = MECHANISMS.filter(
    (each) => each.needs === "sha1" || each.needs === "sha256" || each.needs === "secret",
  );
  const bend = fc.record({
    message: fc.nat({ max: 3 }),
    at: fc.nat({ max: 300 }),
    by: fc.integer({ min: 1, max: 255 }),
  });
  const [client, server] = await hosts({ name: "tim", password: "tanstaaftanstaaf", token: "t", salt: utf8("salt") });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bendable), bend, async (mechanism, { message, at, by }) => {
      let bent = false;
      const met = await meet(mechanism, client, server, {
        tamper: (data, index) => {
          if (index !== message || data.length === 0) return data;
          bent = true;
          return data.map((octet, each) => (each === at % data.length ? octet ^ by : octet));
        },
      });
      fc.pre(bent);
      // Both must never think that they have met: whoever reads the bent octets first gives up.
      expect(met.client?.ok === true && met.server?.ok === true).toBe(false);
    }),
    { numRuns: 250 * RUNS },
  );
});

test("a mechanism of a stranger is offered where the store serves its word", () => {
  const store = { ...storeOf({ name: "tim" }), serves: ["arithmetic"] };
  expect(servable(ALL, { store }).map((each) => each.name)).toEqual(["X-SUM"]);
});
