/** What is said when a server is ready: one line of JSON for each address, for who started it. */
import type { Listening, Role } from "@posthorn/server";

const PROTOCOLS: { readonly [role in Role]: string } = { exchanger: "smtp", submission: "submission", lmtp: "lmtp" };

/** The line for one address, with its line ending; `host` is the path of a Unix socket, whose port is 0. */
export const announcement = ({ listener, host, port }: Listening): string =>
  `${JSON.stringify({ event: "listening", protocol: PROTOCOLS[listener.role], host, port, tls: listener.tls })}\n`;
