/**
 * The standard set: the nine extensions that a mail system of today speaks beside RFC 5321, and AUTH for who has
 * users or credentials. One tuple, typed, in the order in which a server offers them. Nothing here is privileged:
 * whoever wants another set composes it by hand, or takes this one and drops from it (`without`).
 */
import type { View } from "@posthorn/contract";
import { eightBitMime } from "@posthorn/ext-8bitmime";
import type { EightBitMime } from "@posthorn/ext-8bitmime";
import { auth } from "@posthorn/ext-auth";
import type { Auth, AuthOptions } from "@posthorn/ext-auth";
import { binarymime, chunking } from "@posthorn/ext-chunking";
import type { Binarymime, Chunking, ChunkingOptions } from "@posthorn/ext-chunking";
import { dsn } from "@posthorn/ext-dsn";
import type { Dsn } from "@posthorn/ext-dsn";
import { enhancedStatusCodes } from "@posthorn/ext-enhancedstatuscodes";
import type { EnhancedStatusCodes } from "@posthorn/ext-enhancedstatuscodes";
import { pipelining } from "@posthorn/ext-pipelining";
import type { Pipelining, PipeliningOptions } from "@posthorn/ext-pipelining";
import { size } from "@posthorn/ext-size";
import type { Size, SizeOptions } from "@posthorn/ext-size";
import { smtpUtf8 } from "@posthorn/ext-smtputf8";
import type { SmtpUtf8 } from "@posthorn/ext-smtputf8";
import { startTls } from "@posthorn/ext-starttls";
import type { StartTls, StartTlsOptions, StartTlsPolicy } from "@posthorn/ext-starttls";

/** The set without AUTH. */
export type Standard = readonly [
  Pipelining,
  Size,
  EightBitMime,
  SmtpUtf8,
  EnhancedStatusCodes,
  Dsn,
  Chunking,
  Binarymime,
  StartTls,
];

/** The set with AUTH; `I` is what the server's store knows of a user. */
export type StandardWithAuth<I> = readonly [...Standard, Auth<I>];

/** Who is there: what AUTH needs, for either side. */
export interface WithAuth<I> {
  readonly auth: AuthOptions<I>;
}

/** What a server may say about the set. */
export interface StandardServerOptions {
  /** The most octets of one message (RFC 1870); without it, or 0: no maximum. */
  readonly maxSize?: number;
  /** Whether a bare CR or LF in content by BDAT is refused, as it is in that of DATA; false if not given (`chunking`). */
  readonly strictBdat?: boolean;
  /** Whether a TLS handshake could be made now (RFC 3207): without it, always. Of the view only. */
  readonly tlsAvailable?: (view: View) => boolean;
}

/** What a client may say about the set. */
export interface StandardClientOptions {
  /** What STARTTLS is to it; `opportunistic` if not given (RFC 3207). */
  readonly tls?: StartTlsPolicy;
  /** How many commands may be unanswered where PIPELINING is offered; without it, any number (RFC 2920 §3.1). */
  readonly window?: number;
  /** When content goes by BDAT where CHUNKING is offered: `always`, or only where it is `needed` (RFC 3030). */
  readonly chunking?: "always" | "needed";
}

interface Parts {
  readonly pipelining?: PipeliningOptions;
  readonly size?: SizeOptions;
  readonly chunking?: ChunkingOptions;
  readonly startTls?: StartTlsOptions;
}

const set = (parts: Parts): Standard => [
  pipelining(parts.pipelining),
  size(parts.size),
  eightBitMime(),
  smtpUtf8(),
  enhancedStatusCodes(),
  dsn(),
  chunking(parts.chunking),
  binarymime(),
  startTls(parts.startTls),
];

/**
 * The set for a server, AUTH among it if there is a store.
 *
 * @throws LocalProtocolError where an option is none that its extension can have.
 * @example
 * const extensions = standardServer({ maxSize: 26_214_400, auth: { mechanisms, crypto, server: { verify } } });
 */
export function standardServer<I>(options: StandardServerOptions & WithAuth<I>): StandardWithAuth<I>;
export function standardServer(options?: StandardServerOptions): Standard;
export function standardServer<I>(
  options: StandardServerOptions & Partial<WithAuth<I>> = {},
): Standard | StandardWithAuth<I> {
  const { maxSize, strictBdat, tlsAvailable } = options;
  const standard = set({
    size: maxSize === undefined ? {} : { max: maxSize },
    chunking: strictBdat === undefined ? {} : { strictBdat },
    startTls: tlsAvailable === undefined ? {} : { available: tlsAvailable },
  });
  return options.auth === undefined ? standard : [...standard, auth(options.auth)];
}

/**
 * The set for a client, AUTH among it if there are credentials.
 *
 * @throws LocalProtocolError where an option is none that its extension can have.
 * @example
 * const extensions = standardClient({ tls: "required", auth: { mechanisms, crypto, client: { credentials } } });
 */
export function standardClient<I = never>(options: StandardClientOptions & WithAuth<I>): StandardWithAuth<I>;
export function standardClient(options?: StandardClientOptions): Standard;
export function standardClient<I>(
  options: StandardClientOptions & Partial<WithAuth<I>> = {},
): Standard | StandardWithAuth<I> {
  const { tls, window, chunking: prefer } = options;
  const standard = set({
    pipelining: window === undefined ? {} : { window },
    chunking: prefer === undefined ? {} : { prefer },
    startTls: tls === undefined ? {} : { policy: tls },
  });
  return options.auth === undefined ? standard : [...standard, auth(options.auth)];
}

/** The keywords of the set, in the order in which they are offered; AUTH is the last. */
export const STANDARD_KEYWORDS: readonly string[] = [
  "PIPELINING",
  "SIZE",
  "8BITMIME",
  "SMTPUTF8",
  "ENHANCEDSTATUSCODES",
  "DSN",
  "CHUNKING",
  "BINARYMIME",
  "STARTTLS",
  "AUTH",
];
