/**
 * Where to connect to, as a person writes it: `mail.example`, `mail.example:2525`, `192.0.2.1`, `[2001:db8::1]:25`,
 * `2001:db8::1`, and `unix:/run/lmtp` or `/run/lmtp` for a Unix socket.
 */
import { EXIT, Stop } from "./exit.ts";

/** A host, with the port if one was written; or a Unix socket. */
export type ServerAddress = { readonly host: string; readonly port: number | undefined } | { readonly path: string };

const HELP = "HOST, HOST:PORT, [IPV6]:PORT or /path/of/a/socket";

const wrong = (text: string, why: string): Stop =>
  new Stop(EXIT.usage, `server ${JSON.stringify(text)}: ${why}; write ${HELP}`);

const portOf = (text: string, digits: string | undefined): number | undefined => {
  if (digits === undefined) return undefined;
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw wrong(text, `${JSON.stringify(digits)} is no port (1 to 65535)`);
  return port;
};

/**
 * Reads it.
 * @throws Stop 64.
 * @example
 * serverAddress("[::1]:2525"); // { host: "::1", port: 2525 }
 */
export const serverAddress = (text: string): ServerAddress => {
  if (text.startsWith("unix:")) return { path: text.slice(5) };
  if (text.startsWith("/")) return { path: text };
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  const parts = text.split(":");
  const [host, digits] =
    bracketed === null ? (parts.length > 2 ? [text, undefined] : parts) : [bracketed[1], bracketed[2]];
  if (host === undefined || host === "") throw wrong(text, "no host");
  return { host, port: portOf(text, digits) };
};

/** It again, as it is written. */
export const serverText = (address: ServerAddress): string => {
  if ("path" in address) return address.path;
  const { host, port } = address;
  if (port === undefined) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
};
