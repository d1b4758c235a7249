/** A session as an extension sees it, made by hand. */
import type { View } from "@posthorn/contract";

export const view = (given: Partial<View> = {}): View => ({
  protocol: "smtp",
  phase: "ready",
  tls: undefined,
  utf8: false,
  hello: { verb: "EHLO", domain: "client.example" },
  mail: undefined,
  recipients: 0,
  octets: 0,
  transactions: 0,
  failures: () => 0,
  fact: () => undefined,
  offered: () => false,
  ...given,
});
