// The views over a double of a server and of a client: what one session tells must not depend on the others, and
// nothing may be attached that nobody subscribed to.
import { reply } from "@posthorn/contract";
import * as fc from "fast-check";
import { mergeMap, type Observable, Subject, toArray, VirtualTimeScheduler } from "rxjs";
import { describe, expect, test } from "vitest";
import { commands, fromObserved, phases, sessions, transfers, verdicts } from "../src/index.ts";
import { Double, type Event, interleave, no, ok, served } from "./fixtures.ts";

const numRuns = 200 * Number(process.env["POSTHORN_RUNS"] ?? 1);

const seenBy = <T>(
  view: (source: Double<Event>) => { subscribe(next: (value: T) => void): unknown },
  events: readonly Event[],
): T[] => {
  const source = new Double<Event>();
  const told: T[] = [];
  view(source).subscribe((value) => told.push(value));
  source.tell(...events);
  return told;
};

describe("fromObserved", () => {
  test("attaches one listener for all subscribers, and none before the first or after the last", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (steps) => {
        const source = new Double<number>();
        const events = fromObserved(source);
        const subscriptions: { unsubscribe(): void }[] = [];
        const heard: number[] = [];
        for (const [index, more] of steps.entries()) {
          if (more) subscriptions.push(events.subscribe((event) => heard.push(event)));
          else subscriptions.shift()?.unsubscribe();
          expect(source.listeners).toBe(subscriptions.length > 0 ? 1 : 0);
          heard.length = 0;
          source.tell(index);
          expect(heard).toEqual(subscriptions.map(() => index));
        }
      }),
      { numRuns },
    );
  });

  test("ends with the event that is the last, and lets go", () => {
    const source = new Double<number>();
    const heard: (number | string)[] = [];
    fromObserved(source, (event) => event === 2).subscribe({
      next: (event) => heard.push(event),
      complete: () => heard.push("end"),
    });
    source.tell(1, 2, 3);
    expect(heard).toEqual([1, 2, "end"]);
    expect(source.listeners).toBe(0);
  });

  test("every view attaches at its subscription and detaches at its end", () => {
    const source = new Double<Event>();
    const views: Observable<unknown>[] = [
      sessions(source),
      commands(source),
      verdicts(source),
      phases(source),
      transfers(source),
    ];
    for (const view of views) {
      expect(source.listeners).toBe(0);
      const subscription = view.subscribe();
      expect(source.listeners).toBe(1);
      subscription.unsubscribe();
      expect(source.listeners).toBe(0);
    }
  });
});

describe("one session's view does not depend on the others", () => {
  const recipient = fc.tuple(fc.constantFrom("b@b.example", "c@c.example"), fc.boolean());
  const dialogue = fc.tuple(fc.array(recipient, { maxLength: 4 }), fc.constantFrom(ok, no));
  const woven = fc
    .tuple(fc.array(dialogue, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(9), { minLength: 1, maxLength: 40 }))
    .map(([dialogues, draws]) => {
      const lists = dialogues.map(([recipients, verdict], index): Event[] => [
        { type: "connection", session: `s${index}` },
        { type: "command", session: `s${index}`, verb: "EHLO", argument: "x.example", reply: ok, phase: "ready" },
        ...served(`s${index}`, recipients, verdict),
        { type: "closed", session: `s${index}`, reason: "quit" },
      ]);
      return { lists, events: interleave(lists, draws) };
    });

  test("sessions part the events, and each ends with the one that closes it", () => {
    fc.assert(
      fc.property(woven, ({ lists, events }) => {
        const told = seenBy(
          (source) => sessions(source).pipe(mergeMap(({ events: own }) => own.pipe(toArray()))),
          [{ type: "refused" }, ...events],
        );
        const bySession = (list: readonly Event[]): string => list[0]?.session ?? "";
        expect(told.toSorted((a, b) => (bySession(a) < bySession(b) ? -1 : 1))).toEqual(lists);
      }),
      { numRuns },
    );
  });

  test("so do commands, verdicts, phases and transfers", () => {
    const clock = new VirtualTimeScheduler();
    const views: ((source: Double<Event>) => Observable<{ readonly session: string }>)[] = [
      (source) => commands(source),
      (source) => verdicts(source),
      (source) => phases(source),
    ];
    fc.assert(
      fc.property(woven, ({ lists, events }) => {
        for (const view of views) {
          const told = seenBy<{ readonly session: string }>(view, events);
          const alone = lists.map((list) => seenBy<{ readonly session: string }>(view, list));
          for (const [index, own] of alone.entries()) {
            expect(told.filter(({ session }) => session === `s${index}`)).toEqual(own);
          }
        }
        const transferred = seenBy((source) => transfers(source, clock), events);
        expect(transferred).toHaveLength(lists.length);
      }),
      { numRuns },
    );
  });
});

