/** 8BITMIME (RFC 6152), held to the laws. */
import { extensionLaws } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { eightBitMime } from "../src/index.ts";

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

for (const law of extensionLaws(
  {
    extension: eightBitMime(),
    capability: fc.constant(null),
    mail: { BODY: fc.constantFrom("7BIT", "8BITMIME") },
  },
  { runs },
))
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
