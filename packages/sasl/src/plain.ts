/**
 * PLAIN (RFC 4616): one message, `[authzid] NUL authcid NUL passwd`, all of it UTF-8.
 */
import { authzidOf, nameOf, passwordOf } from "./credentials.ts";
import type { ClientHost, Mechanism, ServerHost } from "./mechanism.ts";
import { EMPTY, fromUtf8, hasControl, utf8 } from "./octets.ts";
import { passwordLogin } from "./password.ts";
import { challenge, conclude, malformed, respond } from "./steps.ts";
import type { ClientExchange, ServerExchange } from "./steps.ts";

function* client(host: ClientHost): ClientExchange {
  const message = [authzidOf(host), nameOf(host), passwordOf(host, "query")].join("\0");
  return conclude(yield* respond(utf8(message)));
}

function* server<I>(host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I> {
  const message = fromUtf8(initial ?? (yield* challenge(EMPTY)));
  if (message === undefined) return malformed("bad-utf8");
  const [authzid, name, password, more] = message.split("\0", 4);
  if (authzid === undefined || name === undefined || password === undefined || more !== undefined)
    return malformed("bad-fields");
  if (name === "" || password === "") return malformed("empty-field"); // 1*SAFE, RFC 4616 §2
  if (hasControl(authzid) || hasControl(name) || hasControl(password)) return malformed("control-character");
  return yield* passwordLogin(host, "PLAIN", { authzid, name, password });
}

/** PLAIN (RFC 4616). */
export const plain: Mechanism = {
  name: "PLAIN",
  first: "client",
  strength: 30,
  reveals: true,
  uses: "password",
  needs: "password",
  client,
  server,
};
