/**
 * Steps: an exchange is a generator that reads like its RFC and does no I/O. It yields what it wants done (show the
 * peer something, ask the host something) and is resumed with what came of it. Whoever drives it owns the wire.
 */
import { LocalProtocolError } from "@posthorn/contract";

/** The host is to run this and resume the exchange with the awaited value; a throw ends the exchange. */
export interface Ask {
  readonly op: "ask";
  /** `signal` is aborted when the peer has left, so that nobody waits for the answer. */
  readonly run: (signal: AbortSignal) => unknown;
}

/** Server: show the client these octets (RFC 4422 §3), and resume with the octets of its response. */
export interface Challenge {
  readonly op: "challenge";
  readonly data: Uint8Array;
}

/** Client: send this response and resume with the server's `Turn`. */
export interface Respond {
  readonly op: "respond";
  /** `null` only in the first step: there is no initial response, the server speaks first (RFC 4422 §5, item 2a). */
  readonly data: Uint8Array | null;
}

/** What a server did next: its challenge, or the outcome (235 accepts, 4yz and 5yz refuse; RFC 4954 §4). */
export type Turn = Uint8Array | "accepted" | "refused";

/** A step that runs on the server. */
export type ServerStep = Ask | Challenge;

/** A step that runs on the client. */
export type ClientStep = Ask | Respond;

/** How an exchange ended on the server. No secret is ever part of it. */
export type ServerOutcome<I> =
  | {
      readonly ok: true;
      /** What the store returned for whom the client may act as. */
      readonly identity: I;
      /** The authentication identity; empty where the mechanism has none. */
      readonly name: string;
      /** The authorization identity as asked for; empty where none was. */
      readonly authzid: string;
    }
  | {
      readonly ok: false;
      /** `rejected` is 535, always with one text; `malformed` is 501 (RFC 4954 §4, §6). */
      readonly reason: "rejected" | "malformed";
      /** A stable name of what was wrong, for logs only: the peer must not learn it. */
      readonly code: string;
      /** The name that was tried, for logs and rates. */
      readonly name?: string;
    };

/** Why a client gave up. */
export type ClientFailure =
  | "refused"
  | "unexpected-challenge"
  | "unexpected-success"
  | "bad-challenge"
  | "nonce-mismatch"
  | "empty-salt"
  | "too-few-rounds"
  | "too-many-rounds"
  | "mandatory-extension"
  | "server-error"
  | "bad-server-signature"
  | "no-server-signature"
  | (string & {});

/** How an exchange ended on the client. No secret is ever part of it. */
export type ClientOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /**
       * `refused`: the server said no. Any other: this side gave up. If the last turn was a challenge, the driver
       * cancels by `*` (RFC 4954 §4); if it was "accepted", the server did not prove itself, and the connection must be closed.
       */
      readonly code: ClientFailure;
      /** What the server said of it, if that is a plain word such as `invalid-proof`. */
      readonly detail?: string;
    };

/** An exchange on the server. */
export type ServerExchange<I> = Generator<ServerStep, ServerOutcome<I>, unknown>;

/** An exchange on the client. */
export type ClientExchange = Generator<ClientStep, ClientOutcome, unknown>;

/**
 * Asks the host: `const found = yield* ask((signal) => store.lookup(name, signal))`.
 */
export function* ask<T>(run: (signal: AbortSignal) => T): Generator<Ask, Awaited<T>, unknown> {
  // A generator's `next` has one type for all steps; the driver's promise is to resume this one with what `run` gave.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (yield { op: "ask", run }) as Awaited<T>;
}

/**
 * Shows the client a challenge and returns its response.
 * @throws LocalProtocolError with the code `bad-driver` where the driver resumes with something else than octets.
 */
export function* challenge(data: Uint8Array): Generator<Challenge, Uint8Array, unknown> {
  const response = yield { op: "challenge", data };
  if (response instanceof Uint8Array) return response;
  throw new LocalProtocolError("bad-driver", "a challenge is resumed with the octets of the response", "RFC 4422 §3");
}

/**
 * Sends a response and returns what the server did; `null` where the server speaks first.
 * @throws LocalProtocolError with the code `bad-driver` where the driver resumes with something else than a `Turn`.
 */
export function* respond(data: Uint8Array | null): Generator<Respond, Turn, unknown> {
  const turn = yield { op: "respond", data };
  if (turn instanceof Uint8Array || turn === "accepted" || turn === "refused") return turn;
  throw new LocalProtocolError(
    "bad-driver",
    "a response is resumed with a challenge, `accepted` or `refused`",
    "RFC 4422 §3",
  );
}

/** The outcome of credentials that are not right (535), or that may not do what they ask for. */
export const rejected = (
  code: string,
  name?: string,
): { readonly ok: false; readonly reason: "rejected"; readonly code: string; readonly name?: string } =>
  name === undefined ? { ok: false, reason: "rejected", code } : { ok: false, reason: "rejected", code, name };

/** The outcome of a response that the mechanism's grammar does not have (501). */
export const malformed = (
  code: string,
): { readonly ok: false; readonly reason: "malformed"; readonly code: string } => ({
  ok: false,
  reason: "malformed",
  code,
});

/** The outcome of a client that gives up. */
export const failed = (
  code: ClientFailure,
  detail?: string,
): { readonly ok: false; readonly code: ClientFailure; readonly detail?: string } =>
  detail === undefined ? { ok: false, code } : { ok: false, code, detail };

/** The outcome of a client that has said all: `accepted` succeeds, and a further challenge has no place. */
export const conclude = (turn: Turn): ClientOutcome => {
  if (turn === "accepted") return { ok: true };
  return failed(turn === "refused" ? "refused" : "unexpected-challenge");
};
