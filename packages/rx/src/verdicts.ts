/**
 * Verdicts: what became of each recipient, from either side. A client says it for each; on a server it is the reply to
 * RCPT where that refused, and else the reply to the message (RFC 5321 §4.1.1.4; in LMTP one each, RFC 2033 §4.2).
 */
import { isNegative, type Reply } from "@posthorn/contract";
import type { Verdict } from "@posthorn/session";
import type { Observable } from "rxjs";
import { isClientVerdict, isLast, isServerDropped, isServerMessage, isServerRecipient } from "./seen.ts";
import type { Seen, ServerMessage, Source } from "./seen.ts";
import { eachSession } from "./sessions.ts";

/** What became of a message for one recipient. */
export interface RecipientVerdict {
  readonly session: string;
  /** The address; `undefined` where its RCPT was not seen. */
  readonly recipient: string | undefined;
  /** A server knows `accepted`, `refused` and `unsent` only: what is dropped without a reply did not arrive whole. */
  readonly kind: Verdict["kind"];
  readonly reply?: Reply;
  /** In words, where there is no reply. */
  readonly reason?: string;
}

const judged = (session: string, recipient: string | undefined, reply: Reply | undefined): RecipientVerdict[] =>
  reply === undefined ? [] : [{ session, recipient, kind: isNegative(reply) ? "refused" : "accepted", reply }];

/** The recipients that a server has accepted in the transaction that is open. */
class Recipients {
  #open: string[] = [];

  take(event: Seen, session: string): readonly RecipientVerdict[] {
    if (isClientVerdict(event)) {
      const { recipient, verdict } = event;
      return [{ session, recipient, ...verdict }];
    }
    if (event.type === "mail") this.#open = [];
    if (isServerRecipient(event)) {
      if (isNegative(event.reply)) return judged(session, event.to, event.reply);
      this.#open.push(event.to);
      return [];
    }
    if (isServerMessage(event)) return this.#message(event, session);
    if (isServerDropped(event)) return this.#dropped(session, event.why, event.reply);
    if (isLast(event)) this.#open = [];
    return [];
  }

  #close(): readonly string[] {
    const open = this.#open;
    this.#open = [];
    return open;
  }

  #message({ replies, recipients }: ServerMessage, session: string): readonly RecipientVerdict[] {
    const open = this.#close();
    const [first] = replies;
    return Array.from({ length: Math.max(open.length, recipients) }, (_, at) =>
      judged(session, open[at], replies.length > 1 ? replies[at] : first),
    ).flat();
  }

  #dropped(session: string, why: string, reply: Reply | undefined): readonly RecipientVerdict[] {
    return this.#close().flatMap((recipient): RecipientVerdict[] =>
      reply === undefined ? [{ session, recipient, kind: "unsent", reason: why }] : judged(session, recipient, reply),
    );
  }
}

/**
 * One verdict for each recipient of each message, as soon as it is known. A transaction that is given up before its
 * content (RSET, QUIT) has no verdicts on a server: there was no message.
 *
 * @example
 * verdicts(pool).pipe(filter(({ kind }) => kind === "in-doubt"));
 */
export const verdicts = <E extends Seen>(source: Source<E>): Observable<RecipientVerdict> =>
  eachSession<E, Recipients, RecipientVerdict>(
    source,
    () => new Recipients(),
    (recipients, event, session) => recipients.take(event, session),
  );
