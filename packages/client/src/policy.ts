/**
 * Two questions, kept apart: whether there is TLS (`tls`), and whom it must be with (`verify`). Credentials answer both,
 * unless the caller does so by name: TLS is required and verified (security.md C7).
 */
import { ClientError } from "./errors.ts";
import type { TlsMode, Verify } from "./options.ts";

/** What was asked. */
export interface PolicyRequest {
  readonly tls?: TlsMode | undefined;
  readonly verify?: Verify | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  readonly authInClear?: boolean | undefined;
  /** Whether somebody is to be authenticated. */
  readonly identity: boolean;
}

/** What holds. */
export interface TlsPolicy {
  readonly mode: TlsMode;
  readonly verify: Verify;
  /** Whether a failed handshake may be followed by a connection without TLS. */
  readonly fallback: boolean;
}

const SUBMISSIONS = 465;

const MODES: readonly string[] = ["none", "opportunistic", "required", "implicit"] satisfies readonly TlsMode[];

const modeOf = ({ tls, verify, port, path, authInClear, identity }: PolicyRequest): TlsMode => {
  if (tls !== undefined && !MODES.includes(tls))
    throw new ClientError("bad-option", `tls: ${JSON.stringify(tls)} is none of ${MODES.join(", ")}`);
  const clearAllowed = !identity || authInClear === true;
  if (tls === "none" && !clearAllowed)
    throw new ClientError("bad-option", "credentials do not travel without TLS, unless `authInClear` says so", {
      rfc: "RFC 4954 §4",
    });
  if (tls === "opportunistic" && !clearAllowed) return "required";
  if (tls !== undefined) return tls;
  if (port === SUBMISSIONS) return "implicit";
  // Who asks for verification has no use for a connection that somebody in between made one without TLS.
  if (!clearAllowed || verify === true || typeof verify === "string") return "required";
  return path === undefined ? "opportunistic" : "none";
};

/** @throws ClientError `bad-option` where credentials would have to travel in the clear; where a mode or a fingerprint is none. */
export const tlsPolicy = (request: PolicyRequest): TlsPolicy => {
  const { verify, identity } = request;
  if (typeof verify === "string" && fingerprintOf(verify) === undefined)
    throw new ClientError(
      "bad-option",
      `verify: ${JSON.stringify(verify)} is no fingerprint: sha256: and 64 hex digits`,
    );
  const mode = modeOf(request);
  return {
    mode,
    verify: verify ?? (mode !== "opportunistic" || identity),
    fallback: mode === "opportunistic" && !identity && (verify === undefined || verify === false),
  };
};

/** The hex digits of a fingerprint, in lower case without colons; `undefined` where it is none. */
export const fingerprintOf = (verify: string): string | undefined => {
  const [, digits = ""] = /^sha256:([\da-f:]+)$/i.exec(verify) ?? [];
  const bare = digits.replaceAll(":", "").toLowerCase();
  return bare.length === 64 ? bare : undefined;
};
