/**
 * The store of a server: who there is and what proves it. `verify` is given what the client showed, `lookup` gives
 * what a challenge is checked by, `authorize` says who may act as whom. Names reach it as opaque text (A5).
 */
import { ask, rejected } from "./steps.ts";
import type { Ask, ServerOutcome } from "./steps.ts";
import type { ServerHost } from "./mechanism.ts";
import type { Awaitable } from "./ports.ts";
import type { Verifier } from "./scram/keys.ts";

/** An identity, or nobody. `false` and `null` are nobody too, so that a predicate can serve as `verify`. */
export type Verdict<I> = I | undefined | null | false;

/** What a client showed. Names and passwords are prepared by RFC 4013. */
export type Credentials =
  | { readonly type: "password"; readonly mechanism: string; readonly name: string; readonly password: string }
  /** `name` is empty where an OAUTHBEARER client left it to the token. */
  | { readonly type: "token"; readonly mechanism: string; readonly name: string; readonly token: string }
  /** `name` is `ServerHost.external`. */
  | { readonly type: "external"; readonly mechanism: string; readonly name: string }
  | { readonly type: "anonymous"; readonly mechanism: string; readonly trace: string };

/** What a store knows of a name. */
export interface Found<I> {
  /** Whom the session belongs to after success. */
  readonly identity: I;
  /** For SCRAM, and for passwords through `verifyByLookup`. */
  readonly verifiers?: readonly Verifier[];
  /** The password in the clear, for CRAM-MD5 alone. */
  readonly password?: string;
}

/** Where a server's users are. A throw, or a promise that fails, is a temporary failure (454, RFC 4954 §6). */
export interface Store<I> {
  /** The needs of mechanisms that it can meet; if absent: `password` where there is `verify`, `sha1` and `sha256` where there is `lookup`. */
  readonly serves?: readonly string[];
  /** Whose credentials these are. It should take as long for a name that it does not know (A6). */
  verify?(credentials: Credentials, signal: AbortSignal): Awaitable<Verdict<I>>;
  /** What a prepared name is checked by. */
  lookup?(name: string, mechanism: string, signal: AbortSignal): Awaitable<Found<I> | undefined>;
  /** As whom `name`, who has just proved to be `identity`, acts if asked to be `authzid`. If absent nobody acts as somebody else (A3). */
  authorize?(identity: I, name: string, authzid: string, signal: AbortSignal): Awaitable<Verdict<I>>;
}

const isNobody = (verdict: unknown): verdict is undefined | null | false =>
  verdict === undefined || verdict === null || verdict === false;

/** Has the store verify what was shown; success goes on to `authorise`. */
export function* verify<I>(
  host: ServerHost<I>,
  credentials: Credentials,
  authzid: string,
): Generator<Ask, ServerOutcome<I>, unknown> {
  const name = credentials.type === "anonymous" ? "" : credentials.name;
  const identity: Verdict<I> | undefined = yield* ask((signal): Awaitable<Verdict<I>> =>
    host.store.verify?.(credentials, signal),
  );
  if (isNobody(identity)) return rejected("bad-credentials", name);
  return yield* authorise(host, identity, name, authzid);
}

/** May `name` act as `authzid`? As itself always; as another by the store's leave only (RFC 4422 §3.4.1). */
export function* authorise<I>(
  host: ServerHost<I>,
  identity: I,
  name: string,
  authzid: string,
): Generator<Ask, ServerOutcome<I>, unknown> {
  if (authzid === "" || authzid === name) return { ok: true, identity, name, authzid };
  const acting: Verdict<I> | undefined = yield* ask((signal): Awaitable<Verdict<I>> =>
    host.store.authorize?.(identity, name, authzid, signal),
  );
  return isNobody(acting) ? rejected("not-authorized", name) : { ok: true, identity: acting, name, authzid };
}
