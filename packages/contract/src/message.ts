/**
 * A message as the client plans it: the envelope, and what is known of the content before it is opened.
 */
import type { ForwardPath, ReversePath } from "./path.ts";

/** What is known of content before it is sent. What is absent is unknown, as with a stream. */
export interface Facts {
  /** Octets, as they will be sent: CRLF counted, doubled dots and terminator not (RFC 1870 §5). */
  readonly size?: number;
  /** `7bit`: octets 1 to 127 in lines. `8bit`: octets above 127 too (RFC 6152). `binary`: anything, NUL and bare CR or LF too (RFC 3030 §3). Unknown counts as `8bit`. */
  readonly octets?: "7bit" | "8bit" | "binary";
  /** Whether the header section holds UTF-8 (RFC 6532). */
  readonly utf8Headers?: boolean;
  /** The longest line, in octets without CRLF (RFC 5321 §4.5.3.1.6: 998). */
  readonly longestLine?: number;
  /** Whether the content ends in CRLF; if not, DATA adds one (RFC 5321 §4.1.1.4). */
  readonly endsInCrlf?: boolean;
}

/** A recipient, with parameters of its own. */
export interface Recipient<R = object> {
  readonly path: ForwardPath;
  readonly params?: Partial<R>;
}

/** A message to plan: `M` and `R` are the parameters of MAIL and RCPT that the composed extensions have. */
export interface Message<M = object, R = object> {
  /** The reverse-path; `null` for the null one (RFC 5321 §4.5.5). */
  readonly from: ReversePath;
  /** One or more; verdicts are in this order. */
  readonly to: readonly Recipient<R>[];
  /** Parameters of MAIL that the caller chose. What extensions add does not replace them. */
  readonly params?: Partial<M>;
  /** What is known of the content. */
  readonly facts: Facts;
  /** Whether the content can be opened more than once; what cannot is neither split nor sent again. */
  readonly reopenable?: boolean;
}
