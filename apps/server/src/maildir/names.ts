/**
 * The names of files in a Maildir: seconds, a counter and random octets of this process, and the host, as the format
 * asks for. Nothing of a message or a peer is in them (A22), and no size either: `,S=` would have to be true for ever.
 */
import { randomBytes } from "node:crypto";

let counter = 0;

/** What tells this process from all others, also from one of the same number in the same second. */
const RUN = `P${process.pid}`;
const RANDOM = `R${randomBytes(8).toString("hex")}`;

/** The host as a part of a file name: a slash and a colon are written in octal, as the format has it. */
const hostPart = (host: string): string =>
  host.replace(/[^A-Za-z0-9_.-]/g, (other) => `\\${other.charCodeAt(0).toString(8).padStart(3, "0")}`);

/** A name that no other file has had or will have. */
export const uniqueName = (host: string): string => {
  const now = Date.now();
  const micros = String(now % 1000).padStart(3, "0");
  counter++;
  return `${Math.floor(now / 1000)}.M${micros}${RUN}Q${counter}${RANDOM}.${hostPart(host)}`;
};
