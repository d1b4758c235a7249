/**
 * What the tests of sasl stand on: a port out of node:crypto, drivers of exchanges, and both roles against each other.
 */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import type {
  ChannelBinding,
  ClientCredentials,
  ClientExchange,
  ClientHost,
  ClientOutcome,
  Found,
  Mechanism,
  SaslCrypto,
  ServerExchange,
  ServerHost,
  ServerOutcome,
  Store,
  Turn,
  Verifier,
} from "@posthorn/sasl";

export const RUNS: number = Number(process.env["POSTHORN_RUNS"] ?? 1);

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (octets: Uint8Array): string => new TextDecoder().decode(octets);
export const base64 = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, "base64"));
export const toBase64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");

const octets = (buffer: Uint8Array): Uint8Array => new Uint8Array(buffer);
let counter = 0;

/** Everything by node:crypto, at once; random octets are a hashed counter, so that a failure comes again. */
export const crypto: SaslCrypto = {
  random: (count) => {
    counter += 1;
    return octets(createHash("sha512").update(`random ${counter}`).digest()).slice(0, count);
  },
  hmac: (hash, key, data) => octets(createHmac(hash, key).update(data).digest()),
  digest: (hash, data) => octets(createHash(hash).update(data).digest()),
  pbkdf2: (hash, password, salt, rounds, count) => octets(pbkdf2Sync(password, salt, rounds, count, hash)),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  prepare: (given) => (/\p{Cc}/u.test(given) ? undefined : given.normalize("NFKC")),
};

/** The same, where `random` gives what it is told, and then repeats it. */
export const withRandom = (...given: readonly Uint8Array[]): SaslCrypto => {
  let at = 0;
  return {
    ...crypto,
    random: () => {
      at += 1;
      return given[Math.min(at, given.length) - 1] ?? new Uint8Array();
    },
  };
};

export const binding: ChannelBinding = { type: "tls-exporter", data: utf8("thirty-two octets of a connection") };

/** A store of one user, in every form; who logs in is `name`. */
export const storeOf = (user: {
  readonly name: string;
  readonly password?: string;
  readonly token?: string;
  readonly verifiers?: readonly Verifier[];
}): Store<string> => ({
  serves: ["password", "token", "external", "anonymous", "secret", "sha1", "sha256"],
  verify: (credentials) => {
    if (credentials.type === "anonymous") return `anonymous ${credentials.trace}`;
    if (credentials.name !== user.name) return undefined;
    if (credentials.type === "password") return credentials.password === user.password ? user.name : undefined;
    return credentials.type === "external" || credentials.token === user.token ? user.name : undefined;
  },
  lookup: (name) => {
    if (name !== user.name) return undefined;
    const found: { -readonly [key in keyof Found<string>]: Found<string>[key] } = { identity: user.name };
    if (user.password !== undefined) found.password = user.password;
    if (user.verifiers !== undefined) found.verifiers = user.verifiers;
    return found;
  },
});

export const serverHost = <I>(store: Store<I>, more: Partial<ServerHost<I>> = {}): ServerHost<I> => ({
  crypto,
  store,
  hostname: "mx.example.org",
  falseSaltKey: utf8("a secret of the server, and of no one else"),
  rounds: 4096,
  ...more,
});

export const clientHost = (credentials: ClientCredentials, more: Partial<ClientHost> = {}): ClientHost => ({
  crypto,
  credentials,
  ...more,
});

export const clientOf = (mechanism: Mechanism, host: ClientHost): ClientExchange => {
  if (mechanism.client === undefined) throw new Error(`${mechanism.name} has no client`);
  return mechanism.client(host);
};

export const serverOf = <I>(
  mechanism: Mechanism,
  host: ServerHost<I>,
  initial: Uint8Array | undefined,
): ServerExchange<I> => {
  if (mechanism.server === undefined) throw new Error(`${mechanism.name} has no server`);
  return mechanism.server(host, initial);
};

const { signal } = new AbortController();

