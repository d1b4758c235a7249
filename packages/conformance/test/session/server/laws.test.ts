/**
 * The laws of a server's session (design: 1, 2, 5), over random dialogues of text that may be anything: what is told and
 * what is sent does not depend on cuts, nor on how long the host takes; nothing throws, nothing hangs, all ends.
 */
import { compose } from "@posthorn/session";
import fc from "fast-check";
import { expect, test } from "vitest";
import { strange } from "../stranger.ts";
import { GONE, Host, octets, types } from "./driver.ts";
import { xodd, xstatus, xwide } from "./extensions.ts";
import { policyOf } from "./model.ts";

const RUNS = Number(process.env["POSTHORN_RUNS"] ?? 1);

const extensions = [strange({ limit: 30 }), xstatus, xodd({ notes: [], signal: undefined }), xwide] as const;
const FIRST = compose(extensions);
const COMPOSITIONS = [
  FIRST,
  compose(extensions, { lineEndings: "normalize" }),
  compose(extensions, { protocol: "lmtp", maxLine: 20 }),
];

const WORDS = [
  "EHLO x\r\n",
  "LHLO x\r\n",
  "HELO x\r\n",
  "MAIL FROM:<a@b>\r\n",
  "MAIL FROM:<a@b> XWIDE XPRIO=2\r\n",
  "MAIL FROM:<\u00c3\u00a4@b> XWIDE\r\n",
  "RCPT TO:<c@d>\r\n",
  "RCPT TO:<\u00c3\u00a4@d> XTAG=x\r\n",
  "DATA\r\n",
  "text\r\n",
  ".\r\n",
  "..dots\r\n",
  "bare\nlf",
  "bare\rcr",
  "\r\n.\r\n",
  "\r\n..\r\n",
  "XBULK 10\r\n",
  "XBULK 7 LAST\r\n",
  "XBULK x\r\n",
  "XBLOB 9\r\n",
  "XBLOB 90\r\n",
  "XTALK me\r\n",
  "XLINE\r\n",
  "XLINE ask\r\n",
  "XLINE throw\r\n",
  "XLINE announced\r\n",
  "XTHROW\r\n",
  "XBAD\r\n",
  "*\r\n",
  "RSET\r\n",
  "NOOP\r\n",
  "VRFY x\r\n",
  "HELP\r\n",
  "QUIT\r\n",
  "BOGUS \u00ff\r\n",
  "\0\r\n",
  `${"x".repeat(2500)}\r\n`,
  "x".repeat(40),
];

const PRELUDE = ["", "EHLO x\r\n", "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n"];
const BODY = ["", "DATA\r\n", "XBULK 12\r\n", "XLINE\r\n"];

const script = fc
  .tuple(
    fc.constantFrom(...PRELUDE),
    fc.constantFrom(...BODY),
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...WORDS) },
        {
          weight: 1,
          arbitrary: fc.string({
            unit: fc.integer({ min: 0, max: 255 }).map((unit) => String.fromCharCode(unit)),
            maxLength: 9,
          }),
        },
      ),
      { maxLength: 25 },
    ),
  )
  .map(([prelude, body, rest]) => prelude + body + rest.join(""));

interface World {
  readonly composition: typeof FIRST;
  readonly text: string;
  readonly verdicts: readonly number[];
  readonly observe: boolean;
}

const world: fc.Arbitrary<World> = fc.record({
  composition: fc.constantFrom(...COMPOSITIONS),
  text: script,
  verdicts: fc.oneof(fc.constant([0]), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 9 })),
  observe: fc.boolean(),
});

const run = (
  { composition, text, verdicts, observe }: World,
  sizes: readonly number[],
  delay?: readonly boolean[],
): readonly string[] => {
  const policy = policyOf(verdicts);
  const host = new Host(composition, { policy, observe, delayed: delay !== undefined });
  const given = octets(text);
  for (let at = 0, nth = 0; at < given.length; nth++) {
    const size = sizes[nth % sizes.length] ?? 1;
    host.feed(given.subarray(at, at + size));
    at += size;
    if (delay?.[nth % delay.length] === true) host.release();
  }
  if (delay?.[0] === true) host.settle();
  host.feed(null);
  host.settle();
  expect(types(host.told).filter((type) => type === "closed")).toHaveLength(1);
  expect(types(host.told).at(-1)).toBe("closed");
  return [host.sent, ...host.told];
};

const sizes = fc.oneof(fc.constant([1]), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 }));

test("law 1: cuts change nothing", () => {
  fc.assert(
    fc.property(world, sizes, (given, cuts) => {
      expect(run(given, cuts)).toEqual(run(given, [given.text.length + 1]));
    }),
    { numRuns: 2000 * RUNS },
  );
});

test("law 2: delays change nothing", () => {
  fc.assert(
    fc.property(world, sizes, fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }), (given, cuts, delay) => {
      expect(run(given, cuts, delay)).toEqual(run(given, [given.text.length + 1]));
    }),
    { numRuns: 2000 * RUNS },
  );
});

test("the stream may end, and the host may abort, at every octet (security: A17)", () => {
  const text = `EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nXBULK 5\r\nabcdeRSET\r\nXLINE\r\nabc\r\nXBLOB 3\r\nabcMAIL FROM:<>\r\nRCPT TO:<c@d>\r\nDATA\r\n.x\r\n.\r\nQUIT\r\n`;
  for (let end = 0; end <= text.length; end++) {
    for (const delayed of [false, true]) {
      for (const how of ["end", "abort"] as const) {
        const host = new Host(FIRST, { delayed });
        for (let nth = 0; nth < end; nth++) {
          host.say(text[nth] ?? "");
          if (nth % 2 === 0) host.release();
        }
        if (how === "end") host.feed(null);
        else host.session.abort(GONE);
        host.settle();
        host.pump();
        expect(types(host.told).filter((type) => type === "closed")).toHaveLength(1);
        expect(host.session.phase).toBe("closing");
        expect(host.session.pending).toBeUndefined();
      }
    }
  }
});

test("law 5: random octets never throw, and are answered in lines that are replies", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(...PRELUDE), (random, prelude) => {
      const host = new Host(FIRST);
      host.say(prelude);
      host.feed(random);
      host.feed(null);
      expect(host.session.phase).toBe("closing");
      expect(host.sent).toMatch(/^(\d{3}[ -][ -~]*\r\n)*$/);
    }),
    { numRuns: 1000 * RUNS },
  );
});
