/**
 * What the first process and its workers say to each other: JSON over the channel of `fork`. A socket travels with the
 * message `connection`. Each message has the key `posthorn`, so that a program may use the channel for words of its own.
 */
import type { Listener } from "../listen.ts";
import type { TlsSource } from "../tls.ts";

/** The variable that tells a process which worker it is. */
export const WORKER_VARIABLE = "POSTHORN_WORKER";

/** What all workers have in common: what `load` gave, with the key of their session tickets. */
export interface Common<S> {
  readonly tls: TlsSource | undefined;
  /** In base64. */
  readonly ticketKey: string;
  readonly data: S;
}

/** A listener, as a worker knows it: its sockets are handed over. */
export interface Fed extends Pick<Listener, "role" | "tls"> {
  /** Whether its peers have addresses; those of a Unix socket have none. */
  readonly addressed: boolean;
}

/** What a worker is told. */
export type ToWorker<S> =
  | { readonly posthorn: "start"; readonly listeners: readonly Fed[]; readonly common: Common<S> }
  /** A socket comes with it: connection `id`, of listener `at`. */
  | { readonly posthorn: "connection"; readonly id: number; readonly at: number }
  /** Whether four fifths of all connections are taken. */
  | { readonly posthorn: "stress"; readonly on: boolean }
  | { readonly posthorn: "reload"; readonly turn: number; readonly common: Common<S> }
  | { readonly posthorn: "close"; readonly grace: number };

/** What a worker tells. */
export type FromWorker =
  | { readonly posthorn: "ready" }
  /** These connections have arrived, and these are no more. */
  | { readonly posthorn: "now"; readonly taken: readonly number[]; readonly gone: readonly number[] }
  | { readonly posthorn: "reloaded"; readonly turn: number; readonly error?: string };

const isOurs = (given: unknown): boolean => typeof given === "object" && given !== null && "posthorn" in given;

/** Whether it is one of ours: our own code is at the other end. */
export const isToWorker = <S>(given: unknown): given is ToWorker<S> => isOurs(given);

/** The same, of what comes from a worker. */
export const isFromWorker = (given: unknown): given is FromWorker => isOurs(given);

const text = (pem: string | Uint8Array): string => (typeof pem === "string" ? pem : Buffer.from(pem).toString("utf8"));

/** Certificates as JSON can carry them; their ticket key goes by itself. */
export const asText = (source: TlsSource): TlsSource => {
  const { names, clients } = source;
  const identity = <I extends Pick<TlsSource, "key" | "cert">>(given: I): I => ({
    ...given,
    key: text(given.key),
    cert: text(given.cert),
  });
  return {
    ...identity(source),
    ...(names === undefined
      ? {}
      : { names: Object.fromEntries(Object.entries(names).map(([name, own]) => [name, identity(own)])) }),
    ...(clients === undefined ? {} : { clients: { ...clients, ca: text(clients.ca) } }),
  };
};
