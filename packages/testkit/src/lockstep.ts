/**
 * A dialogue, one command at a time: each unit is said when the reply to the one before has come, which is how the
 * number and the order of replies can be held against a count that knows nothing of the machine.
 */
import type { Reply } from "@posthorn/contract";
import type { Composition } from "@posthorn/session";
import { ReplyReader } from "@posthorn/wire";
import type { Unit } from "./arbitraries/dialogues.ts";
import { joined, octetsOf, textOf } from "./octets.ts";
import { type Decide, ServerHost, type ServerHostOptions } from "./server-host.ts";

/** Limits that a dialogue of the laws does not reach. */
export const GENEROUS = { errors: 1e9, junk: 1e9, recipients: 1e9, recipientsOver: 1e9 };

/** What was said and answered. */
export interface Exchange {
  readonly verb: string;
  readonly said: Uint8Array;
  readonly replies: readonly Reply[];
  /** How many replies there should have been. */
  readonly wants: readonly number[];
  readonly closed: boolean;
}

/** A dialogue that was held. */
export interface Held {
  readonly exchanges: readonly Exchange[];
  /** What was answered to each unit, as text. */
  readonly answers: readonly string[];
  /** All octets that were said, in one piece up to each upgrade. */
  readonly segments: readonly Uint8Array[];
  readonly host: ServerHost;
  /** All octets that were answered. */
  readonly sent: Uint8Array;
}

/** Cuts replies out of octets; what is no reply is an error. @throws Error */
export const repliesOf = (octets: Uint8Array): readonly Reply[] => {
  const reader = new ReplyReader({ octets: 1e6, lineOctets: 1e5, lines: 1e4 });
  const found: Reply[] = [];
  for (let at = 0; at < octets.length;) {
    at = reader.step(octets, at, octets.length);
    if (reader.fault !== undefined) throw new Error(`what was sent is no reply: ${JSON.stringify(textOf(octets))}`);
    if (reader.reply !== undefined) found.push(reader.reply);
  }
  if (reader.pending) throw new Error(`a reply is not complete: ${JSON.stringify(textOf(octets))}`);
  return found;
};

/** Counts accepted recipients by replies alone, as a client does. */
class Count {
  recipients = 0;

  heard(verb: string, replies: readonly Reply[], ended: boolean): void {
    const accepted = replies.length > 0 && replies.every(({ code }) => code < 300);
    if (verb === "RCPT" && accepted) this.recipients += 1;
    else if ((["MAIL", "RSET", "EHLO", "HELO", "LHLO"].includes(verb) && accepted) || ended) this.recipients = 0;
  }
}

const ROUNDS = 12;

/** Holds a dialogue. */
export const holdDialogue = (
  composition: Composition,
  units: readonly Unit[],
  options: ServerHostOptions = {},
): Held => {
  const host = new ServerHost(composition, { limits: GENEROUS, ...options });
  const sent: Uint8Array[] = [...host.take()];
  const exchanges: Exchange[] = [];
  const answers: string[] = [];
  const segments: Uint8Array[] = [];
  let segment: Uint8Array[] = [];
  const count = new Count();
  const lmtp = composition.protocol === "lmtp";

  const say = (verb: string, octets: Uint8Array, wants: readonly number[]): readonly Reply[] => {
    segment.push(octets);
    host.receive(octets.slice());
    host.settle();
    const answered = joined(host.take());
    sent.push(answered);
    const replies = repliesOf(answered);
    exchanges.push({ verb, said: octets, replies, wants, closed: host.closed });
    return replies;
  };

  for (const { verb, octets, after, last } of units) {
    if (host.closed) break;
    const before = sent.length;
    const many = lmtp && last ? [1, Math.max(1, count.recipients)] : [1];
    const announced = last && after.length === 0;
    let replies = say(verb, octets, announced ? many : [1]);
    let ended = announced && replies.length > 0 && !replies.some(({ code }) => code === 503);
    for (let round = 0; replies[0]?.code !== undefined && replies[0].code >= 300 && replies[0].code < 400; round++) {
      if (round > ROUNDS || host.closed) break;
      replies = say(verb, after[Math.min(round, after.length - 1)] ?? octetsOf(".\r\n"), last ? many.slice(-1) : [1]);
      ended = last;
    }
    count.heard(verb, replies, ended);
    answers.push(textOf(joined(sent.slice(before))));
    if (host.upgrading) {
      segments.push(joined(segment));
      segment = [];
      host.upgrade();
    }
  }
  segments.push(joined(segment));
  return { exchanges, answers, segments, host, sent: joined(sent) };
};

/** A script of verdicts: `undefined` accepts; the greeting and hello are always accepted. */
export const decideBy =
  (verdicts: readonly (Reply | undefined)[]): Decide =>
  (question, nth) =>
    question.type === "connection" || question.type === "hello"
      ? undefined
      : verdicts[nth % Math.max(1, verdicts.length)];
