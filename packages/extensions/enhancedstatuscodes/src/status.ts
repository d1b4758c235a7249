/**
 * The enhanced status of a reply (RFC 3463): the one that was said, if it fits the code, else one that follows from
 * the code by the meaning that its RFC gives it. Where a code may mean several things (450, 550, 554), nothing is
 * guessed: `x.0.0`, "other undefined status" (RFC 3463 §3.1), is then the truth.
 */
import { replyClass } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import { endOfStatus } from "@posthorn/wire";

/** By code, after its class's digit. Codes without a row are `0.0`. */
const BY_CODE: ReadonlyMap<number, string> = new Map([
  [235, "7.0"], // authentication succeeded (RFC 4954 §6)
  [251, "1.5"], // user not local, will forward (RFC 3463 §3.2: destination address valid)
  [421, "3.2"], // service not available (RFC 3463 §3.4: system not accepting network messages)
  [432, "7.12"], // a password transition is needed (RFC 4954 §6)
  [451, "3.0"], // local error in processing (RFC 3463 §3.4: other mail system status)
  [452, "3.1"], // insufficient system storage (RFC 3463 §3.4: mail system full)
  [454, "7.0"], // temporary authentication failure, or TLS not available (RFC 4954 §6, RFC 3207 §4)
  [455, "5.4"], // unable to accommodate parameters (RFC 3463 §3.6: invalid command arguments)
  [500, "5.2"], // syntax error, command unrecognized (RFC 3463 §3.6: syntax error)
  [501, "5.4"], // syntax error in parameters or arguments (RFC 3463 §3.6)
  [502, "5.1"], // command not implemented (RFC 3463 §3.6: invalid command)
  [503, "5.1"], // bad sequence of commands (RFC 3463 §3.6)
  [504, "5.4"], // command parameter not implemented (RFC 3463 §3.6)
  [521, "3.2"], // host does not accept mail (RFC 7504 §3)
  [530, "7.0"], // authentication or TLS required (RFC 4954 §6, RFC 3207 §4)
  [534, "7.9"], // mechanism too weak (RFC 4954 §6)
  [535, "7.8"], // credentials invalid (RFC 4954 §6)
  [538, "7.11"], // encryption required for the mechanism (RFC 4954 §6)
  [551, "1.6"], // user not local, try elsewhere (RFC 3463 §3.2: destination mailbox has moved)
  [552, "2.2"], // exceeded storage allocation (RFC 3463 §3.3: mailbox full)
  [553, "1.0"], // mailbox name not allowed (RFC 3463 §3.2: other address status)
  [555, "5.4"], // parameters not recognized (RFC 3463 §3.6)
  [556, "1.10"], // domain does not accept mail (RFC 7504 §4, RFC 7505 §4.2)
]);

/**
 * The status to send with a reply; `undefined` for 3yz, which has none (RFC 2034 §3).
 * Its class is always the code's first digit, whatever was said (RFC 2034 §4).
 *
 * @example
 * statusOf(reply(503)); // "5.5.1"
 */
export const statusOf = (said: Reply): string | undefined => {
  const first = replyClass(said);
  if (first === 3) return undefined;
  if (said.status !== undefined && endOfStatus(said.status, first) === said.status.length) return said.status;
  return `${first}.${BY_CODE.get(said.code) ?? "0.0"}`;
};
