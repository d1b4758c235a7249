/** SMTPUTF8 (RFC 6531), held to the laws. */
import { defineExtension } from "@posthorn/contract";
import { extensionLaws } from "@posthorn/testkit";
import { none } from "@posthorn/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { smtpUtf8 } from "../src/index.ts";

// What SMTPUTF8 requires (RFC 6531 §3.1), as far as it needs it here: that it is offered.
const required = defineExtension({
  keyword: "8BITMIME",
  rfc: 6152,
  capability: none,
  server: { advertise: () => null },
});

const runs = Number(process.env["POSTHORN_RUNS"] ?? 1);

for (const law of extensionLaws(
  {
    extension: smtpUtf8(),
    beside: [required],
    capability: fc.constant(null),
    mail: { SMTPUTF8: fc.constant(true) },
  },
  { runs },
))
  test(law.name, () => {
    expect(law.check).not.toThrow();
  });
