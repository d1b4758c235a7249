/**
 * CRAM-MD5 (RFC 2195): the server shows a string that never was before, the client answers with its name and the
 * keyed hash of that string. The server must hold the password itself; an unknown name costs the same hash.
 */
import { nameOf, passwordOf } from "./credentials.ts";
import type { ClientHost, Mechanism, ServerHost } from "./mechanism.ts";
import { fromUtf8, hasControl, toHex, utf8 } from "./octets.ts";
import { preparedName } from "./password.ts";
import { ask, challenge, conclude, failed, malformed, rejected, respond } from "./steps.ts";
import type { ClientExchange, ServerExchange } from "./steps.ts";
import { authorise } from "./store.ts";

/** The challenge: a msg-id (RFC 822 §6) of 128 random bits, in two numbers, where RFC 2195 §2 has a timestamp for one. */
const stamp = <I>(host: ServerHost<I>): string => {
  const hex = toHex(host.crypto.random(16));
  return `<${BigInt(`0x${hex.slice(0, 16)}`)}.${BigInt(`0x${hex.slice(16)}`)}@${host.hostname}>`;
};

function* client(host: ClientHost): ClientExchange {
  const name = nameOf(host);
  const password = utf8(passwordOf(host, "query"));
  const turn = yield* respond(null);
  if (turn === "accepted") return failed("unexpected-success");
  if (turn === "refused") return failed("refused");
  if (turn.length === 0) return failed("bad-challenge"); // a hash of nothing could be had of us by anyone, for any use
  const digest = toHex(yield* ask(() => host.crypto.hmac("md5", password, turn)));
  return conclude(yield* respond(utf8(`${name} ${digest}`)));
}

function* server<I>(host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I> {
  if (initial !== undefined) return malformed("initial-response"); // RFC 4954 §4: the server speaks first
  const shown = utf8(stamp(host));
  const response = fromUtf8(yield* challenge(shown));
  if (response === undefined) return malformed("bad-utf8");
  const space = response.lastIndexOf(" ");
  const digest = response.slice(space + 1);
  if (space < 1 || digest.length !== 32 || hasControl(response)) return malformed("bad-fields");
  const name = preparedName(host, response.slice(0, space));
  if (name === undefined) return rejected("prohibited-name");

  const found = yield* ask((signal) => host.store.lookup?.(name, "CRAM-MD5", signal));
  const key =
    found?.password === undefined
      ? host.falseSaltKey
      : utf8(host.crypto.prepare(found.password, "query") ?? found.password);
  const due = yield* ask(() => host.crypto.hmac("md5", key, shown));
  const same = host.crypto.equal(utf8(toHex(due)), utf8(digest));
  if (found?.password === undefined || !same) return rejected("bad-credentials", name);
  return yield* authorise(host, found.identity, name, "");
}

/** CRAM-MD5 (RFC 2195). */
export const cramMd5: Mechanism = {
  name: "CRAM-MD5",
  first: "server",
  strength: 40,
  reveals: false,
  uses: "password",
  needs: "secret",
  client,
  server,
};