describe("verdicts", () => {
  test("of a server: at RCPT where that refused, else by the message", () => {
    const recipients = [
      ["b@b.example", true],
      ["c@c.example", false],
      ["d@d.example", true],
    ] as const;
    expect(seenBy((source) => verdicts(source), served("s", recipients, ok))).toEqual([
      { session: "s", recipient: "c@c.example", kind: "refused", reply: no },
      { session: "s", recipient: "b@b.example", kind: "accepted", reply: ok },
      { session: "s", recipient: "d@d.example", kind: "accepted", reply: ok },
    ]);
  });

  test("of a server in LMTP: one reply each", () => {
    const events = served(
      "s",
      [
        ["b@b.example", true],
        ["d@d.example", true],
      ],
      ok,
    ).map((event) => (event.type === "message" ? { ...event, replies: [ok, no] } : event));
    expect(seenBy((source) => verdicts(source), events).map(({ kind }) => kind)).toEqual(["accepted", "refused"]);
  });

  test("of a server whose peer left, or that refused while content came", () => {
    const begun = served("s", [["b@b.example", true]], ok).slice(0, 3);
    const dropped = { type: "dropped", session: "s", message: "s-1", octets: 9, why: "closed" };
    expect(seenBy((source) => verdicts(source), [...begun, dropped])).toEqual([
      { session: "s", recipient: "b@b.example", kind: "unsent", reason: "closed" },
    ]);
    expect(seenBy((source) => verdicts(source), [...begun, { ...dropped, why: "refused", reply: no }])).toEqual([
      { session: "s", recipient: "b@b.example", kind: "refused", reply: no },
    ]);
    expect(
      seenBy((source) => verdicts(source), [...begun.slice(0, 2), { type: "mail", session: "s" }, dropped]),
    ).toEqual([]);
  });

  test("of a server that was observed too late to know the recipients: as many as there were", () => {
    const late = served(
      "s",
      [
        ["b@b.example", true],
        ["c@c.example", true],
      ],
      ok,
    ).slice(3);
    expect(seenBy((source) => verdicts(source), late).map(({ recipient, kind }) => [recipient, kind])).toEqual([
      [undefined, "accepted"],
      [undefined, "accepted"],
    ]);
  });

  test("of a client: as it says", () => {
    const verdict = { kind: "in-doubt", reason: "the server closed the connection" };
    expect(
      seenBy((source) => verdicts(source), [{ type: "verdict", connection: "7", recipient: "b@b.example", verdict }]),
    ).toEqual([{ session: "7", recipient: "b@b.example", ...verdict }]);
  });
});

describe("commands", () => {
  test("of a client: replies find their commands, in groups, with 3yz between, and where a secret has no argument", () => {
    const sent = (verb: string, raw?: string): Event => ({ type: "command", connection: "7", verb, raw });
    const came = (verb: string, code: number): Event => ({ type: "reply", connection: "7", verb, reply: reply(code) });
    const told = seenBy(
      (source) => commands(source),
      [
        came("", 220),
        sent("AUTH"),
        came("AUTH", 334),
        came("AUTH", 235),
        sent("MAIL", "FROM:<>"),
        sent("RCPT", "TO:<a@x.example>"),
        sent("RCPT", "TO:<b@x.example>"),
        sent("DATA"),
        came("MAIL", 250),
        came("RCPT", 550),
        came("RCPT", 250),
        came("DATA", 354),
        came("DATA", 250),
        came("DATA", 450),
        sent("QUIT"),
        came("QUIT", 221),
      ],
    );
    expect(told.map(({ verb, argument, reply: { code } }) => [verb, argument, code])).toEqual([
      ["", undefined, 220],
      ["AUTH", undefined, 334],
      ["AUTH", undefined, 235],
      ["MAIL", "FROM:<>", 250],
      ["RCPT", "TO:<a@x.example>", 550],
      ["RCPT", "TO:<b@x.example>", 250],
      ["DATA", undefined, 354],
      ["DATA", undefined, 250],
      ["DATA", undefined, 450],
      ["QUIT", undefined, 221],
    ]);
  });
});

describe("transfers", () => {
  test("are told when they end, with octets and time, on both sides", () => {
    const clock = new VirtualTimeScheduler();
    const source = new Subject<Event>();
    const told: unknown[] = [];
    transfers(source, clock).subscribe((transfer) => told.push(transfer));
    const after = (ms: number, event: Event): void => {
      clock.schedule(() => source.next(event), ms);
    };
    after(0, { type: "transfer", session: "s", message: "s-1", verb: "DATA" });
    after(10, { type: "transfer", connection: "7", transaction: 0 });
    after(40, { type: "message", session: "s", message: "s-1", octets: 40, replies: [no] });
    after(50, { type: "transferred", connection: "7", octets: 90 });
    after(51, { type: "outcome", connection: "7", accepted: 1, recipients: 1, octets: 90 });
    after(60, { type: "transfer", connection: "7", transaction: 0 });
    after(70, { type: "transfer", session: "s", message: "s-2", verb: "BDAT" });
    after(75, { type: "dropped", session: "s", message: "s-2", octets: 3, why: "reset" });
    after(80, { type: "closed", connection: "7", reason: "" });
    clock.flush();
    expect(told).toEqual([
      { session: "s", message: "s-1", verb: "DATA", complete: true, octets: 40, ms: 40 },
      { session: "7", complete: true, octets: 90, ms: 40 },
      { session: "s", message: "s-2", verb: "BDAT", complete: false, octets: 3, ms: 5 },
      { session: "7", complete: false, octets: 0, ms: 20 },
    ]);
  });
});
