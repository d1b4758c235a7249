// A source that can be observed, and says how many listeners it has.
import type { Reply } from "@posthorn/contract";
import { reply } from "@posthorn/contract";
import type { Observed } from "../src/index.ts";

/** A double of a server or a connection: what is told to it is told to its listeners. */
export class Double<E> implements Observed<E> {
  readonly #listeners = new Set<(event: E) => void>();
  /** How often a listener was attached. */
  attached = 0;

  observe(listener: (event: E) => void): () => void {
    this.attached += 1;
    const own = (event: E): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  tell(...events: readonly E[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }
}

/** Any event. */
export interface Event {
  readonly type: string;
  readonly session?: string;
  readonly [field: string]: unknown;
}

export const ok: Reply = reply(250, "OK");
export const no: Reply = reply(550, "5.1.1", "No such mailbox");

/** What a server tells of one message to these recipients, `true` for those that it accepts at RCPT. */
export const served = (
  session: string,
  recipients: readonly (readonly [string, boolean])[],
  verdict: Reply,
): Event[] => [
  { type: "mail", session, from: "ada@a.example", reply: ok },
  ...recipients.map(([to, taken]) => ({ type: "recipient", session, to, reply: taken ? ok : no })),
  { type: "transfer", session, message: `${session}-1`, verb: "DATA" },
  {
    type: "message",
    session,
    message: `${session}-1`,
    octets: 40,
    recipients: recipients.filter(([, taken]) => taken).length,
    replies: [verdict],
    ms: 1,
  },
];

/** Shuffles lists into one, each in its own order, as `draws` say. */
export const interleave = <T>(lists: readonly (readonly T[])[], draws: readonly number[]): T[] => {
  const left = lists.map((list) => [...list]);
  const woven: T[] = [];
  for (let turn = 0; left.some((list) => list.length > 0); turn += 1) {
    const open = left.filter((list) => list.length > 0);
    const next = open[(draws[turn % draws.length] ?? 0) % open.length]?.shift();
    if (next !== undefined) woven.push(next);
  }
  return woven;
};
