/**
 * Which mechanism: what a server can offer, and what a client picks of an offer.
 *
 * The order of ours, strongest first: EXTERNAL (only where the client says that it has such credentials), the SCRAMs
 * with channel binding, those without, OAUTHBEARER, XOAUTH2, CRAM-MD5, PLAIN, LOGIN, ANONYMOUS. After a refusal of the
 * mechanism itself (504, 534) the next of `candidates` may be tried; never after 535, which is about the credentials.
 * An offer can be cut short by whoever sits in the middle, where TLS is not verified: against that only
 * `minMechanism` helps, for -PLUS protects an exchange and not the list.
 */
import { LocalProtocolError } from "@posthorn/contract";
import type { ClientCredentials, Mechanism, ServerHost } from "./mechanism.ts";
import type { Store } from "./store.ts";

/** What a client demands of a mechanism. */
export interface Policy {
  /** What it has to prove itself with: mechanisms that need something else are left out. */
  readonly credentials?: ClientCredentials;
  /** Whether the connection has a channel binding; without one no -PLUS is chosen. */
  readonly channelBinding?: boolean;
  /** The name of the weakest mechanism that will do. */
  readonly minMechanism?: string;
  /** The connection is in the clear, and nobody allowed the secret on it by name: what `reveals` it is left out. */
  readonly inClear?: boolean;
}

/**
 * The mechanisms of an offer that a client can and may use, strongest first. Names of an offer are compared without
 * regard to ASCII case, as all keywords of EHLO are (RFC 5321 §2.4).
 * @throws LocalProtocolError `unknown-mechanism` where `minMechanism` names none of `mechanisms`.
 */
export const candidates = (
  offered: readonly string[],
  mechanisms: readonly Mechanism[],
  policy: Policy = {},
): readonly Mechanism[] => {
  const { credentials, channelBinding = false, inClear = false } = policy;
  const least = weakest(mechanisms, policy.minMechanism);
  const names = new Set(offered.map(upper));
  return mechanisms
    .filter((each) => each.client !== undefined && names.has(upper(each.name)))
    .filter((each) => each.strength >= least && !(inClear && each.reveals) && (channelBinding || each.binds !== true))
    .filter((each) => credentials === undefined || serves(credentials, each.uses))
    .toSorted((a, b) => b.strength - a.strength);
};

/**
 * The strongest of `candidates`; `undefined` where there is none.
 * @throws LocalProtocolError `unknown-mechanism` where `minMechanism` names none of `mechanisms`.
 *
 * @example
 * choose(["PLAIN", "SCRAM-SHA-256"], MECHANISMS)?.name; // SCRAM-SHA-256
 */
export const choose = (
  offered: readonly string[],
  mechanisms: readonly Mechanism[],
  policy: Policy = {},
): Mechanism | undefined => candidates(offered, mechanisms, policy)[0];

/** The mechanisms that a server can offer here: it has the role, the store meets the need, and the connection has what the mechanism builds on. */
export const servable = <I>(
  mechanisms: readonly Mechanism[],
  host: Pick<ServerHost<I>, "store" | "channelBindings" | "external">,
): readonly Mechanism[] => {
  const met = servesOf(host.store);
  const bound = (host.channelBindings ?? []).length > 0;
  const known = host.external !== undefined && host.external !== "";
  return mechanisms.filter(
    (each) =>
      each.server !== undefined &&
      met.includes(each.needs) &&
      (bound || each.binds !== true) &&
      (known || each.needs !== "external"),
  );
};

const servesOf = <I>(store: Store<I>): readonly string[] =>
  store.serves ?? [
    ...(store.verify === undefined ? [] : ["password"]),
    ...(store.lookup === undefined ? [] : ["sha1", "sha256"]),
  ];

/** Whether the credentials have what a mechanism uses; a stranger's word is the stranger's own to check. */
const serves = (credentials: ClientCredentials, uses: string): boolean => {
  const { name, password, token, external, trace } = credentials;
  if (uses === "password") return name !== undefined && password !== undefined;
  if (uses === "token") return token !== undefined;
  if (uses === "external") return external === true;
  return uses !== "anonymous" || trace !== undefined;
};

const weakest = (mechanisms: readonly Mechanism[], name: string | undefined): number => {
  if (name === undefined) return Number.NEGATIVE_INFINITY;
  const found = mechanisms.find((each) => upper(each.name) === upper(name));
  if (found !== undefined) return found.strength;
  throw new LocalProtocolError("unknown-mechanism", "minMechanism names none of the mechanisms", "RFC 4422 §3.1");
};

/** ASCII upper case, and nothing else: a dotless i is no I. */
const upper = (text: string): string => text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
