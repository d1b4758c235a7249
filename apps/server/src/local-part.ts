/**
 * Routes in a local part (A14): `user%other@here`, `other!user@here` and `"user@other"@here` ask a host of `here` to pass
 * the message on. We never do; but a host behind us might, so such a mailbox is refused, not delivered.
 */
import { UTF8 } from "@posthorn/contract";
import { isAddressLiteral, isDomain } from "@posthorn/wire";

const isHost = (text: string): boolean => isDomain(text, UTF8) || isAddressLiteral(text);

/** Whether a local part names another host: behind its last `%` or `@`, or before its first `!`. */
export const isRoute = (local: string): boolean => {
  const percent = local.lastIndexOf("%");
  const at = local.lastIndexOf("@");
  const bang = local.indexOf("!");
  return (
    (percent >= 0 && isHost(local.slice(percent + 1))) ||
    (at >= 0 && isHost(local.slice(at + 1))) ||
    (bang >= 0 && isHost(local.slice(0, bang)))
  );
};
