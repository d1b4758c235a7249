/**
 * What the two OAuth mechanisms share: a message of fields that end in U+0001, a token behind `Bearer`, and a
 * refusal in two steps: the server explains in a challenge of JSON, the client answers by a dummy, then comes 535
 * (RFC 7628 §3.2.3; XOAUTH2 likewise).
 */
import { isVchar, fromUtf8 } from "./octets.ts";
import { conclude, failed, respond } from "./steps.ts";
import type { ClientOutcome, Respond, Turn } from "./steps.ts";

/** The separator of fields, `kvsep` (RFC 7628 §3.1). */
export const KVSEP = "\u0001";

/** The fields of a message, which ends in an empty field: `a KVSEP b KVSEP KVSEP`. `undefined` where it does not. */
export const fieldsOf = (message: string): readonly string[] | undefined =>
  message.endsWith(KVSEP + KVSEP) ? message.slice(0, -2).split(KVSEP) : undefined;

/** The token of `Bearer TOKEN`; the scheme's case does not matter (RFC 7235 §2.1). */
export const tokenIn = (value: string): string | undefined => {
  const token = value.slice(7);
  return /^bearer $/i.test(value.slice(0, 7)) && isVchar(token) ? token : undefined;
};

/** Ends the client's part: success, or a challenge that explains the refusal and is answered by `dummy`. */
export function* settle(turn: Turn, dummy: Uint8Array): Generator<Respond, ClientOutcome, unknown> {
  if (!(turn instanceof Uint8Array)) return conclude(turn);
  const detail = statusOf(turn);
  const last = yield* respond(dummy);
  if (last === "refused") return failed("refused", detail);
  return failed(last === "accepted" ? "unexpected-success" : "unexpected-challenge", detail);
}

/** The `status` of the JSON, if it is a plain word (RFC 7628 §3.2.2, such as `invalid_token`). */
const statusOf = (challenge: Uint8Array): string | undefined => {
  const match = /"status"\s*:\s*"([\w.-]{1,64})"/.exec(fromUtf8(challenge.subarray(0, 4096)) ?? "");
  return match?.[1];
};
