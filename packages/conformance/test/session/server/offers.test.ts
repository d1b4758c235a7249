/** What stands in an EHLO reply is what each extension offers at that moment, whatever was kept of replies before. */
import { defineExtension, ok } from "@posthorn/contract";
import { compose } from "@posthorn/session";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Host } from "./driver.ts";

const runs = { numRuns: 200 * Number(process.env["POSTHORN_RUNS"] ?? 1) };

/** What an extension offers: nothing, a number, an object that may be changed, something too long; or it throws. */
type Offer = number | undefined | "object" | "long" | "throws";

const offer = fc.constantFrom<Offer>(undefined, 1, 1, 2, "object", "long", "throws");
const session = fc.record({
  offers: fc.array(offer, { minLength: 3, maxLength: 3 }),
  verb: fc.constantFrom("EHLO", "EHLO", "HELO"),
  first: fc.constantFrom("mx.example.org", "mx.example.org", "welcome"),
  /** What the object of the first extension says in this session. */
  inside: fc.integer({ min: 1, max: 3 }),
});

const KEYWORDS = ["XA", "XB", "XC"] as const;

test("every session hears what is offered to it, in the order of the tuple", () => {
  fc.assert(
    fc.property(fc.array(session, { minLength: 1, maxLength: 8 }), (sessions) => {
      let now: readonly Offer[] = [];
      const object = { value: 0 };
      const seen: string[] = [];
      const extensions = KEYWORDS.map((keyword, at) =>
        defineExtension({
          keyword,
          rfc: 0,
          capability: {
            decode: () => ok<number | { readonly value: number }>(0),
            encode: (value: number | { readonly value: number }) =>
              typeof value === "number" ? (value > 999 ? "x".repeat(value) : `${value}`) : `o${value.value}`,
          },
          server: {
            advertise(view) {
              seen.push(KEYWORDS.filter((other) => view.offered(other)).join(" "));
              const it = now[at];
              if (it === "throws") throw new Error("a mistake of its author");
              return it === "object" ? object : it === "long" ? 1000 : it;
            },
          },
        }),
      );
      const composition = compose(extensions);
      for (const { offers, verb, first, inside } of sessions) {
        now = offers;
        object.value = inside;
        seen.length = 0;
        const host = new Host(composition, {
          policy: ({ type }) => (type === "hello" ? { code: 250, lines: [first] } : undefined),
        });
        const said = host.say(`${verb} client.example\r\n`).split("\r\n").slice(0, -1);
        const made = offers.map((it) => (it === "long" || it === "throws" ? undefined : it));
        const named = KEYWORDS.filter((_, at) => made[at] !== undefined);
        const lines = made.flatMap((it, at) =>
          it === undefined ? [] : [`${KEYWORDS[at] ?? ""} ${it === "object" ? `o${inside}` : it}`],
        );
        const expected = [first, ...(verb === "HELO" ? [] : lines)];
        expect(said.map((line) => line.slice(4))).toEqual(expected);
        if (verb === "HELO") continue;
        for (const keyword of KEYWORDS) expect(host.session.offered(keyword)).toBe(named.includes(keyword));
        // Whoever is asked sees those before it, and all are asked each time.
        expect(seen).toEqual(KEYWORDS.map((_, at) => named.filter((name) => KEYWORDS.indexOf(name) < at).join(" ")));
      }
    }),
    runs,
  );
});
