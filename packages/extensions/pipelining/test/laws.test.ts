/** PIPELINING (RFC 2920), held to the laws. */
import { extensionLaws } from "@posthorn/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pipelining } from "../src/index.ts";

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

for (const law of extensionLaws({ extension: pipelining({ window: 3 }), capability: fc.constant(null) }, { runs }))
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
