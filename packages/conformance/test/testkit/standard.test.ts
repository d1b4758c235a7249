/** All extensions together, held to the laws of dialogues: what holds for each alone must hold for the set. */
import { standardServer } from "@posthorn/esmtp";
import { compositionLaws } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);
const word = fc.string({ unit: fc.constantFrom("a", "Z", "0", "+", "=", "~"), minLength: 1, maxLength: 12 });

const laws = compositionLaws(
  standardServer({ maxSize: 300 }),
  {
    mail: {
      SIZE: fc.nat(500),
      BODY: fc.constantFrom("7BIT", "8BITMIME", "BINARYMIME"),
      SMTPUTF8: fc.constant(true),
      RET: fc.constantFrom("FULL", "HDRS"),
      ENVID: word,
    },
    rcpt: {
      NOTIFY: fc.constantFrom(["NEVER"], ["SUCCESS"], ["FAILURE", "DELAY"]),
      ORCPT: fc.record({ type: fc.constant("rfc822"), address: word }),
    },
    verbs: {
      BDAT: {
        args: fc.record({ size: fc.nat(40), last: fc.boolean() }),
        carries: (args) => {
          const size = typeof args === "object" && args !== null && "size" in args ? Number(args.size) : 0;
          return fc.uint8Array({ minLength: size, maxLength: size });
        },
      },
      STARTTLS: { args: fc.constant(null) },
    },
  },
  { runs },
);

for (const law of laws)
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
