// Ordered policies against a naive model: whoever answers how and when, the first refusal in order is the answer.
import { isNegative, reply, type Reply } from "@posthorn/contract";
import * as fc from "fast-check";
import { EMPTY, NEVER, Observable, of, throwError, timer, VirtualTimeScheduler } from "rxjs";
import { map } from "rxjs/operators";
import { describe, expect, test } from "vitest";
import { type Opinion, policies, type Policy } from "../src/index.ts";

const numRuns = 300 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const no = reply(550, "5.1.1", "No such mailbox");
const defer450 = reply(450, "4.2.0", "Greylisted");
const yes = reply(250, "2.1.5", "Known");

type Answer =
  | { readonly how: "now" | "observable-now"; readonly says: Opinion }
  | { readonly how: "after"; readonly ms: number; readonly says: Opinion }
  | { readonly how: "empty" | "never" | "throws" | "fails" };

const opinion = fc.constantFrom<Opinion>(undefined, undefined, no, defer450, yes);
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ how: fc.constantFrom("now", "observable-now"), says: opinion }) },
  {
    weight: 4,
    arbitrary: fc.record({ how: fc.constant("after"), ms: fc.integer({ min: 1, max: 200 }), says: opinion }),
  },
  { weight: 2, arbitrary: fc.record({ how: fc.constantFrom("empty", "never") }) },
  { weight: 1, arbitrary: fc.record({ how: fc.constantFrom("throws", "fails") }) },
);

const LIMIT = 100;
const broken = new Error("broken");

const policyOf =
  (scheduler: VirtualTimeScheduler, asked: number[]) =>
  (given: Answer, index: number): Policy<string> => ({
    name: `p${index}`,
    timeout: LIMIT,
    decide: () => {
      asked.push(index);
      switch (given.how) {
        case "now":
          return given.says;
        case "observable-now":
          return of(given.says, no);
        case "after":
          return timer(given.ms, scheduler).pipe(map(() => given.says));
        case "empty":
          return EMPTY;
        case "never":
          return NEVER;
        case "throws":
          throw broken;
        case "fails":
        default:
          return throwError(() => broken);
      }
    },
  });

/** What must come out: one at a time, in order, the first refusal ends it. */
const model = (answers: readonly Answer[]): { said: Opinion | Error; asked: number; ms: number } => {
  let held: Opinion;
  let ms = 0;
  for (const [index, given] of answers.entries()) {
    const asked = index + 1;
    if (given.how === "throws" || given.how === "fails") return { said: broken, asked, ms };
    // An answer at the very tick of the limit is in time: it was scheduled first.
    const late = given.how === "never" || (given.how === "after" && given.ms > LIMIT);
    ms += late ? LIMIT : given.how === "after" ? given.ms : 0;
    if (late) return { said: reply(451, "4.3.0", "Local error in processing, try again later"), asked, ms };
    if (!("says" in given)) continue;
    const { says } = given;
    if (says !== undefined && isNegative(says)) return { said: says, asked, ms };
    held ??= says;
  }
  return { said: held, asked: answers.length, ms };
};

describe("policies", () => {
  test("are the model, for every mixture of answers in virtual time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 6 }), async (answers) => {
        const scheduler = new VirtualTimeScheduler();
        const asked: number[] = [];
        const hook = policies(answers.map(policyOf(scheduler, asked)), { scheduler });
        const expected = model(answers);
        let outcome: unknown;
        try {
          const said = hook("event", undefined);
          scheduler.flush();
          outcome = await said;
        } catch (error) {
          outcome = error;
        }
        expect(outcome).toEqual(expected.said);
        expect(scheduler.now()).toBe(expected.ms);
        expect(asked).toEqual(Array.from({ length: expected.asked }, (_, index) => index));
      }),
      { numRuns },
    );
  });

  test("answer without a promise where every policy that was asked did", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(opinion, fc.boolean()), { maxLength: 6 }), (opinions) => {
        const list = opinions.map(([says, wrapped], index) => ({
          name: `p${index}`,
          timeout: 5,
          decide: (): Opinion | Observable<Opinion> => (wrapped ? of(says) : says),
        }));
        const said = policies<string>(list)("event", undefined);
        expect(said).not.toBeInstanceOf(Promise);
        const stated = opinions.map(([says]) => says).filter((says) => says !== undefined);
        expect(said).toEqual(stated.find(isNegative) ?? stated[0]);
      }),
      { numRuns },
    );
  });

  test("take what a promise says, and pass on what it is rejected with", async () => {
    const says = policies<string>([{ name: "slow", decide: () => Promise.resolve(no) }]);
    expect(says("event", undefined)).toBeInstanceOf(Promise);
    expect(await says("event", undefined)).toBe(no);
    const fails = policies<string>([{ name: "fails", decide: () => Promise.reject(broken) }]);
    await expect(Promise.resolve(fails("event", undefined))).rejects.toBe(broken);
  });

  test("let the host choose what a time-out means, by policy and event", async () => {
    const scheduler = new VirtualTimeScheduler();
    const late: string[] = [];
    const hook = policies<string>(
      [
        { name: "blocklist", timeout: 50, decide: () => NEVER },
        { name: "greylist", decide: () => defer450 },
      ],
      {
        scheduler,
        onTimeout: ({ name }, event): Reply | undefined => {
          late.push(`${name} of ${event} at ${scheduler.now()}`);
          return undefined;
        },
      },
    );
    const said = hook("mail", undefined);
    scheduler.flush();
    expect(await said).toBe(defer450);
    expect(late).toEqual(["blocklist of mail at 50"]);
  });

  test("drop what is pending when the peer leaves", async () => {
    let subscribed = 0;
    const pending = new Observable<Opinion>(() => {
      subscribed += 1;
      return () => {
        subscribed -= 1;
      };
    });
    const peer = new AbortController();
    const asked: string[] = [];
    const hook = policies<string, { readonly signal: AbortSignal }>([
      { name: "first", decide: () => pending },
      { name: "second", decide: () => void asked.push("second") },
    ]);
    const said = hook("mail", { signal: peer.signal });
    expect(subscribed).toBe(1);
    peer.abort();
    expect(await said).toBeUndefined();
    expect(subscribed).toBe(0);
    expect(asked).toEqual([]);
    // Who has left already is asked about no more than the first policy's opening.
    expect(hook("mail", { signal: peer.signal })).toBeUndefined();
    expect(subscribed).toBe(0);
  });

  test("unsubscribe from a policy after its first value", () => {
    let open = 0;
    const chatty = new Observable<Opinion>((subscriber) => {
      open += 1;
      subscriber.next(no);
      return () => {
        open -= 1;
      };
    });
    expect(policies<string>([{ name: "chatty", decide: () => chatty }])("event", undefined)).toBe(no);
    expect(open).toBe(0);
  });
});
