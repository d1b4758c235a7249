/**
 * The client of SCRAM (RFC 5802 §3, §5). It proves the password without showing it, and believes the server only
 * once that has proved to know its verifier. Everything that a hostile server could bend is checked before it is used (A7).
 */
import { LocalProtocolError } from "@posthorn/contract";
import { authzidOf, nameOf, passwordOf } from "../credentials.ts";
import { toSaslname, writeGs2 } from "../gs2.ts";
import type { ClientHost } from "../mechanism.ts";
import { concat, EMPTY, toBase64, utf8 } from "../octets.ts";
import { ask, conclude, failed, respond } from "../steps.ts";
import type { ClientExchange, ClientFailure, ClientOutcome, Turn } from "../steps.ts";
import { deriveKeys, MAX_ROUNDS, MIN_ROUNDS, xor } from "./keys.ts";
import { readServerFinal, readServerFirst } from "./messages.ts";
import type { ServerFirst } from "./messages.ts";
import type { Scram } from "./mechanisms.ts";

/** Plays the client's part. */
export function* client(scram: Scram, host: ClientHost): ClientExchange {
  const { crypto } = host;
  const { flag, data } = bindingOf(scram, host);
  const gs2 = writeGs2(flag, authzidOf(host));
  const password = passwordOf(host, "stored");
  const clientNonce = toBase64(crypto.random(24));
  const bare = `n=${toSaslname(nameOf(host))},r=${clientNonce}`;

  const first = yield* respond(utf8(gs2 + bare));
  if (!(first instanceof Uint8Array)) return tooEarly(first);
  const serverFirst = readServerFirst(first);
  if (typeof serverFirst === "string") return failed(serverFirst);
  const wrong = distrust(serverFirst, clientNonce);
  if (wrong !== undefined) return failed(wrong);

  const keys = yield* deriveKeys(crypto, scram.hash, password, serverFirst.salt, serverFirst.rounds);
  const withoutProof = `c=${toBase64(concat(utf8(gs2), data))},r=${serverFirst.nonce}`;
  const authMessage = concat(utf8(`${bare},`), concat(first, utf8(`,${withoutProof}`)));
  const clientSignature = yield* ask(() => crypto.hmac(scram.hash, keys.storedKey, authMessage));
  const serverSignature = yield* ask(() => crypto.hmac(scram.hash, keys.serverKey, authMessage));
  const proof = toBase64(xor(keys.clientKey, clientSignature));

  const final = yield* respond(utf8(`${withoutProof},p=${proof}`));
  if (!(final instanceof Uint8Array)) return tooEarly(final);
  const serverFinal = readServerFinal(final);
  if (serverFinal === undefined) return failed("bad-challenge");
  if ("error" in serverFinal) return failed("server-error", /^[\w.-]{1,64}$/.exec(serverFinal.error)?.[0]);
  if (!crypto.equal(serverFinal.signature, serverSignature)) return failed("bad-server-signature");
  return conclude(yield* respond(EMPTY)); // RFC 4954 §4: data that comes with success comes as a challenge
}

/** Success before the server has proved itself is none. */
const tooEarly = (turn: Exclude<Turn, Uint8Array>): ClientOutcome =>
  failed(turn === "refused" ? "refused" : "no-server-signature");

/** What is wrong with the server's first message, if anything. */
const distrust = (message: ServerFirst, clientNonce: string): ClientFailure | undefined => {
  // The server appends to the client's nonce (RFC 5802 §5.1): what is as short adds no freshness of its own.
  if (!message.nonce.startsWith(clientNonce) || message.nonce.length === clientNonce.length) return "nonce-mismatch";
  if (message.salt.length === 0) return "empty-salt";
  if (message.rounds < MIN_ROUNDS) return "too-few-rounds";
  return message.rounds > MAX_ROUNDS ? "too-many-rounds" : undefined;
};

/**
 * The flag of the GS2 header (RFC 5802 §6) and the octets bound: `p=type` with -PLUS; else `y` where this side has
 * a binding and -PLUS was not among what the server offered, so that the server can tell if somebody took it away.
 */
const bindingOf = (scram: Scram, host: ClientHost): { readonly flag: string; readonly data: Uint8Array } => {
  const [binding] = host.channelBindings ?? [];
  if (!scram.plus) {
    const missed = binding !== undefined && host.offered !== undefined && !host.offered.includes(`${scram.base}-PLUS`);
    return { flag: missed ? "y" : "n", data: EMPTY };
  }
  if (binding === undefined) {
    throw new LocalProtocolError("no-channel-binding", `${scram.base}-PLUS needs a channel binding`, "RFC 5802 §6");
  }
  return { flag: `p=${binding.type}`, data: binding.data };
};
