/** The bounds of a session (security: everything that a peer can make grow is counted). Octets, counts; no time: the host keeps the clock. */

/** Bounds on what a client may do to a server's session. */
export interface ServerLimits {
  /** Accepted recipients in a transaction; one more is 452 4.5.3 (RFC 5321 §4.5.3.1.10). 1000. */
  readonly recipients: number;
  /** RCPTs beyond that before 421 closes. 1000. */
  readonly recipientsOver: number;
  /** Mistakes (4yz, 5yz to commands) since the last accepted message before 421 closes. 20. */
  readonly errors: number;
  /** Commands that get nothing done (hellos, NOOP, RSET, VRFY, EXPN, HELP) since the last accepted message before 421 closes. 100. */
  readonly junk: number;
  /** Items in one conversation (RFC 4954 has no bound) before 421 closes. 10. */
  readonly rounds: number;
}

/** The limits without configuration. */
export const serverLimits: ServerLimits = { recipients: 1000, recipientsOver: 1000, errors: 20, junk: 100, rounds: 10 };

/** Bounds on what a server may do to a client's session. */
export interface ClientLimits {
  /** The longest line of a reply, octets with CRLF. 4096. */
  readonly replyLine: number;
  /** All lines of one reply, octets. 65536. */
  readonly reply: number;
  /** Lines of one reply. 512. */
  readonly replyLines: number;
  /** Items in one conversation. 10. */
  readonly rounds: number;
}

/** The limits without configuration. */
export const clientLimits: ClientLimits = { replyLine: 4096, reply: 65536, replyLines: 512, rounds: 10 };
