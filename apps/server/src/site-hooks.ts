/**
 * The server's hooks: the site's first, whose refusal is final, then posthornd's own. A site can so narrow what is
 * taken, and cannot by a slip of its hook make a relay of the server.
 */
import { isNegative } from "@posthorn/contract";
import type { Reply } from "@posthorn/contract";
import type { Complete, ContentSink, Envelope, Hooks, MessageVerdict, Session } from "@posthorn/server";
import type { Recipients } from "./recipients.ts";
import type { Storage } from "./storage.ts";

/** What the hooks are made of. */
export interface HooksOptions {
  readonly site: Hooks;
  readonly recipients: Pick<Recipients, "refusal">;
  readonly storage: Pick<Storage, "open">;
  /** Resolves when it was announced that the server listens: nobody is greeted before. */
  readonly announced: Promise<void>;
}

type Said = ContentSink | Reply | void;

const isSink = (said: Said): said is ContentSink => said !== undefined && "write" in said;
const isReplies = (verdict: Reply | readonly Reply[]): verdict is readonly Reply[] => Array.isArray(verdict);

/** The refusal in a verdict; where it has one for each recipient, the first is everybody's: there is one delivery. */
const refusalIn = (verdict: MessageVerdict): Reply | undefined => {
  if (verdict === undefined) return undefined;
  return isReplies(verdict) ? verdict.find(isNegative) : isNegative(verdict) ? verdict : undefined;
};

/** Two sinks as one: both get every piece, and the slower one holds the peer back. */
const both = (theirs: ContentSink, ours: ContentSink): Pick<ContentSink, "write" | "abort"> => {
  let wanted = true;
  return {
    async write(octets) {
      const mine = ours.write(octets);
      if (wanted) wanted = (await theirs.write(octets)) !== false;
      return (await mine) ?? true;
    },
    async abort(why) {
      await Promise.all([theirs.abort?.(why), ours.abort?.(why)]);
    },
  };
};

/** Asks the site for its last word before ours stores the message. What the site throws then, ours does not survive. */
const judged = (site: Hooks, envelope: Envelope, session: Session, theirs: Said, ours: ContentSink): ContentSink => {
  const sinks = isSink(theirs) ? both(theirs, ours) : ours;
  const judge = async (complete: Complete): Promise<MessageVerdict> => {
    const wants = session.protocol === "lmtp" ? envelope.recipients.length : 1;
    const verdict: MessageVerdict = isSink(theirs) ? await theirs.end?.(complete) : undefined;
    return verdict ?? (await site.message?.({ ...complete, envelope, wants }, session));
  };
  return {
    write: (piece) => sinks.write(piece),
    async end(complete) {
      let verdict: MessageVerdict;
      try {
        verdict = await judge(complete);
      } catch (error) {
        await ours.abort?.("failed");
        throw error;
      }
      const refusal = refusalIn(verdict);
      if (refusal !== undefined) {
        await ours.abort?.("refused");
        return refusal;
      }
      return (await ours.end?.(complete)) ?? verdict;
    },
    abort: (why) => sinks.abort?.(why),
  };
};

/** The hooks of a server. */
export const hooksOf = ({ site, recipients, storage, announced }: HooksOptions): Hooks => {
  let greets = false;
  const ready = async (): Promise<void> => {
    await announced;
    greets = true;
  };
  return {
    connection: (session) => (greets ? site.connection?.(session) : ready().then(() => site.connection?.(session))),
    hello: (hello, session) => site.hello?.(hello, session),
    mail: (mail, session) => site.mail?.(mail, session),
    verify: (query, session) => site.verify?.(query, session),
    closed: (session) => site.closed?.(session),
    async recipient(recipient, session) {
      const said = await site.recipient?.(recipient, session);
      if (said !== undefined && isNegative(said)) return said;
      const authenticated = session.fact("authenticated") !== undefined;
      return (await recipients.refusal(recipient.path, authenticated)) ?? said;
    },
    async content(envelope, session) {
      const theirs: Said = await site.content?.(envelope, session);
      if (theirs !== undefined && !isSink(theirs) && isNegative(theirs)) return theirs;
      const ours = await storage.open(envelope, session);
      if (isSink(ours)) return judged(site, envelope, session, theirs, ours);
      if (isSink(theirs)) await theirs.abort?.("refused");
      return ours;
    },
  };
};
