/** DSN (RFC 3461), held to the laws. */
import { extensionLaws } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dsn } from "../src/index.ts";

const conditions = fc.uniqueArray(fc.constantFrom("SUCCESS", "FAILURE", "DELAY"), { minLength: 1 });
const address = fc.string({
  unit: fc.integer({ min: 32, max: 126 }).map((unit) => String.fromCharCode(unit)),
  minLength: 1,
  maxLength: 30,
});

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

for (const law of extensionLaws(
  {
    extension: dsn(),
    capability: fc.constant(null),
    mail: { RET: fc.constantFrom("FULL", "HDRS"), ENVID: address },
    rcpt: {
      NOTIFY: fc.oneof(conditions, fc.constant<readonly ["NEVER"]>(["NEVER"])),
      ORCPT: fc.record({ type: fc.constantFrom("rfc822", "utf-8", "x400"), address }),
    },
  },
  { runs },
))
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
