/**
 * The verb STARTTLS as a row (RFC 3207 §4). Its 220 upgrades the connection: everything before it is forgotten, and
 * octets that came behind the command are dropped, by the machine, on both sides (§4.2).
 */
import { verb } from "@posthorn/contract";
import type { Verb } from "@posthorn/contract";
import { none } from "@posthorn/wire";

/** STARTTLS: no argument (501 5.5.4 where there is one), not inside a transaction, last in its group. */
export const startTlsRow: Verb<null, never, "STARTTLS"> = verb("STARTTLS", {
  syntax: "STARTTLS",
  args: none,
  from: ["ready"],
  on: { 2: { upgrade: "tls" }, 4: { to: "same" }, 5: { to: "same" } },
  group: "last", // RFC 3207 §4: nothing may be pipelined behind it
});
