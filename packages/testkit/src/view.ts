/** A session by hand, for tests that ask one function of an extension and need no machine. */
import type { View } from "@posthorn/contract";

/**
 * What an extension sees: a client said EHLO in the clear, nothing is offered, and no transaction has begun; but for
 * what is given otherwise.
 *
 * @example
 * const inside = viewOf({ tls: { version: "TLSv1.3" }, offered: (keyword) => keyword === "SIZE" });
 */
export const viewOf = <M = object>(given: Partial<View<M>> = {}): View<M> => ({
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
