/**
 * Sessions: the events of a source, parted by the session that they are about. Each session's own Observable ends with
 * the event that closes it. The fold that the other views are made of is here too: each session has a state of its
 * own, which is forgotten when it closes, so that what is remembered is bounded by the connections that stand.
 */
import { concatMap, defer, filter, groupBy, map, type Observable } from "rxjs";
import { eventsOf, isLast, type Seen, sessionOf, type Source } from "./seen.ts";

/** One session as it goes. */
export interface SessionEvents<E extends Seen> {
  /** Its id: that of a server's session, or of a client's connection. */
  readonly session: string;
  /** Its events, from the first that was seen; ends with the one that closes it. Subscribe at once: nothing is kept. */
  readonly events: Observable<E>;
}

/**
 * Each session once, at its first event. Events that are about no session are left out. A session that stood when the
 * first subscriber came appears with its next event.
 *
 * @example
 * sessions(server).pipe(mergeMap(({ session, events }) => events.pipe(count(), map((n) => `${session}: ${n}`))));
 */
export const sessions = <E extends Seen>(source: Source<E>): Observable<SessionEvents<E>> =>
  eventsOf(source).pipe(
    filter((event) => sessionOf(event) !== undefined),
    groupBy((event) => sessionOf(event) ?? "", { duration: (group) => group.pipe(filter(isLast)) }),
    map((group) => ({ session: group.key, events: group })),
  );

/** Folds each session's events by itself: `step` changes the state that `begin` made, and returns what is to be told. */
export const eachSession = <E extends Seen, S, R>(
  source: Source<E>,
  begin: () => S,
  step: (state: S, event: E, session: string) => readonly R[],
): Observable<R> =>
  defer(() => {
    const states = new Map<string, S>();
    return eventsOf(source).pipe(
      concatMap((event) => {
        const session = sessionOf(event);
        if (session === undefined) return [];
        const state = states.get(session) ?? begin();
        if (isLast(event)) states.delete(session);
        else states.set(session, state);
        return step(state, event, session);
      }),
    );
  });
