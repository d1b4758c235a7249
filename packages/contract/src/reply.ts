/**
 * Replies (RFC 5321 §4.2), as both sides see them: a code, the enhanced status of RFC 3463 as data,
 * and lines of text. Nothing here knows how a reply looks on the wire; that is `@posthorn/wire`.
 */

/** An SMTP reply. */
export interface Reply {
  /** Three digits: 2yz, 3yz, 4yz or 5yz (RFC 5321 §4.2.1). */
  readonly code: number;
  /**
   * The enhanced status, `class.subject.detail` (RFC 3463 §2). A server may always set it; it reaches the wire
   * only where an extension that was offered puts it there (RFC 2034).
   */
  readonly status?: string;
  /** The lines of text, without codes and line endings; none means a reply of a bare code. */
  readonly lines: readonly string[];
}

/** A reply that a peer sent. */
export interface ReceivedReply extends Reply {
  /**
   * The octets of the lines' text (status included, if there was one), present only where some octet is above 127:
   * then `lines` is a guess (UTF-8 where valid, else one character an octet), and this is what came.
   */
  readonly octets?: readonly Uint8Array[];
}

/** What the first digit says (RFC 5321 §4.2.1). */
export type ReplyClass = 2 | 3 | 4 | 5;

const STATUS = /^[245]\.\d{1,3}\.\d{1,3}$/;

/**
 * Makes a reply: `reply(250)`, `reply(250, 'OK')`, `reply(550, '5.1.1', 'No such mailbox')`.
 * The second argument is the enhanced status if it has the form of one (RFC 3463 §2).
 *
 * @example
 * const full = reply(452, "4.5.3", "Too many recipients");
 */
export const reply = (code: number, ...text: readonly string[]): Reply => {
  const [first] = text;
  if (first !== undefined && STATUS.test(first)) return { code, status: first, lines: text.slice(1) };
  return { code, lines: text };
};

/** The class of a reply, by its first digit. */
export const replyClass = (given: Reply): ReplyClass => {
  if (given.code >= 500) return 5;
  if (given.code >= 400) return 4;
  return given.code >= 300 ? 3 : 2;
};

/** Whether the reply is a negative completion, 4yz or 5yz. */
export const isNegative = (given: Reply): boolean => given.code >= 400;
