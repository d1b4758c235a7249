/**
 * The bounds of a server, each under one name, so that a command line can set it by that name. Times are milliseconds.
 * The figures are those that the mail servers of today ship with; 0 is: no such limit, no such delay. Rates, counts and delays do not apply to addresses that are exempt (loopback, if nothing else is said).
 */
import { LocalProtocolError } from "@posthorn/contract";
import type { ServerLimits } from "@posthorn/session";

/** Bounds on what clients may do to a server. */
export interface Limits {
  /** Connections at a time; one more is 421 4.3.2. 1024. */
  readonly total: number;
  /** Connections at a time from one IPv4 address or IPv6 network of /64. 50. */
  readonly perAddress: number;
  /** New connections from one address within 60 s. 100. */
  readonly connectionRate: number;
  /** Authentications from one address within 60 s; beyond them, 454. 30. */
  readonly authRate: number;
  /** Transactions from one address within 60 s; one more is 450 4.7.1. 0: none. */
  readonly messageRate: number;
  /** Transactions over one connection; one more is 421 4.3.2. 0: none. */
  readonly messages: number;
  /** Accepted recipients in a transaction; one more is 452 4.5.3 (RFC 5321 §4.5.3.1.10). 1000. */
  readonly recipients: number;
  /** RCPTs beyond that before 421. 1000. */
  readonly recipientsOver: number;
  /** Commands refused since the last accepted message before 421. 20. */
  readonly errors: number;
  /** Refused commands after which each further one is answered late. 10. */
  readonly softErrors: number;
  /** How late, for each refused command so far. 1 s. */
  readonly delay: number;
  /** How late at most. 10 s. */
  readonly maxDelay: number;
  /** How late a refused AUTH is answered. 5 s. */
  readonly authDelay: number;
  /** Hellos, NOOP, RSET, VRFY, EXPN, HELP since the last accepted message before 421. 100. */
  readonly junk: number;
  /** Challenges in one conversation, as AUTH is one, before 421. 10. */
  readonly rounds: number;
  /** A command line is complete within this time of the last reply (RFC 5321 §4.5.3.2.7), or 421 4.4.2. 300 s. */
  readonly command: number;
  /** Content has this much time, regained as it flows. 300 s. */
  readonly content: number;
  /** Octets of content that regain one second. 500. */
  readonly contentRate: number;
  /** Replies are taken off the socket within this time, or it is destroyed. 300 s. */
  readonly replies: number;
  /** A TLS handshake is complete within this time. 60 s. */
  readonly handshake: number;
  /** A connection this old ends at the next place between two transactions. 1 h. */
  readonly session: number;
  /** `command` and `content` while more than four fifths of `total` are connected. 10 s. */
  readonly stress: number;
  /** A hook, or a sink, answers within this time, or it is 451 4.3.0. 300 s. */
  readonly hook: number;
  /** How long the greeting waits for a client that talks early, under `earlyTalk: "refuse"`. 1 s. */
  readonly greeting: number;
  /** How long a client that was told good-bye may leave its side open. 5 s. */
  readonly linger: number;
  /** Octets that wait behind a hook before the socket is paused. 64 KiB. */
  readonly buffer: number;
}

/** The limits without configuration. */
export const defaultLimits: Limits = {
  total: 1024,
  perAddress: 50,
  connectionRate: 100,
  authRate: 30,
  messageRate: 0,
  messages: 0,
  recipients: 1000,
  recipientsOver: 1000,
  errors: 20,
  softErrors: 10,
  delay: 1000,
  maxDelay: 10_000,
  authDelay: 5000,
  junk: 100,
  rounds: 10,
  command: 300_000,
  content: 300_000,
  contentRate: 500,
  replies: 300_000,
  handshake: 60_000,
  session: 3_600_000,
  stress: 10_000,
  hook: 300_000,
  greeting: 1000,
  linger: 5000,
  buffer: 65_536,
};

/** The names, in their order. */
const LIMITS: readonly (keyof Limits)[] = [
  "total",
  "perAddress",
  "connectionRate",
  "authRate",
  "messageRate",
  "messages",
  "recipients",
  "recipientsOver",
  "errors",
  "softErrors",
  "delay",
  "maxDelay",
  "authDelay",
  "junk",
  "rounds",
  "command",
  "content",
  "contentRate",
  "replies",
  "handshake",
  "session",
  "stress",
  "hook",
  "greeting",
  "linger",
  "buffer",
];

/** Where 0 is 0. */
const DELAYS: ReadonlySet<string> = new Set([
  "delay",
  "maxDelay",
  "authDelay",
  "greeting",
  "linger",
  "contentRate",
  "recipientsOver",
]);

/** The bounds of a session among those of a server. */
export const sessionLimits = ({ recipients, recipientsOver, errors, junk, rounds }: Limits): ServerLimits => ({
  recipients,
  recipientsOver,
  errors,
  junk,
  rounds,
});

/**
 * The limits with some of them changed, where those that are 0 became infinite.
 * @throws LocalProtocolError `unknown-limit` or `bad-limit`, naming the limit
 */
export const limitsWith = (given: Partial<Limits>): Limits => {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultLimits, name)) {
      throw new LocalProtocolError(
        "unknown-limit",
        `there is no limit "${name}", but ${Object.keys(defaultLimits).join(", ")}`,
      );
    }
    if (typeof value !== "number" || !(value >= 0)) {
      throw new LocalProtocolError("bad-limit", `the limit ${name} is a number, 0 or more`);
    }
  }
  const limits: Record<keyof Limits, number> = { ...defaultLimits, ...given };
  for (const name of LIMITS) if (limits[name] === 0 && !DELAYS.has(name)) limits[name] = Infinity;
  return limits;
};
