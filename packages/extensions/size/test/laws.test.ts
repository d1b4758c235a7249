/** SIZE (RFC 1870), held to the laws. */
import { extensionLaws } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { size } from "../src/index.ts";

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

for (const law of extensionLaws(
  {
    extension: size({ max: 100 }),
    capability: fc.option(fc.maxSafeNat()),
    mail: { SIZE: fc.oneof(fc.nat(200), fc.maxSafeNat()) },
  },
  { runs },
))
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
