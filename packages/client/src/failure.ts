/** How a session's end reads as an error. */
import type { Extensions } from "@posthorn/contract";
import type { ClientClosedEvent, ClientSession } from "@posthorn/session";
import { ClientError, type FailureCode } from "./errors.ts";
import type { TlsPolicy } from "./policy.ts";

const CODES: Readonly<Record<Exclude<ClientClosedEvent["code"], "negotiation">, FailureCode>> = {
  quit: "closed",
  refused: "refused",
  service: "service-closing",
  protocol: "protocol",
  eof: "connection-lost",
  aborted: "aborted",
};

/** The failure of a connection that is over; `cause` is what this side found out before its session did. */
export const failureOf = <X extends Extensions>(
  { code, reason, reply }: ClientClosedEvent,
  session: ClientSession<X>,
  { mode }: TlsPolicy,
  host: string,
): ClientError => {
  if (code !== "negotiation") return new ClientError(CODES[code], `${host}: ${reason}`, { reply, host });
  const insecure = mode === "required" && session.tls === undefined;
  return new ClientError(insecure ? "tls-unavailable" : "not-authenticated", `${host}: ${reason}`, { reply, host });
};
