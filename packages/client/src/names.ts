/** Who a client says it is (RFC 5321 §4.1.1.1, §4.1.3): its fully-qualified name, else the address that it speaks from. */
import { isIP } from "node:net";
import { hostname } from "node:os";
import { domain } from "@posthorn/wire";

/** An address as an address literal (RFC 5321 §4.1.3), without the zone of a link. */
export const addressLiteral = (address: string): string => {
  const [bare = address] = address.split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return `[${mapped}]`;
  return isIP(bare) === 6 ? `[IPv6:${bare}]` : `[${bare}]`;
};

/** Whether a name may be given as one that others can look up: a domain of two labels at least. */
const isQualified = (name: string): boolean =>
  name.includes(".") && isIP(name) === 0 && domain.decode(name, { utf8: false }).ok;

/** What to say in EHLO. `local` is the address of this side, which a Unix socket has not. */
export const helloName = (
  given: string | undefined,
  local: string | undefined,
  machine: string = hostname(),
): string => {
  if (given !== undefined) return given;
  if (isQualified(machine)) return machine;
  return addressLiteral(local ?? "127.0.0.1");
};
