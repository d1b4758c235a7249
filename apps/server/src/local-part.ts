/**
 * Routes in a local part (A14): `user%other@here`, `other!user@here` and `"user@other"@here` ask a host of `here` to pass
 * the message on. We never do; but a host behind us might, so such a mailbox is refused, not delivered.
 */
import { UTF8 } from "@posthorn/contract";
import { isAddressLiteral, isDomain } from "@posthorn/wire";

const isHost = (text: string): boolean => isDomain(text, UTF8) || isAddressLiteral(text);

/** Whether a local part names another host: behind an `@` or its last `%`, or before its first `!`; quotes hide nothing. */
export const isRoute = (local: string): boolean => {
  const bare = local.replace(/["\\\s]/g, "");
  const percent = bare.lastIndexOf("%");
  const bang = bare.indexOf("!");
  return (
    bare.includes("@") ||
    (percent >= 0 && isHost(bare.slice(percent + 1))) ||
    (bang >= 0 && isHost(bare.slice(0, bang)))
  );
};
