/** CHUNKING and BINARYMIME (RFC 3030), held to the laws. */
import { defineExtension } from "@posthorn/contract";
import { extensionLaws } from "@posthorn/testkit";
import { none } from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binarymime, chunking } from "../src/index.ts";

// What BINARYMIME requires (RFC 3030 §3), as far as it needs it here: that it is offered.
const required = defineExtension({
  keyword: "8BITMIME",
  rfc: 6152,
  capability: none,
  server: { advertise: () => null },
});

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);
const BDAT = {
  args: fc.record({ size: fc.nat(40), last: fc.boolean() }),
  carries: ({ size }: { readonly size: number }) => fc.uint8Array({ minLength: size, maxLength: size }),
};

describe("CHUNKING", () => {
  for (const law of extensionLaws({ extension: chunking(), capability: fc.constant(null), verbs: { BDAT } }, { runs }))
    test(law.name, () => {
      expect(law.check).not.toThrow();
    });
});

describe("BINARYMIME", () => {
  for (const law of extensionLaws(
    {
      extension: binarymime(),
      beside: [required, chunking()],
      capability: fc.constant(null),
      mail: { BODY: fc.constant("BINARYMIME") },
    },
    { runs },
  ))
    test(law.name, () => {
      expect(law.check).not.toThrow();
    });
});
