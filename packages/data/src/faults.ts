/** What a peer may get wrong in content. The reply is given after the true end of the content (RFC 5321 §4.1.1.4). */
import { reply } from "@posthorn/contract";
import type { Fault } from "@posthorn/contract";

const refused = (code: string, text: string, rfc: string): Fault => ({ code, reply: reply(550, "5.6.0", text), rfc });

/** A CR that no LF follows (RFC 5321 §2.3.8). */
export const BARE_CR: Fault = refused("bare-cr", "Bare CR in content; lines must end in CRLF", "RFC 5321 §2.3.8");

/** A LF that no CR precedes (RFC 5321 §2.3.8). */
export const BARE_LF: Fault = refused("bare-lf", "Bare LF in content; lines must end in CRLF", "RFC 5321 §2.3.8");

/** A text line above the limit that was set (RFC 5321 §4.5.3.1.6). */
export const LINE_TOO_LONG: Fault = refused("line-too-long", "Line too long in content", "RFC 5321 §4.5.3.1.6");
