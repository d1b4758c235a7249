/**
 * OAUTHBEARER (RFC 7628): a GS2 header, then `key=value` fields, among them `auth=Bearer TOKEN`. A refusal is a
 * challenge of JSON, which the client answers by U+0001 alone (§3.2.3).
 */
import { fieldsOf, KVSEP, settle, tokenIn } from "./bearer.ts";
import { authzidOf, nameOf, tokenOf, unencodable } from "./credentials.ts";
import { readGs2, writeGs2 } from "./gs2.ts";
import type { ClientHost, Mechanism, ServerHost } from "./mechanism.ts";
import { EMPTY, fromUtf8, isVchar, utf8 } from "./octets.ts";
import { preparedName } from "./password.ts";
import { challenge, malformed, rejected, respond } from "./steps.ts";
import type { ClientExchange, ServerExchange } from "./steps.ts";
import { verify } from "./store.ts";

const REFUSAL = utf8('{"status":"invalid_token"}');
const DUMMY = utf8(KVSEP);

// RFC 7628 §3.1: key = 1*ALPHA, value = *(VCHAR / SP / HTAB / CR / LF)
const FIELD = /^[A-Za-z]+=[\t\n\r -~]*$/;

function* client(host: ClientHost): ClientExchange {
  const { server, credentials } = host;
  // The message has one place for a name: whom to act as, which is the client itself if it asks for nobody else.
  const authzid = credentials.authzid === undefined && credentials.name !== undefined ? nameOf(host) : authzidOf(host);
  if (server !== undefined && (!isVchar(server.host) || !Number.isInteger(server.port))) throw unencodable("server");
  const where = server === undefined ? [] : [`host=${server.host}`, `port=${server.port}`];
  const fields = [writeGs2("n", authzid), ...where, `auth=Bearer ${tokenOf(host)}`, "", ""];
  return yield* settle(yield* respond(utf8(fields.join(KVSEP))), DUMMY);
}

function* server<I>(host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I> {
  const message = fromUtf8(initial ?? (yield* challenge(EMPTY)));
  if (message === undefined) return malformed("bad-utf8");
  const header = readGs2(message);
  const [before, ...fields] = fieldsOf(message) ?? [];
  if (header === undefined || before?.length !== header.length) return malformed("bad-header");
  if (typeof header.flag === "object") return malformed("channel-binding"); // the mechanism has none, RFC 7628 §3.1
  const auth = fields.filter((field) => /^auth=/i.test(field));
  if (!fields.every((field) => FIELD.test(field)) || auth.length !== 1) return malformed("bad-fields");
  const token = tokenIn(auth[0]?.slice(5) ?? "");
  const name = header.authzid === "" ? "" : preparedName(host, header.authzid);
  const outcome =
    token === undefined || name === undefined
      ? rejected(token === undefined ? "bad-token" : "prohibited-name")
      : yield* verify(host, { type: "token", mechanism: "OAUTHBEARER", name, token }, "");
  if (!outcome.ok) yield* challenge(REFUSAL);
  return outcome;
}

/** OAUTHBEARER (RFC 7628). */
export const oauthbearer: Mechanism = {
  name: "OAUTHBEARER",
  first: "client",
  strength: 60,
  reveals: true,
  uses: "token",
  needs: "token",
  client,
  server,
};
