/**
 * Host names for connecting, SNI and comparing with certificates: A-labels by UTS #46, strict and non-transitional.
 * What `new URL` would repair (full-width digits, empty labels, underscores) is refused here, because a name that is
 * repaired may be another host than the one that was meant.
 */
import { createRequire } from "node:module";
import { isIP } from "node:net";
import type * as Tr46 from "tr46";
import { ClientError } from "./errors.ts";

const require = createRequire(import.meta.url);

/** Loaded when a name first needs it: its tables are 10 ms of a program's start, and most names are plain. */
const tr46 = (): typeof Tr46 => require("tr46");

const STRICT = {
  checkBidi: true,
  checkHyphens: true,
  checkJoiners: true,
  useSTD3ASCIIRules: true,
  verifyDNSLength: true,
  transitionalProcessing: false,
};

/** Names of letters, digits and hyphens alone, which IDNA leaves as they are: most of them, and read at once. */
const PLAIN = /^(?!.{254})(?:(?!.?.?--)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.(?=.)|$))+$/i;

/** The name in A-labels, or `null` where it is none. */
const toLabels = (name: string): string | null =>
  PLAIN.test(name) ? name.toLowerCase() : tr46().toASCII(name, STRICT);

/**
 * The name in A-labels, without a final dot; an IP address, with or without brackets, as it is without them.
 *
 * @throws ClientError `bad-option` where it is neither.
 * @example
 * hostToAscii("bücher.example"); // "xn--bcher-kva.example"
 */
export const hostToAscii = (host: string): string => {
  const bare = /^\[.*\]$/.test(host) ? host.slice(1, -1).replace(/^IPv6:/i, "") : host;
  if (isIP(bare) !== 0) return bare;
  const ascii = toLabels(host.endsWith(".") ? host.slice(0, -1) : host);
  // A last label of digits only is no name (RFC 3696 §2): it would be read as an address by some, and not by others.
  if (ascii === null || /(?:^|\.)(?:\d+|0x[\da-f]*)$/i.test(ascii))
    throw new ClientError("bad-option", `${JSON.stringify(host)} is no host name`, { host, rfc: "RFC 5890 §2.3" });
  return ascii;
};
