/** First come, first served, where anybody may leave from anywhere: each step costs the same, however many wait. */

/** A place in a queue. */
export interface Place<T> {
  readonly item: T;
  before: Place<T> | undefined;
  behind: Place<T> | undefined;
  waits: boolean;
}

/** A queue. */
export class Queue<T> {
  #first: Place<T> | undefined = undefined;
  #last: Place<T> | undefined = undefined;

  /** Whose turn is next. */
  get first(): T | undefined {
    return this.#first?.item;
  }

  /** Adds one at the end. */
  add(item: T): Place<T> {
    const place: Place<T> = { item, before: this.#last, behind: undefined, waits: true };
    if (this.#last === undefined) this.#first = place;
    else this.#last.behind = place;
    this.#last = place;
    return place;
  }

  /** Takes the first one away. */
  shift(): T | undefined {
    const first = this.#first;
    if (first !== undefined) this.leave(first);
    return first?.item;
  }

  /** Takes one away; `false` where it does not wait any more. */
  leave(place: Place<T>): boolean {
    if (!place.waits) return false;
    place.waits = false;
    const { before, behind } = place;
    if (before === undefined) this.#first = behind;
    else before.behind = behind;
    if (behind === undefined) this.#last = before;
    else behind.before = before;
    return true;
  }
}
