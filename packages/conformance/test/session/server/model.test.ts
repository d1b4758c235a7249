/**
 * The session against the naive model, over random dialogues with random verdicts, all pipelined, cut and delayed at
 * random: the same codes in the same order, the same phase, the same contents (security: criteria 10 and 11).
 */
import { compose } from "@posthorn/session";
import fc from "fast-check";
import { expect, test } from "vitest";
import { strange } from "../stranger.ts";
import { codes, Host, octets } from "./driver.ts";
import { type Act, LIMIT, Model, OVER, policyOf, RECIPIENTS } from "./model.ts";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("hello" as const),
      verb: fc.constantFrom("EHLO" as const, "EHLO" as const, "HELO" as const, "LHLO" as const),
      bare: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("mail" as const),
      how: fc.constantFrom(
        "good" as const,
        "good" as const,
        "null" as const,
        "bad" as const,
        "unknown" as const,
        "prio" as const,
        "vetoed" as const,
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("rcpt" as const),
      how: fc.constantFrom(
        "good" as const,
        "good" as const,
        "good" as const,
        "bad" as const,
        "unknown" as const,
        "tag" as const,
        "vetoed" as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("data" as const),
      how: fc.constantFrom(
        "good" as const,
        "good" as const,
        "argument" as const,
        "bare-lf" as const,
        "long" as const,
        "empty" as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("bulk" as const),
      size: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(LIMIT, LIMIT + 1)),
      last: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("blob" as const), size: fc.constantFrom(0, 1, 12, 64, 65, 80) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("talk" as const),
      how: fc.constantFrom("good" as const, "cancel" as const, "long" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("line" as const),
      text: fc.constantFrom(
        "RSET",
        "RSET",
        "noop",
        "NOOP x",
        "HELP",
        "VRFY a",
        "EXPN a",
        "",
        "BOGUS",
        "NO\nOP",
        "N\0",
        "QUIT",
        "GET / HTTP/1.1",
      ),
    }),
  },
);

/** Begins as a client that means well, so that deep phases are reached often. */
const acts: fc.Arbitrary<readonly Act[]> = fc
  .tuple(
    fc.constantFrom("EHLO" as const, "HELO" as const, "LHLO" as const),
    fc.boolean(),
    fc.array(act, { maxLength: 30 }),
  )
  .map(([verb, kind, rest]) =>
    kind
      ? [{ do: "hello", verb, bare: false }, { do: "mail", how: "good" }, { do: "rcpt", how: "good" }, ...rest]
      : rest,
  );

const dialogue = fc.record({
  protocol: fc.constantFrom("smtp" as const, "lmtp" as const),
  acts,
  verdicts: fc.oneof(
    { weight: 2, arbitrary: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 20 }) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }) },
    { weight: 2, arbitrary: fc.constant([0]) },
  ),
  cuts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
  delayed: fc.boolean(),
});

const contents = (told: readonly string[]): readonly string[] => {
  const found: string[] = [];
  let content = "";
  for (const text of told) {
    if (text.startsWith("content ")) content += text.slice("content ".length);
    else if (text.includes('"type":"transfer"')) content = "";
    else if (text.includes('"type":"message"')) found.push(content);
  }
  return found;
};

const COMPOSITIONS = {
  smtp: compose([strange({ limit: LIMIT })]),
  lmtp: compose([strange({ limit: LIMIT })], { protocol: "lmtp" }),
};
const LIMITS = { errors: Infinity, junk: Infinity, recipients: RECIPIENTS, recipientsOver: OVER };

test("the session does what the model does", () => {
  fc.assert(
    fc.property(dialogue, ({ protocol, acts, verdicts, cuts, delayed }) => {
      const model = new Model(protocol, verdicts);
      for (const one of acts) model.act(one);
      const host = new Host(COMPOSITIONS[protocol], { policy: policyOf(verdicts), delayed, limits: LIMITS });
      for (let at = 0, nth = 0; at < model.text.length; nth++) {
        const size = cuts[nth % cuts.length] ?? 1;
        host.feed(octets(model.text.slice(at, at + size)));
        if (nth % 3 === 0) host.release();
        at += size;
      }
      host.settle();
      expect(codes(host.sent)).toEqual(model.codes);
      expect(host.session.phase).toBe(model.phase);
      expect(contents(host.told)).toEqual(model.messages);
      // What was there when it closed may stay: nobody can use it any more.
      const { recipients, mail } = host.session;
      expect(model.open ? [recipients, mail !== undefined] : []).toEqual(model.open ? [model.rcpts, model.mail] : []);
    }),
    { numRuns: 3000 * RUNS },
  );
});