/** Answers what is asked until a step for the peer comes, or the end. */
const settle = async <S extends { readonly op: string }, R>(
  exchange: Generator<S | { readonly op: "ask"; readonly run: (signal: AbortSignal) => unknown }, R, unknown>,
  value: unknown,
): Promise<IteratorResult<S | { readonly op: "ask"; readonly run: (signal: AbortSignal) => unknown }, R>> => {
  let step = exchange.next(value);
  while (step.done !== true && "run" in step.value) step = exchange.next(await step.value.run(signal));
  return step;
};

/** Drives a server: what it said to each line, and how it ended. Lines that are missing are empty. */
export const serve = async <I>(
  exchange: ServerExchange<I>,
  lines: readonly (Uint8Array | ((challenge: Uint8Array) => Uint8Array))[],
): Promise<{ readonly said: readonly Uint8Array[]; readonly outcome: ServerOutcome<I> }> => {
  const said: Uint8Array[] = [];
  let step = await settle(exchange, undefined);
  while (step.done !== true) {
    if (step.value.op !== "challenge") throw new Error("not a server's step");
    const line = lines[said.length] ?? new Uint8Array();
    said.push(step.value.data);
    if (said.length > 20) throw new Error("a server's exchange does not end");
    step = await settle(exchange, typeof line === "function" ? line(step.value.data) : line);
  }
  return { said, outcome: step.value };
};

/** Drives a client: what it said, and how it ended. Turns that are missing are refusals. */
export const dial = async (
  exchange: ClientExchange,
  turns: readonly (Turn | ((said: Uint8Array | null) => Turn))[],
): Promise<{ readonly said: readonly (Uint8Array | null)[]; readonly outcome: ClientOutcome }> => {
  const said: (Uint8Array | null)[] = [];
  let step = await settle(exchange, undefined);
  while (step.done !== true) {
    if (step.value.op !== "respond") throw new Error("not a client's step");
    const turn = turns[said.length] ?? "refused";
    said.push(step.value.data);
    if (said.length > 20) throw new Error("a client's exchange does not end");
    step = await settle(exchange, typeof turn === "function" ? turn(step.value.data) : turn);
  }
  return { said, outcome: step.value };
};

/** What goes over the line, for whoever wants to bend it. */
export type Tamper = (data: Uint8Array, index: number, from: "client" | "server") => Uint8Array;

/** Both roles against each other, as SMTP carries them (RFC 4954 §4), with or without an initial response. */
export const meet = async <I>(
  mechanism: Mechanism,
  client: ClientHost,
  server: ServerHost<I>,
  options: { readonly initial?: boolean; readonly tamper?: Tamper } = {},
): Promise<{ readonly client: ClientOutcome | undefined; readonly server: ServerOutcome<I> | undefined }> => {
  const { initial = true, tamper = (data) => data } = options;
  let index = 0;
  const pass = (data: Uint8Array, from: "client" | "server"): Uint8Array => {
    index += 1;
    if (index > 20) throw new Error("an exchange does not end");
    return tamper(data, index - 1, from);
  };
  const exchange = clientOf(mechanism, client);
  let ours = await settle(exchange, undefined);
  if (ours.done === true || ours.value.op !== "respond") throw new Error("a client begins by a response");
  const first = ours.value.data;
  const early = initial && first !== null;
  const peer = serverOf(mechanism, server, early ? pass(first, "client") : undefined);
  let theirs = await settle(peer, undefined);
  if (!early && first !== null && theirs.done !== true && theirs.value.op === "challenge") {
    theirs = await settle(peer, pass(first, "client"));
  }
  while (theirs.done !== true && theirs.value.op === "challenge") {
    ours = await settle(exchange, pass(theirs.value.data, "server"));
    if (ours.done === true) return { client: ours.value, server: undefined }; // the client cancels by `*`
    if (ours.value.op !== "respond" || ours.value.data === null) throw new Error("not a client's answer");
    theirs = await settle(peer, pass(ours.value.data, "client"));
  }
  if (theirs.done !== true) throw new Error("not a server's step");
  ours = await settle(exchange, theirs.value.ok ? "accepted" : "refused");
  return { client: ours.done === true ? ours.value : undefined, server: theirs.value };
};

/** The outcome of an exchange that a server accepted. */
export const accepted = (identity: string, name = identity, authzid = ""): unknown => ({
  ok: true,
  identity,
  name,
  authzid,
});
