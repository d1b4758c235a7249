/** STARTTLS (RFC 3207), held to the laws. */
import { extensionLaws } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { startTls } from "../src/index.ts";

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

for (const law of extensionLaws(
  {
    extension: startTls(),
    capability: fc.constant(null),
    verbs: { STARTTLS: { args: fc.constant(null) } },
  },
  { runs },
))
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
