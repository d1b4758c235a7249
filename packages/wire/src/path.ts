/**
 * Paths (RFC 5321 §4.1.2): a mailbox between `<` and `>`. A reverse-path may be null, `<>`; a forward-path may be
 * `<Postmaster>`, without a domain (§4.1.1.3). Source routes are read and dropped, never written (Appendix F.2).
 */
import type { Codec, ForwardPath, Grammar, Mailbox, ReversePath } from "@posthorn/contract";
import { ok, UTF8 } from "@posthorn/contract";
import { asciiUpper, isAscii, isPrintable } from "./characters.ts";
import { scanDomain } from "./domain.ts";
import { PATH_OCTETS, pathFault, scanMailbox, scanPlain, writeMailbox } from "./mailbox.ts";
import type { Problem } from "./mailbox.ts";
import { octetLength } from "./octets.ts";

/** `<Postmaster>`: whoever that is where it is said (RFC 5321 §4.5.1). Its name is read in any case, and written so. */
export const POSTMASTER: ForwardPath = { local: "Postmaster", domain: "" };

const LESS = 60;
const GREATER = 62;

/** The index behind a source route `@a,@b:`, or `undefined` where it is none. */
const skipRoute = (path: string, from: number): number | undefined => {
  let at = from;
  for (;;) {
    if (path[at] !== "@") return undefined;
    const start = ++at;
    while (at < path.length && path[at] !== "," && path[at] !== ":") at++;
    if (!scanDomain(path, start, at, true)) return undefined;
    if (path[at] === ":") return at + 1;
    at++;
  }
};

/** The mailbox of a path that is neither `<>` nor `<Postmaster>`. */
const scanPath = (path: string, grammar: Grammar): Mailbox | Problem => {
  const enclosed = path.charCodeAt(0) === LESS && path.charCodeAt(path.length - 1) === GREATER;
  const plain = enclosed ? scanPlain(path, 1, path.length - 1) : undefined;
  if (plain !== undefined) return plain;
  if (!grammar.utf8 && !isAscii(path)) return "non-ascii-path";
  if (!enclosed || !isPrintable(path, grammar)) return "bad-path";
  const from = path[1] === "@" ? skipRoute(path, 1) : 1;
  if (from === undefined) return "bad-path";
  const value = scanMailbox(path, from, path.length - 1, grammar);
  return typeof value !== "string" && octetLength(path) > PATH_OCTETS ? "path-too-long" : value;
};

/** The path of MAIL, with its brackets; faults 501 5.1.7, and 553 5.6.7 for UTF-8 that was not announced. */
export const reversePath: Codec<ReversePath> = {
  decode(raw = "", grammar) {
    if (raw === "<>") return ok(null);
    const value = scanPath(raw, grammar);
    return typeof value === "string" ? pathFault(value, "5.1.7") : ok(value);
  },
  encode: (value, grammar) => (value === null ? "<>" : `<${writeMailbox(value, grammar)}>`),
};

/** The path of RCPT, with its brackets; faults 501 5.1.3, and 553 5.6.7 for UTF-8 that was not announced. */
export const forwardPath: Codec<ForwardPath> = {
  decode(raw = "", grammar) {
    if (raw.length === 12 && asciiUpper(raw) === "<POSTMASTER>") return ok(POSTMASTER);
    const value = scanPath(raw, grammar);
    return typeof value === "string" ? pathFault(value, "5.1.3") : ok(value);
  },
  encode: (value, grammar) => (isPostmaster(value) ? "<Postmaster>" : `<${writeMailbox(value, grammar)}>`),
};

/** Whether a forward-path is `<Postmaster>`. */
export const isPostmaster = (path: ForwardPath): boolean =>
  path.domain === "" && asciiUpper(path.local) === "POSTMASTER";

/**
 * A path as text without brackets: for people, logs and look-ups; the null reverse-path is the empty string.
 * @throws LocalProtocolError `unencodable`, where it is no path
 */
export const formatMailbox = (path: ReversePath): string => {
  if (path === null) return "";
  return isPostmaster(path) ? path.local : writeMailbox(path, UTF8);
};
