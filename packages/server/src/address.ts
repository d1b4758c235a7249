/** Addresses of peers: how one is shown, who counts as one peer, and which is this machine. */

const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/** An address as one shows it: without zone, and IPv4 mapped into IPv6 as IPv4 (RFC 4291 §2.5.5.2). */
export const plainAddress = (address: string): string => {
  if (!address.includes(":")) return address;
  const [bare = ""] = address.split("%");
  return MAPPED.exec(bare)?.[1] ?? bare;
};

/** The first 64 bits of an IPv6 address. */
const network = (address: string): string => {
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
};

/** Under which key a peer is counted: an IPv4 address, or the /64 that an IPv6 address is in, which is one site's at least. */
export const addressKey = (address: string): string => (address.includes(":") ? network(address) : address);

/** Whether an address is this machine's own: 127.0.0.0/8, ::1, or none at all, as on a Unix socket. */
export const isLoopback = (address: string): boolean =>
  address === "" || address === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
