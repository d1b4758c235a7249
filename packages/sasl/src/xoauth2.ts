/**
 * XOAUTH2, as Google documents it for Gmail ("OAuth 2.0 Mechanism"): `user=NAME KVSEP auth=Bearer TOKEN KVSEP KVSEP`,
 * and a refusal as a challenge of JSON that the client answers by an empty line.
 */
import { fieldsOf, KVSEP, settle, tokenIn } from "./bearer.ts";
import { nameOf, tokenOf } from "./credentials.ts";
import type { ClientHost, Mechanism, ServerHost } from "./mechanism.ts";
import { EMPTY, fromUtf8, utf8 } from "./octets.ts";
import { preparedName } from "./password.ts";
import { challenge, malformed, rejected, respond } from "./steps.ts";
import type { ClientExchange, ServerExchange } from "./steps.ts";
import { verify } from "./store.ts";

const REFUSAL = utf8('{"status":"401","schemes":"bearer"}');

function* client(host: ClientHost): ClientExchange {
  const message = `user=${nameOf(host)}${KVSEP}auth=Bearer ${tokenOf(host)}${KVSEP}${KVSEP}`;
  return yield* settle(yield* respond(utf8(message)), EMPTY);
}

function* server<I>(host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I> {
  const message = fromUtf8(initial ?? (yield* challenge(EMPTY)));
  if (message === undefined) return malformed("bad-utf8");
  const [user, auth, more] = fieldsOf(message) ?? [];
  if (user === undefined || auth === undefined || more !== undefined) return malformed("bad-fields");
  if (!user.startsWith("user=") || !auth.startsWith("auth=")) return malformed("bad-fields");
  const token = tokenIn(auth.slice(5));
  if (token === undefined) return malformed("bad-token");
  const name = preparedName(host, user.slice(5));
  const outcome =
    name === undefined
      ? rejected("prohibited-name")
      : yield* verify(host, { type: "token", mechanism: "XOAUTH2", name, token }, "");
  if (!outcome.ok) yield* challenge(REFUSAL);
  return outcome;
}

/** XOAUTH2 (Google's "OAuth 2.0 Mechanism" for Gmail). */
export const xoauth2: Mechanism = {
  name: "XOAUTH2",
  first: "client",
  strength: 50,
  reveals: true,
  uses: "token",
  needs: "token",
  client,
  server,
};
