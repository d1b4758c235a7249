/**
 * The way in: a server, a connection or a pool has `observe(listener)`, and that is all that is asked of it. The
 * listener is attached by the first subscriber and detached by the last: who is not observed makes no event and calls
 * nobody. Subscribers share the one listener.
 */
import { Observable, share } from "rxjs";

/** What can be observed. `observe` attaches a listener, and returns what detaches it. */
export interface Observed<E> {
  observe(listener: (event: E) => void): () => void;
}

/**
 * The events of a source as a hot Observable: who subscribes sees what happens from then on. It never fails, and ends
 * only where the source says so by `isLast`. A subscriber that throws is reported by rxjs, and the source goes on.
 *
 * @example
 * const subscription = fromObserved(server).subscribe((event) => console.log(event.type));
 * subscription.unsubscribe(); // the server is unobserved again
 */
export const fromObserved = <E>(source: Observed<E>, isLast: (event: E) => boolean = () => false): Observable<E> =>
  new Observable<E>((subscriber) => {
    const detach = source.observe((event) => {
      subscriber.next(event);
      if (isLast(event)) subscriber.complete();
    });
    return detach;
  }).pipe(share());
