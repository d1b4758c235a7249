/**
 * Listeners: TCP on IPv4 or IPv6, Unix sockets, inherited descriptors. Each address is bound by itself, IPv6 without
 * IPv4, so that both can be written side by side.
 */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect, createServer, isIPv6, type ListenOptions, type Server as NetServer, type Socket } from "node:net";
import type { Role } from "./session.ts";

/** Where to listen. */
export type Place =
  | {
      /** An address of this machine; 127.0.0.1 if not given. */
      readonly host?: string;
      /** 0: any that is free. */
      readonly port: number;
    }
  | {
      /** A Unix socket. One that is there and that nobody answers on is replaced. */
      readonly path: string;
      /** Its permissions; 0o600 if not given. */
      readonly mode?: number;
    }
  | {
      /** A descriptor that was inherited, from systemd for one, and is listening. */
      readonly fd: number;
    }
  | {
      /** Called once with where to bring sockets that somebody else has accepted, which must allow half-open ones. */
      readonly handed: (take: (socket: Socket) => void) => void;
    };

/** One listener: what it is for, its TLS, its place. */
export type Listener = {
  readonly role: Role;
  /** `none`; `starttls` (RFC 3207); `implicit`, TLS from the first octet (RFC 8314 §3). */
  readonly tls: "none" | "starttls" | "implicit";
} & Place;

/** A listener that listens. */
export interface Listening {
  readonly listener: Listener;
  /** The address that was bound; the path of a Unix socket. */
  readonly host: string;
  /** The port; 0 on a Unix socket. */
  readonly port: number;
  /** Whether its connections are read into one buffer (the option `sharedReadBuffer`). */
  readonly sharedReadBuffer?: boolean;
}

/** A listener could not listen. Nothing is left open. */
export class ListenError extends Error {
  /** As the system has it: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
  readonly code: string;
  /** Which one. */
  readonly listener: Listener;

  constructor(listener: Listener, code: string, why: string) {
    super(`cannot listen on ${placeName(listener)}: ${why}`);
    this.name = "ListenError";
    this.code = code;
    this.listener = listener;
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "the address is in use"],
  ["EACCES", "permission denied"],
  ["EADDRNOTAVAIL", "this machine has no such address"],
]);

/** How a place is written: `127.0.0.1:25`, `[::1]:25`, a path, `descriptor 3`. */
export const placeName = (place: Place): string => {
  if ("path" in place) return place.path;
  if ("fd" in place) return `descriptor ${place.fd}`;
  if ("handed" in place) return "handed sockets";
  const { host = "127.0.0.1", port } = place;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
};

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EUNKNOWN";

const optionsOf = (place: Exclude<Place, { readonly handed: unknown }>): ListenOptions | { readonly fd: number } => {
  if ("path" in place) return { path: place.path };
  if ("fd" in place) return { fd: place.fd };
  const { host = "127.0.0.1", port } = place;
  return isIPv6(host) ? { host, port, ipv6Only: true } : { host, port };
};

const bind = (server: NetServer, place: Place): Promise<void> =>
  new Promise((resolve, reject) => {
    if ("handed" in place) {
      place.handed((socket) => server.emit("connection", socket));
      resolve();
      return;
    }
    server.once("error", reject);
    server.listen(optionsOf(place), () => {
      server.off("error", reject);
      resolve();
    });
    if ("path" in place && server.listening) chmodSync(place.path, place.mode ?? 0o600);
  });

/** Whether a path is a socket that nobody listens on. */
const isStale = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    if (!(lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false)) {
      resolve(false);
      return;
    }
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error) => resolve(codeOf(error) === "ECONNREFUSED"));
  });

const bindFresh = async (server: NetServer, place: Place): Promise<void> => {
  try {
    await bind(server, place);
  } catch (error) {
    if (!("path" in place) || codeOf(error) !== "EADDRINUSE" || !(await isStale(place.path))) throw error;
    unlinkSync(place.path);
    await bind(server, place);
  }
};

/** A listener and its socket. */
export interface Open extends Listening {
  readonly server: NetServer;
}

/**
 * Opens a listener. Sockets are half-open, since clients close their side before they have read the last reply; where
 * they are `paused` nothing is read until somebody does.
 * @throws ListenError
 */
export const open = async (listener: Listener, accept: (socket: Socket) => void, paused = false): Promise<Open> => {
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: paused }, accept);
  try {
    await bindFresh(server, listener);
  } catch (error) {
    const code = codeOf(error);
    throw new ListenError(listener, code, REASONS.get(code) ?? (error instanceof Error ? error.message : code));
  }
  const address = server.address();
  const bound =
    typeof address === "object" && address !== null
      ? { host: address.address, port: address.port }
      : { host: address ?? "", port: 0 };
  return { listener, server, ...bound };
};
