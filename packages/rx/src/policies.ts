/**
 * Ordered policies: small questions about one event (may this peer connect, is this recipient known, is it greylisted),
 * asked one after the other until one refuses. Each may answer at once, by a promise or by an Observable, and may have
 * a time-out. The whole is one function that fits a hook of a server. While all answer at once nothing of rxjs is made
 * and no tick passes; from the first that does not, the rest becomes an Observable, and the function returns a promise.
 */
import { isNegative, type Reply, reply } from "@posthorn/contract";
import {
  concat,
  defaultIfEmpty,
  defer,
  EMPTY,
  from,
  fromEvent,
  map,
  type Observable,
  type ObservableInput,
  of,
  reduce,
  type SchedulerLike,
  take,
  takeUntil,
  takeWhile,
  timeout,
} from "rxjs";

/** What a policy says: a reply, or nothing where it has no objection. */
export type Opinion = Reply | undefined;

/** One policy over events `E`, with what a host hands over beside them, `C`. */
export interface Policy<E, C = unknown> {
  /** Names it in `onTimeout` and to a reader. */
  readonly name: string;
  /** How long it may take, in milliseconds; for ever where not given. */
  readonly timeout?: number;
  /**
   * The answer: at once, or as anything that rxjs takes for an Observable. The first value counts and the rest is
   * unsubscribed; an end without a value is no objection. What it throws goes to the caller of the hook.
   */
  decide(event: E, context: C): Opinion | void | ObservableInput<Opinion | void>;
}

/** How policies are asked. */
export interface PoliciesOptions<E> {
  /** The scheduler of the time-outs; rxjs' `asyncScheduler`, real time, where not given. */
  readonly scheduler?: SchedulerLike;
  /**
   * What counts as the answer of a policy that was too slow; 451 4.3.0 where not given. Return `undefined` to go on
   * as if it had no objection.
   */
  readonly onTimeout?: (policy: Policy<E, never>, event: E) => Opinion;
}

/** A hook: a reply or nothing, at once or later. */
export type PolicyHook<E, C> = (event: E, context: C) => Opinion | Promise<Opinion>;

const busy: Reply = reply(451, "4.3.0", "Local error in processing, try again later");

const isReply = (answer: object): answer is Reply => "code" in answer && "lines" in answer;

/** A refusal beats what came before it; among the rest the first reply stands. */
const stronger = (held: Opinion, next: Opinion): Opinion =>
  next !== undefined && (held === undefined || isNegative(next)) ? next : held;

const refuses = (opinion: Opinion): boolean => opinion !== undefined && isNegative(opinion);

/** The peer has left: nobody waits for the answer any more. Hosts hand a signal over as `context.signal`. */
const departure = (context: unknown): Observable<unknown> => {
  if (typeof context !== "object" || context === null || !("signal" in context)) return EMPTY;
  const { signal } = context;
  if (!(typeof signal === "object" && signal !== null && "aborted" in signal)) return EMPTY;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- looked at above: an AbortSignal, or its like
  const given = signal as AbortSignal;
  return given.aborted ? of(undefined) : fromEvent(given, "abort").pipe(take(1));
};

/** Runs what is left, and returns its end at once where it came at once. */
const settle = (answer: Observable<Opinion>): Opinion | Promise<Opinion> => {
  let state: "open" | "done" | "failed" = "open";
  let opinion: Opinion;
  let error: unknown;
  let tell: (() => void) | undefined;
  const end = (how: "done" | "failed"): void => {
    state = how;
    tell?.();
  };
  answer.subscribe({
    next: (value) => {
      opinion = value;
    },
    error: (thrown: unknown) => {
      error = thrown;
      end("failed");
    },
    complete: () => end("done"),
  });
  const failed = (): boolean => state === "failed";
  if (failed()) throw error;
  if (state !== "open") return opinion;
  return new Promise((resolve, reject) => {
    tell = () => {
      if (failed()) reject(error instanceof Error ? error : new Error(String(error)));
      else resolve(opinion);
    };
  });
};

/**
 * Makes a hook of policies, asked in their order. The first refusal (4yz or 5yz) wins, and those behind it are not
 * asked; where nobody refuses, the first reply that was given; where nobody gave one, `undefined`. Answers at once if
 * every policy that was asked did. A policy that throws ends it: the hook throws or rejects with the same error, and
 * the host answers 451. Where `context` has a `signal` that aborts, what is pending is unsubscribed and the hook ends
 * with `undefined`.
 *
 * @example
 * const recipient = policies<{ path: string }>([
 *   { name: "known", decide: ({ path }) => (known.has(path) ? undefined : reply(550, "5.1.1", "No such mailbox")) },
 *   { name: "greylist", timeout: 5000, decide: (event) => greylist(event) },
 * ]);
 */
export const policies = <E, C = unknown>(
  list: readonly Policy<E, C>[],
  options: PoliciesOptions<E> = {},
): PolicyHook<E, C> => {
  const { scheduler, onTimeout = (): Opinion => busy } = options;

  const limited = (policy: Policy<E, C>, event: E, answer: ObservableInput<Opinion | void>): Observable<Opinion> => {
    const first = from(answer).pipe(
      take(1),
      defaultIfEmpty(undefined),
      map((value) => value ?? undefined),
    );
    if (policy.timeout === undefined) return first;
    const late = (): Observable<Opinion> => of(onTimeout(policy, event));
    return first.pipe(
      timeout({ first: policy.timeout, with: late, ...(scheduler === undefined ? {} : { scheduler }) }),
    );
  };

  const later = (policy: Policy<E, C>, event: E, context: C): Observable<Opinion> =>
    defer(() => {
      const answer = policy.decide(event, context) ?? undefined;
      return answer === undefined || isReply(answer) ? of(answer) : limited(policy, event, answer);
    });

  return (event, context) => {
    let held: Opinion;
    for (const [index, policy] of list.entries()) {
      const answer = policy.decide(event, context) ?? undefined;
      if (answer === undefined || isReply(answer)) {
        held = stronger(held, answer);
        if (refuses(held)) return held;
        continue;
      }
      const rest = list.slice(index + 1).map((next) => later(next, event, context));
      return settle(
        concat(limited(policy, event, answer), ...rest).pipe(
          takeWhile((opinion) => !refuses(opinion), true),
          reduce(stronger, held),
          takeUntil(departure(context)),
        ),
      );
    }
    return held;
  };
};
