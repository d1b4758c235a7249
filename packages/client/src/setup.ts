/**
 * Options become what a connection is made from: the policy of TLS, the composition, times and names. Everything that
 * can be wrong with options is found here, before anything is dialled.
 */
import { type Extensions, specOf } from "@posthorn/contract";
import { standardClient } from "@posthorn/esmtp";
import { type Clock, nodeCrypto, systemClock } from "@posthorn/node";
import { MECHANISMS, type Mechanism } from "@posthorn/sasl";
import { type ClientLimits, type Composition, compose, without } from "@posthorn/session";

import { ClientError } from "./errors.ts";
import { hostToAscii } from "./idna.ts";
import type { Listeners } from "./observe.ts";
import type { ConnectOptions, StandardExtensions } from "./options.ts";
import { tlsPolicy, type TlsPolicy } from "./policy.ts";
import { Resumption } from "./resumption.ts";
import { defaultTimeouts, type Timeouts } from "./timeouts.ts";

/** Where to connect to. */
export type Target = { readonly path: string } | { readonly host: string; readonly port: number };

/** Options that have nothing to do with which extensions there are. */
export type PlainOptions = Omit<ConnectOptions<never>, "extensions">;

/** What dialling and TLS need to know. */
export interface Terms {
  readonly target: Target;
  readonly policy: TlsPolicy;
  /** The name to look for in the certificate: A-labels or an address. */
  readonly servername: string;
  readonly timeouts: Timeouts;
  readonly limits: Partial<ClientLimits>;
  readonly clock: Clock;
  /** The mechanism that an exchange was begun with last. */
  readonly mechanism: { current: string | undefined };
  readonly options: PlainOptions;
  /** Sessions of TLS that may be resumed, and kept; `undefined` where none may. */
  readonly resumption: Resumption | undefined;
  /** Who is told everything beside the caller's listeners. */
  readonly audience: Listeners | undefined;
}

/** Everything that a connection is made from. */
export interface Setup<X extends Extensions> extends Terms {
  readonly composition: Composition<X>;
}

const targetOf = (options: PlainOptions, implicit: boolean): Target => {
  const { host, path } = options;
  if (path !== undefined) {
    if (host !== undefined || options.port !== undefined)
      throw new ClientError("bad-option", "either `path`, or `host` and `port`");
    return { path };
  }
  const port = options.port ?? (implicit ? 465 : 25);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ClientError("bad-option", `port: ${port} is none: 1 to 65535`);
  return { host: hostToAscii(host ?? "localhost"), port };
};

/** Notes which mechanism is begun, so that it can be told without looking into what is secret. */
const noting = (mechanism: Mechanism, begun: (name: string) => void): Mechanism => {
  if (mechanism.client === undefined) return mechanism;
  const begin = mechanism.client.bind(mechanism);
  return {
    ...mechanism,
    client: (host) => {
      begun(mechanism.name);
      return begin(host);
    },
  };
};

const standard = (
  options: PlainOptions,
  { mode }: TlsPolicy,
  target: Target,
  begun: (name: string) => void,
): StandardExtensions => {
  const { credentials, mechanisms = MECHANISMS, minMechanism, authInClear = false } = options;
  const client =
    credentials === undefined
      ? undefined
      : {
          credentials,
          inClear: authInClear,
          ...(minMechanism === undefined ? {} : { minMechanism }),
          ...("host" in target ? { server: target } : {}),
        };
  return standardClient({
    tls: mode === "implicit" ? "none" : mode,
    auth: {
      mechanisms: mechanisms.map((mechanism) => noting(mechanism, begun)),
      crypto: nodeCrypto,
      ...(client === undefined ? {} : { client }),
    },
  });
};

const negotiates = (extensions: Extensions, stage: "security" | "identity"): boolean =>
  extensions.some((extension) => specOf(extension).client?.negotiate?.stage === stage);

/** Extensions, and what is composed of them. */
interface Composed {
  readonly extensions: Extensions;
  readonly composition: Composition;
}

/**
 * The standard set where nobody is to be authenticated, composed once for each mode of TLS and each protocol: it holds
 * nothing of a connection, and takes 80 µs of the 700 of one that sends one message.
 */
const usual: Map<string, Composed> = new Map();

const isUsual = ({ credentials, mechanisms, without: left }: PlainOptions): boolean =>
  credentials === undefined && mechanisms === undefined && left === undefined;

const composedOf = <const X extends Extensions>(
  options: ConnectOptions<X>,
  standardSet: StandardExtensions,
): Composed => {
  const { extensions, protocol = "smtp", without: left = [] } = options;
  if (extensions !== undefined && typeof extensions !== "function" && options.credentials !== undefined)
    throw new ClientError("bad-option", "credentials belong to the AUTH of the extensions that are given");
  const chosen: Extensions = typeof extensions === "function" ? extensions(standardSet) : (extensions ?? standardSet);
  const composed = without(chosen, left);
  return { extensions: composed, composition: compose(composed, { protocol }) };
};

/** @throws ClientError `bad-option`; CompositionError where extensions cannot stand together. */
export const setUp = <const X extends Extensions>(options: ConnectOptions<X>, audience?: Listeners): Setup<X> => {
  const { extensions, ...plain } = options;
  const { protocol = "smtp", servername } = plain;
  const asked = tlsPolicy({ ...plain, identity: options.credentials !== undefined });
  const target = targetOf(plain, asked.mode === "implicit");
  const mechanism: Terms["mechanism"] = { current: undefined };
  const key = extensions === undefined && isUsual(plain) ? `${asked.mode} ${protocol}` : undefined;
  const known = key === undefined ? undefined : usual.get(key);
  const made =
    known ??
    composedOf(
      options,
      standard(plain, asked, target, (name) => {
        mechanism.current = name;
      }),
    );
  if (key !== undefined) usual.set(key, made);
  const policy = tlsPolicy({ ...plain, identity: negotiates(made.extensions, "identity") });
  if (policy.mode === "required" && !negotiates(made.extensions, "security"))
    throw new ClientError("bad-option", "TLS is required, and no extension that could begin it is composed");
  return {
    target,
    policy,
    // The tuple is X where one was given, and X is its default where none was: what `without` drops was optional to everybody.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    composition: made.composition as Composition<X>,
    servername: servername === undefined ? ("host" in target ? target.host : "localhost") : hostToAscii(servername),
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    limits: options.limits ?? {},
    clock: options.clock ?? systemClock,
    mechanism,
    options: plain,
    resumption: plain.resume === false ? undefined : new Resumption(),
    audience,
  };
};
