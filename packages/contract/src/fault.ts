/**
 * Faults are values: what a peer got wrong, with the reply that says so (RFC 5321 §4.2). Nothing that a peer
 * does throws; the errors of this package (`errors.ts`) are for whoever calls us.
 */
import type { Reply } from "./reply.ts";

/** A mistake of the peer. */
export interface Fault {
  /** A stable name, in kebab-case: `bare-lf`, `line-too-long`, `unknown-parameter`. */
  readonly code: string;
  /** The reply that a server gives to it. A client reads it as a description only. */
  readonly reply: Reply;
  /** The clause that was broken, such as `RFC 5321 §4.1.1`. */
  readonly rfc?: string;
  /** Whether framing is lost, so that nothing that follows can be understood: 421 and close. */
  readonly fatal?: boolean;
}

/** A value, or the fault that stands in its place. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

/** A result that holds a value. */
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** A result that holds a fault. */
export const bad = (code: string, given: Reply, rfc?: string): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault: rfc === undefined ? { code, reply: given } : { code, reply: given, rfc },
});
