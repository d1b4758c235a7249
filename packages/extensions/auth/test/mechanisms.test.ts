/** Every mechanism, our client against our server: what both remember, and that a wrong secret is 535 whoever asks. */
import { anonymous, MECHANISMS, verifiers } from "@posthorn/sasl";
import type { ClientCredentials, Credentials, Found, Verifier } from "@posthorn/sasl";
import { beforeAll, describe, expect, test } from "vitest";
import { auth } from "../src/index.ts";
import type { Auth } from "../src/index.ts";
import { crypto } from "./crypto.ts";
import { converse, Server, TLS } from "./drive.ts";
import type { Below } from "./drive.ts";

interface User {
  readonly id: number;
}

const TIM: User = { id: 7 };
const PASSWORD = "tanstaaf tanstaaf";
let keys: readonly Verifier[] = [];

beforeAll(async () => {
  keys = await verifiers(PASSWORD, { rounds: 4096 }, crypto);
});

const verify = async (shown: Credentials): Promise<User | undefined> => {
  if (shown.type === "password") return shown.name === "tim" && shown.password === PASSWORD ? TIM : undefined;
  if (shown.type === "token") return shown.token === "t0k3n" ? TIM : undefined;
  return shown.type === "external" ? TIM : { id: 0 };
};

const lookup = (name: string): Found<User> | undefined =>
  name === "tim" ? { identity: TIM, verifiers: keys, password: PASSWORD } : undefined;

const server = (): Auth<User> =>
  auth({
    mechanisms: MECHANISMS,
    crypto,
    server: {
      verify,
      lookup,
      serves: ["password", "token", "external", "anonymous", "sha1", "sha256", "secret"],
      rounds: 4096,
    },
  });

const RIGHT: ClientCredentials = { name: "tim", password: PASSWORD, token: "t0k3n", external: true, trace: "sirhc" };
const WRONG: ClientCredentials = { ...RIGHT, password: "guess", token: "guess" };
const UNKNOWN: ClientCredentials = { ...WRONG, name: "nobody" };

const client = (mechanism: string, credentials: ClientCredentials): Auth<never> =>
  auth({ mechanisms: MECHANISMS.filter(({ name }) => name === mechanism), crypto, client: { credentials } });

const NAMES = MECHANISMS.map(({ name }) => name);

describe("each mechanism", () => {
  test.each(NAMES)("%s is accepted, and both sides know by what", async (name) => {
    const peer = new Server(server());
    const { negotiated, state } = await converse(client(name, RIGHT), peer);
    expect(negotiated).toBe("done");
    expect(state).toMatchObject({ mechanism: name, identity: undefined });
    expect(peer.state).toMatchObject({ mechanism: name, identity: { id: name === "ANONYMOUS" ? 0 : 7 } });
    expect(peer.fact("identity")).toEqual({ id: name === "ANONYMOUS" ? 0 : 7 });
    expect(peer.fact("mechanism")).toBe(name);
    expect(typeof peer.fact("authenticated")).toBe("string");
  });

  const secret = NAMES.filter((name) => name !== "ANONYMOUS" && name !== "EXTERNAL");
  test.each(secret)("%s refuses a wrong secret and an unknown name alike", async (name) => {
    for (const credentials of [WRONG, UNKNOWN]) {
      const peer = new Server(server());
      const { negotiated, wire } = await converse(client(name, credentials), peer);
      expect(negotiated).toEqual({ fail: expect.stringContaining("535 5.7.8") });
      expect(JSON.stringify(negotiated)).not.toContain("guess");
      expect(wire.at(-1)).toBe("S: 535 Authentication credentials invalid");
      expect(peer.state).toEqual({ identity: undefined, mechanism: undefined, name: undefined });
    }
  });
});

test("the offer is what the store serves and the connection has", () => {
  const offer = (given: Auth<User>, tls?: Below): string | undefined => new Server(given, tls).offer;
  const by = (options: Parameters<typeof auth<User>>[0]["server"]): Auth<User> =>
    auth({ mechanisms: MECHANISMS, crypto, ...(options === undefined ? {} : { server: options }) });
  expect(offer(by({ verify }))).toBe("PLAIN LOGIN");
  expect(offer(by({ lookup }))?.split(" ").toSorted()).toEqual([
    "SCRAM-SHA-1",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-256-PLUS",
  ]);
  expect(offer(by({ lookup }), { version: "TLSv1.2" })?.split(" ").toSorted()).toEqual([
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
  ]);
  expect(offer(by({}))).toBeUndefined();
  expect(offer(by(undefined))).toBeUndefined();
  expect(offer(auth({ mechanisms: [anonymous], crypto, server: { verify, serves: ["external"] } }))).toBeUndefined();
});

test("-PLUS is preferred where both sides can bind, and binds", async () => {
  const both = auth({ mechanisms: MECHANISMS, crypto, client: { credentials: { name: "tim", password: PASSWORD } } });
  const bound = await converse(both, new Server(server()));
  expect(bound.state).toMatchObject({ mechanism: "SCRAM-SHA-256-PLUS" });
  const between = { ...TLS, bindings: { "tls-exporter": new Uint8Array(32) } };
  const relayed = await converse(both, new Server(server()), between);
  expect(relayed.negotiated).toEqual({ fail: expect.stringContaining("535") });
});
