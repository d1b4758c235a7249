/**
 * EXTERNAL (RFC 4422 appendix A): who the client is has been shown by the layer below, a TLS certificate for one.
 * The message is the authorization identity alone; empty means the identity that goes with the credentials.
 */
import { LocalProtocolError } from "@posthorn/contract";
import { authzidOf } from "./credentials.ts";
import type { ClientHost, Mechanism, ServerHost } from "./mechanism.ts";
import { EMPTY, fromUtf8, hasControl, utf8 } from "./octets.ts";
import { challenge, conclude, malformed, rejected, respond } from "./steps.ts";
import type { ClientExchange, ServerExchange } from "./steps.ts";
import { verify } from "./store.ts";

function* client(host: ClientHost): ClientExchange {
  if (host.credentials.external !== true) {
    throw new LocalProtocolError(
      "no-credentials",
      "the credentials do not say that the layer below has any",
      "RFC 4422 appendix A",
    );
  }
  return conclude(yield* respond(utf8(authzidOf(host))));
}

function* server<I>(host: ServerHost<I>, initial: Uint8Array | undefined): ServerExchange<I> {
  const authzid = fromUtf8(initial ?? (yield* challenge(EMPTY)));
  if (authzid === undefined) return malformed("bad-utf8");
  if (hasControl(authzid)) return malformed("control-character");
  if (host.external === undefined || host.external === "") return rejected("nothing-external");
  return yield* verify(host, { type: "external", mechanism: "EXTERNAL", name: host.external }, authzid);
}

/** EXTERNAL (RFC 4422 appendix A). */
export const external: Mechanism = {
  name: "EXTERNAL",
  first: "client",
  strength: 110,
  reveals: false,
  uses: "external",
  needs: "external",
  client,
  server,
};
