/**
 * ANONYMOUS (RFC 4505): the message is trace information, an email address or a token without `@`, or nothing.
 * It proves nothing and is for logs only.
 */
import { LocalProtocolError } from "@posthorn/contract";
import { unencodable } from "./credentials.ts";
import type { ClientHost, Mechanism, ServerHost } from "./mechanism.ts";
import { EMPTY, fromUtf8, hasControl, utf8 } from "./octets.ts";
import { challenge, conclude, malformed, respond } from "./steps.ts";
import type { ClientExchange, ServerExchange } from "./steps.ts";
import { verify } from "./store.ts";

/**
 * `[email / token]`, RFC 4505 §2, up to 255 characters. An address is recognised, not parsed: nobody delivers to it.
 * Surrogates that stand alone cannot be encoded, and what the trace profile prohibits of controls is refused.
 */
const isTrace = (text: string): boolean => {
  if (text === "") return true;
  if (text.length > 510 || Array.from(text).length > 255 || hasControl(text) || !text.isWellFormed()) return false;
  const at = text.lastIndexOf("@");
  return at === -1 || (at > 0 && at < text.length - 1);
};

function* client(host: ClientHost): ClientExchange {
  const { trace } = host.credentials;
  if (trace === undefined)
    throw new LocalProtocolError("no-credentials", "the credentials have no trace", "RFC 4505 §2");
  if (!isTrace(trace)) throw unencodable("trace");
  return conclude(yield* respond(utf8(trace)));
}

function* server<I>(host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I> {
  const trace = fromUtf8(initial ?? (yield* challenge(EMPTY)));
  if (trace === undefined) return malformed("bad-utf8");
  if (!isTrace(trace)) return malformed("bad-trace");
  return yield* verify(host, { type: "anonymous", mechanism: "ANONYMOUS", trace }, "");
}

/** ANONYMOUS (RFC 4505). */
export const anonymous: Mechanism = {
  name: "ANONYMOUS",
  first: "client",
  strength: 0,
  reveals: false,
  uses: "anonymous",
  needs: "anonymous",
  client,
  server,
};
