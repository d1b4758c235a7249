/**
 * The server of AUTH (RFC 4954 §4): what is offered, and the conversation that a mechanism has through 334 and base64.
 * The mechanism is a stepper that knows no SMTP; this file is its wire. A failure says nothing of why (A6); nothing
 * that a client sent is in any reply.
 */
import { ask, challenge, reply } from "@posthorn/contract";
import type { Reply, ServerHalf, ServerOp, Talk, View } from "@posthorn/contract";
import { servable } from "@posthorn/sasl";
import type { Mechanism, SaslCrypto, ServerExchange, ServerHost } from "@posthorn/sasl";
import { decodeBase64, encodeBase64 } from "@posthorn/wire";
import { channelBindingsOf } from "./bindings.ts";
import type { AuthMemory, AuthServerOptions } from "./options.ts";
import { AUTH_LINE, authRow, LINE_TOO_LONG } from "./row.ts";
import type { AuthArgs } from "./row.ts";
import type { Submitter } from "./submitter.ts";

/** The most challenges in one exchange (A4). No mechanism of ours needs more than two. */
const ROUNDS = 10;

const SUCCESS = reply(235, "2.7.0", "Authentication successful");
const FAILURE = reply(535, "5.7.8", "Authentication credentials invalid");
const TOO_MANY = reply(421, "4.7.0", "Too many failed authentications");
const TOO_LONG = reply(421, "4.7.0", "Too many challenges");
const TEMPORARY = reply(454, "4.7.0", "Temporary authentication failure");
const MALFORMED = reply(501, "5.5.2", "Cannot decode the response");
const CANCELLED = reply(501, "5.0.0", "Authentication cancelled");
const UNKNOWN = reply(504, "5.5.4", "Unrecognized authentication type");
const AGAIN = reply(503, "5.5.1", "Already authenticated");
const NO_TLS = reply(538, "5.7.11", "Encryption required for authentication");
const NOT_OFFERED = reply(502, "5.5.1", "Authentication is not available");

const isCancel = (line: Uint8Array): boolean => line.length === 1 && line[0] === 0x2a;

type Ended<I> = { readonly reply: Reply } | { readonly identity: I; readonly name: string };

/**
 * One exchange, from the command to its outcome. Once it is left, on whatever way, the mechanism is over too.
 * A challenge that no line can hold comes of what the client sent, a nonce of 9000 octets for one (RFC 4954 §6).
 */
function* converse<I>(exchange: ServerExchange<I>): Talk<ServerOp, Ended<I>> {
  try {
    let rounds = 0;
    let step = exchange.next();
    while (step.done !== true) {
      const op = step.value;
      if (op.op === "ask") {
        let answer: unknown;
        try {
          answer = yield* ask(op.run);
        } catch {
          return { reply: TEMPORARY }; // whoever performed the question has seen why
        }
        step = exchange.next(answer);
        continue;
      }
      if (++rounds > ROUNDS) return { reply: TOO_LONG };
      const shown = encodeBase64(op.data);
      if ("334 \r\n".length + shown.length > AUTH_LINE) return { reply: LINE_TOO_LONG };
      const line = yield* challenge(authRow, reply(334, shown));
      if (isCancel(line)) return { reply: CANCELLED };
      const response = decodeBase64(line);
      if (response === undefined) return { reply: MALFORMED };
      step = exchange.next(response);
    }
    const outcome = step.value;
    if (outcome.ok) return outcome;
    return { reply: outcome.reason === "rejected" ? FAILURE : MALFORMED };
  } finally {
    exchange.return({ ok: false, reason: "malformed", code: "abandoned" });
  }
}

/** The server's half of the extension. */
export const serverHalf = <I>(
  mechanisms: readonly Mechanism[],
  crypto: SaslCrypto,
  options: AuthServerOptions<I>,
): ServerHalf<readonly string[], { AUTH: Submitter }, {}, readonly [typeof authRow], AuthMemory<I>> => {
  const {
    inClear = false,
    maxFailures = 3,
    hostname = "localhost",
    falseSaltKey = crypto.random(32),
    rounds,
  } = options;

  const hostOf = (view: View): ServerHost<I> => ({
    crypto,
    store: options,
    hostname,
    falseSaltKey,
    channelBindings: channelBindingsOf(view.tls),
    ...(rounds === undefined ? {} : { rounds }),
    ...(view.tls?.peer === undefined ? {} : { external: view.tls.peer }),
  });
  const usable = (view: View, host: ServerHost<I>): readonly Mechanism[] =>
    view.tls === undefined && !inClear ? [] : servable(mechanisms, host);

  return {
    // Also once authenticated: AUTH= on MAIL stays legal, and a second AUTH has its 503 (RFC 4954 §4).
    advertise(view) {
      if (view.tls === undefined && !inClear) return undefined;
      const names = usable(view, hostOf(view)).map(({ name }) => name);
      return names.length === 0 ? undefined : names;
    },
    withheld: (_verb, view) => (view.tls === undefined && !inClear ? NO_TLS : NOT_OFFERED),
    handle: {
      *AUTH(args: AuthArgs, view, state) {
        if (state.mechanism !== undefined) return AGAIN;
        const host = hostOf(view);
        const offered = usable(view, host);
        const mechanism = offered.find(({ name }) => name === args.mechanism);
        if (mechanism?.server === undefined) return UNKNOWN;
        const exchange = mechanism.server({ ...host, offered: offered.map(({ name }) => name) }, args.initial);
        const ended = yield* converse(exchange);
        if ("reply" in ended)
          return ended.reply === FAILURE && view.failures("AUTH") + 1 >= maxFailures ? TOO_MANY : ended.reply;
        state.identity = ended.identity;
        state.mechanism = mechanism.name;
        state.name = ended.name;
        return SUCCESS;
      },
    },
    facts: {
      identity: (state) => state.identity,
      authenticated: (state) => state.name,
      mechanism: (state) => state.mechanism,
    },
  };
};
