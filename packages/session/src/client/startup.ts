/**
 * From the greeting to the first message, as a conversation: greeting (RFC 5321 §3.1), hello (§3.2), then what the
 * extensions negotiate: all of stage `security` before any of stage `identity`. After an upgrade everything that was
 * known is void: a new hello, and all of it again (RFC 3207 §4.2).
 */
import {
  type AnyVerb,
  type ClientOp,
  type Negotiated,
  type Reply,
  type Talk,
  command,
  isNegative,
  verb,
} from "@posthorn/contract";
import { type HeloArgument, none } from "@posthorn/wire";
import { EHLO, HELO, LHLO } from "../base.ts";
import type { Link } from "./link.ts";
import { quote } from "./link.ts";
import type { Opening } from "./office.ts";

/** What the opening may yield beside a conversation's operations: it waits for the greeting, which no command asked for. */
export type OpeningOp = ClientOp | { readonly op: "greeting" };

/** The greeting, as if it answered a row: 4yz and 5yz leave nothing to say but QUIT (RFC 5321 §3.1). */
export const GREETING: AnyVerb = verb("", {
  syntax: "",
  args: none,
  from: ["connected"],
  on: { 2: { to: "same" }, 4: { to: "refused" }, 5: { to: "refused" } },
  group: "last",
});

function* greet(): Generator<{ readonly op: "greeting" }, Reply, unknown> {
  // What comes back to a yield is `unknown`: this is the one place where the greeting's type is said.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (yield { op: "greeting" }) as Reply;
}

/** Says hello: EHLO, and HELO where the server does not know EHLO (RFC 5321 §3.2); LHLO alone in LMTP. */
function* sayHello(link: Link, name: HeloArgument): Talk<ClientOp, Reply> {
  if (link.protocol === "lmtp") return yield* command(LHLO, name);
  const extended = yield* command(EHLO, name);
  return extended.code >= 500 ? yield* command(HELO, name) : extended;
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One stage of negotiation; ends early after an upgrade, or with the first failure. */
function* negotiate(link: Link, stage: "security" | "identity"): Talk<ClientOp, Negotiated> {
  for (const [place, { keyword, client }] of link.composition.specs.entries()) {
    const negotiation = client?.negotiate;
    if (negotiation?.stage !== stage) continue;
    const secured = link.upgraded;
    let result: Negotiated;
    try {
      result = yield* negotiation.run(link.capabilities.get(place), link, link.state(place));
    } catch (error) {
      return { fail: `${keyword}: ${sentence(error)}` };
    }
    if (typeof result === "object") return result;
    if (link.upgraded !== secured) return "done";
  }
  return "skipped";
}

/** The whole opening. */
export function* open(link: Link, name: HeloArgument): Talk<OpeningOp, Opening> {
  const greeting = yield* greet();
  link.greeting = greeting;
  if (isNegative(greeting))
    return { code: "refused", reason: `the server refused the connection: ${quote(greeting)}`, reply: greeting };
  if (greeting.code !== 220)
    return { code: "protocol", reason: `the greeting is no 220: ${quote(greeting)}`, reply: greeting };
  return yield* introduce(link, name);
}

/** Hello and negotiation; all that is left of the opening when a connection was made secure later. */
export function* introduce(link: Link, name: HeloArgument): Talk<OpeningOp, Opening> {
  for (;;) {
    const reply = yield* sayHello(link, name);
    if (isNegative(reply)) return { code: "refused", reason: `the server refused the hello: ${quote(reply)}`, reply };
    const secured = link.upgraded;
    const security = yield* negotiate(link, "security");
    if (typeof security === "object") return { code: "negotiation", reason: security.fail };
    if (link.upgraded !== secured) continue;
    const identity = yield* negotiate(link, "identity");
    if (typeof identity === "object") return { code: "negotiation", reason: identity.fail };
    if (link.upgraded === secured) return "ready";
  }
}
