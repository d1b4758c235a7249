/**
 * The AUTH parameter of MAIL (RFC 4954 §5): who submitted the message to this trusted network, as a mailbox in xtext;
 * `null` is `<>`, unknown or not trusted. It is carried as it came. A server must take the value of a client that it
 * has not authenticated for `<>`: that is the host's to do, who knows whom it trusts (`fact("identity")`).
 */
import { ASCII, bad, ok, reply } from "@posthorn/contract";
import type { Mailbox, Param } from "@posthorn/contract";
import { mailbox, xtext } from "@posthorn/wire";

/** The value of `AUTH=`: who submitted the message, or `null` for `<>` (RFC 4954 §5). */
export type Submitter = Mailbox | null;

const MALFORMED = bad(
  "bad-auth-parameter",
  reply(501, "5.5.4", "AUTH= takes a mailbox as xtext, or <>"),
  "RFC 4954 §5",
);

/** `AUTH=mailbox` as xtext, or `AUTH=<>`. It adds 500 octets to the line (RFC 4954 §3). Fault: `bad-auth-parameter`. */
export const submitter: Param<Submitter> = {
  unoffered: "omit",
  adds: 500,
  decode(raw) {
    const text = xtext.decode(raw, ASCII);
    if (!text.ok) return MALFORMED;
    if (text.value === "<>") return ok(null);
    const read = mailbox.decode(text.value, ASCII);
    return read.ok ? read : MALFORMED;
  },
  encode: (value) => xtext.encode(value === null ? "<>" : (mailbox.encode(value, ASCII) ?? ""), ASCII),
};
