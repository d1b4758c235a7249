/**
 * A password in the clear, which PLAIN and LOGIN both end in: prepared, and shown to the store.
 */
import { verify } from "./store.ts";
import type { ServerHost } from "./mechanism.ts";
import { hasControl } from "./octets.ts";
import { rejected } from "./steps.ts";
import type { Ask, ServerOutcome } from "./steps.ts";

/** A prepared name: `undefined` where SASLprep prohibits it, or leaves nothing of it. */
export const preparedName = <I>(host: ServerHost<I>, name: string): string | undefined => {
  const prepared = host.crypto.prepare(name, "query");
  return prepared === undefined || prepared === "" || hasControl(prepared) ? undefined : prepared;
};

/**
 * Verifies a name and password. What cannot be prepared, or is empty once it is, is refused without asking
 * (RFC 4616 §2): an empty password in particular, which some directories take for an anonymous bind.
 */
export function* passwordLogin<I>(
  host: ServerHost<I>,
  mechanism: string,
  given: { readonly authzid: string; readonly name: string; readonly password: string },
): Generator<Ask, ServerOutcome<I>, unknown> {
  const name = preparedName(host, given.name);
  const password = host.crypto.prepare(given.password, "query");
  if (name === undefined) return rejected("prohibited-name");
  if (password === undefined || password === "") return rejected("prohibited-password", name);
  const authzid = given.authzid === "" ? "" : preparedName(host, given.authzid);
  if (authzid === undefined) return rejected("prohibited-authzid", name);
  return yield* verify(host, { type: "password", mechanism, name, password }, authzid);
}
