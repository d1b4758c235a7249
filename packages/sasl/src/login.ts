/**
 * LOGIN (draft-murchison-sasl-login-00, never an RFC, offered everywhere): name and password, each asked for. The
 * prompts are those that servers in use send; a client does not read them. Many clients send the name as an
 * initial response, which the draft has not: our server takes it, our client does not do it.
 */
import { nameOf, passwordOf } from "./credentials.ts";
import type { ClientHost, Mechanism, ServerHost } from "./mechanism.ts";
import { fromUtf8, hasControl, utf8 } from "./octets.ts";
import { passwordLogin } from "./password.ts";
import { challenge, conclude, failed, malformed, respond } from "./steps.ts";
import type { ClientExchange, ServerExchange } from "./steps.ts";

const NAME_PROMPT = utf8("Username:");
const PASSWORD_PROMPT = utf8("Password:");

function* client(host: ClientHost): ClientExchange {
  const name = utf8(nameOf(host));
  const password = utf8(passwordOf(host, "query"));
  for (const answer of [null, name]) {
    const turn = yield* respond(answer);
    if (turn === "accepted") return failed("unexpected-success");
    if (turn === "refused") return failed("refused");
  }
  return conclude(yield* respond(password));
}

function* server<I>(host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I> {
  const name = fromUtf8(initial ?? (yield* challenge(NAME_PROMPT)));
  const password = fromUtf8(yield* challenge(PASSWORD_PROMPT));
  if (name === undefined || password === undefined) return malformed("bad-utf8");
  if (name === "" || password === "") return malformed("empty-field");
  if (hasControl(name) || hasControl(password)) return malformed("control-character");
  return yield* passwordLogin(host, "LOGIN", { authzid: "", name, password });
}

/** LOGIN (draft-murchison-sasl-login-00). */
export const login: Mechanism = {
  name: "LOGIN",
  first: "server",
  strength: 20,
  reveals: true,
  uses: "password",
  needs: "password",
  client,
  server,
};
