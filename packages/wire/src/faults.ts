/**
 * The faults of this package, one function each, so that a code, its reply and its clause stand in one place.
 * No text of a peer is in any of them.
 */
import { bad, LocalProtocolError, reply } from "@posthorn/contract";
import type { Fault } from "@posthorn/contract";

interface Failed {
  readonly ok: false;
  readonly fault: Fault;
}

/** The line cannot be understood at all: 500 5.5.2 (RFC 5321 §4.2.2, RFC 3463 §3.6). */
export const lineFault = (code: string, text: string, rfc: string): Fault => ({
  code,
  reply: reply(500, "5.5.2", text),
  rfc,
});

/** The verb was understood, its argument was not: 501 5.5.4 (RFC 5321 §4.2.2, RFC 3463 §3.6). */
export const argumentFault = (code: string, text: string, rfc: string): Failed =>
  bad(code, reply(501, "5.5.4", text), rfc);

/** Our own caller's value has no encoding. */
export const unencodable = (what: string, rfc: string): LocalProtocolError =>
  new LocalProtocolError("unencodable", what, rfc);
