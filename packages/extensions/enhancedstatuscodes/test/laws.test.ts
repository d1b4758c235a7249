/** ENHANCEDSTATUSCODES (RFC 2034), held to the laws. */
import { extensionLaws } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { enhancedStatusCodes } from "../src/index.ts";

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

for (const law of extensionLaws({ extension: enhancedStatusCodes(), capability: fc.constant(null) }, { runs }))
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
