/**
 * Transfers: each content that began to travel, told when it ended, with its octets and its time. Whether it was then
 * accepted is a matter of `verdicts`.
 */
import { asyncScheduler, type Observable, type SchedulerLike } from "rxjs";
import { isClientTransferred, isLast, isServerDropped, isServerMessage, isTransferBegun } from "./seen.ts";
import type { Seen, Source } from "./seen.ts";
import { eachSession } from "./sessions.ts";

/** Content that has travelled, or ceased to. */
export interface Transfer {
  readonly session: string;
  /** The message's name, where the source has one: a server does. */
  readonly message?: string;
  /** The verb that carried it, where the source says so. */
  readonly verb?: string;
  /** Whether all of it has. */
  readonly complete: boolean;
  /** Octets of content that did; 0 where the source does not say. */
  readonly octets: number;
  /** From its begin to its end, in milliseconds: on a server, with the verdict; on a client, to the last octet. */
  readonly ms: number;
}

/** What is under way in one session: one content at most. */
class UnderWay {
  #begun: { readonly verb?: string; readonly at: number } | undefined = undefined;

  take(event: Seen, session: string, now: () => number): readonly Transfer[] {
    if (isTransferBegun(event)) {
      const given = this.#end(session, false, 0, now);
      this.#begun = { ...(event.verb === undefined ? {} : { verb: event.verb }), at: now() };
      return given;
    }
    if (isServerMessage(event)) return this.#end(session, true, event.octets, now, event.message);
    if (isServerDropped(event)) return this.#end(session, false, event.octets, now, event.message);
    if (isClientTransferred(event)) return this.#end(session, true, event.octets, now);
    if (event.type === "outcome" || isLast(event)) return this.#end(session, false, 0, now);
    return [];
  }

  #end(session: string, complete: boolean, octets: number, now: () => number, message?: string): readonly Transfer[] {
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun === undefined) return [];
    const { verb, at } = begun;
    return [
      {
        session,
        ...(message === undefined ? {} : { message }),
        ...(verb === undefined ? {} : { verb }),
        complete,
        octets,
        ms: now() - at,
      },
    ];
  }
}

/**
 * Each transfer once, when it has ended. Time is the scheduler's.
 *
 * @example
 * transfers(server).subscribe(({ session, octets, ms }) => console.log(session, octets / ms));
 */
export const transfers = <E extends Seen>(
  source: Source<E>,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<Transfer> =>
  eachSession<E, UnderWay, Transfer>(
    source,
    () => new UnderWay(),
    (underWay, event, session) => underWay.take(event, session, () => scheduler.now()),
  );
