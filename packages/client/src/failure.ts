/** How a session's end reads as an error. */
import { type Extensions, isNegative } from "@posthorn/contract";
import type { ClientClosedEvent, ClientSession, ReplyEvent } from "@posthorn/session";
import { ClientError, type FailureCode } from "./errors.ts";
import type { Setup } from "./setup.ts";

const CODES: Readonly<Record<Exclude<ClientClosedEvent["code"], "negotiation">, FailureCode>> = {
  quit: "closed",
  refused: "refused",
  service: "service-closing",
  protocol: "protocol",
  eof: "connection-lost",
  aborted: "aborted",
};

/** What is known beside the event. */
export interface Circumstances<X extends Extensions> {
  readonly session: ClientSession<X>;
  readonly setup: Setup<X>;
  /** The last reply of the opening. */
  readonly said: ReplyEvent | undefined;
  /** The address, for a person. */
  readonly where: string;
}

/** The failure of a connection that is over. */
export const failureOf = <X extends Extensions>(
  { code, reason, reply }: ClientClosedEvent,
  { session, setup, said, where }: Circumstances<X>,
): ClientError => {
  const { options, policy } = setup;
  const details = { host: options.host, address: where };
  const message = `${where}: ${reason}`;
  if (code !== "negotiation") return new ClientError(CODES[code], message, { ...details, reply });
  const refusal = said !== undefined && isNegative(said.reply) ? said.reply : undefined;
  const insecure = policy.mode === "required" && session.tls === undefined;
  return new ClientError(insecure ? "tls-unavailable" : "not-authenticated", message, { ...details, reply: refusal });
};
