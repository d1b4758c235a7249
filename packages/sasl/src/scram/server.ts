/**
 * The server of SCRAM (RFC 5802 §3, §5). A name that is not known is treated as one that is: it has a salt, rounds
 * and keys of its own, made from the name and a secret, so that neither answers nor work tell the two apart (A6).
 */
import type { Gs2Header } from "../gs2.ts";
import type { ServerHost } from "../mechanism.ts";
import { concat, EMPTY, toBase64, utf8 } from "../octets.ts";
import { preparedName } from "../password.ts";
import { ask, challenge, malformed, rejected } from "../steps.ts";
import type { Ask, ServerExchange } from "../steps.ts";
import { authorise } from "../store.ts";
import { OCTETS, ROUNDS, xor } from "./keys.ts";
import type { Verifier } from "./keys.ts";
import { readClientFinal, readClientFirst } from "./messages.ts";
import type { Scram } from "./mechanisms.ts";

/** Plays the server's part. */
export function* server<I>(scram: Scram, host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I> {
  const { crypto, store } = host;
  const first = readClientFirst(initial ?? (yield* challenge(EMPTY)));
  if (typeof first === "string") return malformed(first);
  const bound = boundBy(scram, host, first.header.flag);
  if (typeof bound === "string") return rejected(bound);
  const name = preparedName(host, first.name);
  const authzid = first.header.authzid === "" ? "" : preparedName(host, first.header.authzid);
  if (name === undefined || authzid === undefined) return rejected("prohibited-name");

  const found = yield* ask((signal) => store.lookup?.(name, scram.plus ? `${scram.base}-PLUS` : scram.base, signal));
  const known = found?.verifiers?.find((each) => each.hash === scram.hash);
  const unknown = yield* falseVerifier(scram, host, name);
  const { salt, rounds, storedKey, serverKey } = known ?? unknown;
  const nonce = first.nonce + toBase64(crypto.random(18));
  const serverFirst = `r=${nonce},s=${toBase64(salt)},i=${rounds}`;

  const final = readClientFinal(yield* challenge(utf8(serverFirst)));
  if (final === undefined || final.proof.length !== OCTETS[scram.hash]) return malformed("bad-client-final");
  const authMessage = utf8(`${first.bare},${serverFirst},${final.withoutProof}`);
  const clientSignature = yield* ask(() => crypto.hmac(scram.hash, storedKey, authMessage));
  const serverSignature = yield* ask(() => crypto.hmac(scram.hash, serverKey, authMessage));
  const presentedKey = yield* ask(() => crypto.digest(scram.hash, xor(final.proof, clientSignature)));
  const proven = crypto.equal(presentedKey, storedKey);
  if (final.nonce !== nonce) return rejected("nonce-mismatch", name);
  if (!crypto.equal(final.binding, concat(utf8(first.gs2), bound))) return rejected("channel-binding-mismatch", name);
  if (found === undefined || known === undefined || !proven) return rejected("bad-credentials", name);

  const outcome = yield* authorise(host, found.identity, name, authzid);
  if (!outcome.ok) return outcome;
  const answer = yield* challenge(utf8(`v=${toBase64(serverSignature)}`)); // RFC 4954 §4: as a challenge, not with 235
  return answer.length === 0 ? outcome : malformed("answer-to-server-final");
}

/** The octets that the client must have bound (RFC 5802 §6), or what is wrong with its flag. */
const boundBy = <I>(scram: Scram, host: ServerHost<I>, flag: Gs2Header["flag"]): Uint8Array | string => {
  const bindings = host.channelBindings ?? [];
  if (typeof flag === "object") {
    if (!scram.plus) return "unexpected-channel-binding";
    return bindings.find((binding) => binding.type === flag.type)?.data ?? "unsupported-channel-binding-type";
  }
  if (scram.plus) return "no-channel-binding";
  // `y` says that no -PLUS was offered. Where one was, somebody took it out of the list on its way.
  const offered = host.offered?.includes(`${scram.base}-PLUS`) ?? bindings.length > 0;
  return flag === "y" && offered ? "downgrade" : EMPTY;
};

/** What a name that nobody has seems to have: always the same, and never to be proved. */
function* falseVerifier<I>(scram: Scram, host: ServerHost<I>, name: string): Generator<Ask, Verifier, unknown> {
  const seed = (label: string): Uint8Array => utf8(`${label} ${scram.base} ${name}`);
  const salt = yield* ask(() => host.crypto.hmac("sha256", host.falseSaltKey, seed("salt")));
  const storedKey = yield* ask(() => host.crypto.hmac(scram.hash, host.falseSaltKey, seed("stored")));
  const serverKey = yield* ask(() => host.crypto.hmac(scram.hash, host.falseSaltKey, seed("server")));
  return { hash: scram.hash, salt: salt.slice(0, 16), rounds: host.rounds ?? ROUNDS, storedKey, serverKey };
}
