/**
 * The client of AUTH (RFC 4954 §4): who may be told what, which mechanism, and the conversation. It fails rather than
 * go on without what it was asked for: where AUTH was not offered, or without TLS and not allowed by name (C7). No
 * reason that it gives holds anything of the credentials.
 */
import { ask, command, item, LocalProtocolError, replyClass } from "@posthorn/contract";
import type { ClientHalf, ClientOp, Negotiated, Reply, Talk } from "@posthorn/contract";
import { candidates } from "@posthorn/sasl";
import type { ClientCredentials, ClientExchange, ClientHost, Mechanism, SaslCrypto, Turn } from "@posthorn/sasl";
import { COMMAND_LINE, decodeBase64, encodeBase64, encodeUtf8, escape } from "@posthorn/wire";
import { channelBindingsOf } from "./bindings.ts";
import type { AuthClientOptions, AuthMemory } from "./options.ts";
import { authRow } from "./row.ts";
import type { Submitter } from "./submitter.ts";

/** The most challenges that a server may pose in one exchange. */
const ROUNDS = 10;

const CANCEL = encodeUtf8("*");

/** How an attempt ended: `refused` by this reply, or given up for a reason. */
type Attempt = "done" | { readonly refused: Reply } | { readonly fail: string };

const said = (reply: Reply): string => {
  const words = [String(reply.code), ...(reply.status === undefined ? [] : [reply.status]), ...reply.lines];
  return escape(words.join(" "));
};

/** A command line that would be longer leaves without its initial response (RFC 4954 §4). */
const fits = (mechanism: string, initial: Uint8Array): boolean => {
  const length = "AUTH \r\n".length + mechanism.length + 1 + Math.max(1, Math.ceil(initial.length / 3) * 4);
  return length <= COMMAND_LINE;
};

const send = (data: Uint8Array): Talk<ClientOp, Reply> => item(authRow, encodeUtf8(encodeBase64(data)));

/** Sends the command, with its initial response if there is one: on the line if it fits, else after an empty 334. */
function* open(mechanism: string, initial: Uint8Array | null): Talk<ClientOp, Reply> {
  if (initial === null) return yield* command(authRow, { mechanism });
  if (fits(mechanism, initial)) return yield* command(authRow, { mechanism, initial });
  const answer = yield* command(authRow, { mechanism });
  return replyClass(answer) === 3 ? yield* send(initial) : answer;
}

/** What a reply is to the mechanism; `undefined` for a challenge that cannot be decoded. */
const turnOf = (reply: Reply): Turn | undefined => {
  if (replyClass(reply) === 2) return "accepted";
  if (replyClass(reply) !== 3) return "refused";
  return reply.lines.length > 1 ? undefined : decodeBase64(reply.lines[0] ?? "");
};

/** Gives up: if the server waits for a response, it is told so (RFC 4954 §4). */
function* giveUp(answer: Reply | undefined, fail: string): Talk<ClientOp, Attempt> {
  if (answer !== undefined && replyClass(answer) === 3) yield* item(authRow, CANCEL);
  return { fail };
}

function* converse(mechanism: string, exchange: ClientExchange): Talk<ClientOp, Attempt> {
  let answer: Reply | undefined;
  let rounds = 0;
  let step = exchange.next();
  while (step.done !== true) {
    const op = step.value;
    if (op.op === "ask") {
      step = exchange.next(yield* ask(op.run));
      continue;
    }
    if (++rounds > ROUNDS) return yield* giveUp(answer, `${mechanism}: the server does not come to an end`);
    answer = answer === undefined ? yield* open(mechanism, op.data) : yield* send(op.data ?? new Uint8Array(0));
    const turn = turnOf(answer);
    if (turn === undefined) return yield* giveUp(answer, `${mechanism}: the server's challenge is not base64`);
    step = exchange.next(turn);
  }
  const outcome = step.value;
  if (answer !== undefined && replyClass(answer) > 3) return { refused: answer };
  if (outcome.ok && answer !== undefined && replyClass(answer) === 2) return "done";
  const why = outcome.ok
    ? "no-success"
    : outcome.code + (outcome.detail === undefined ? "" : ` (${escape(outcome.detail)})`);
  return yield* giveUp(answer, `${mechanism}: ${why}`);
}

/** One attempt by one mechanism. Credentials that it cannot carry are its caller's mistake, and a reason like any other. */
function* attempt(mechanism: Mechanism, host: ClientHost): Talk<ClientOp, Attempt> {
  const exchange = mechanism.client?.(host);
  if (exchange === undefined) return { fail: `${mechanism.name} has no client` };
  try {
    return yield* converse(mechanism.name, exchange);
  } catch (error) {
    if (error instanceof LocalProtocolError) return { fail: `${mechanism.name}: ${error.message}` };
    throw error;
  }
}

/** A server may offer a mechanism and yet not have it, or not for this user (RFC 4954 §6): then the next one is tried. */
const isAboutMechanism = (reply: Reply): boolean => reply.code === 504 || reply.code === 534;

/** The client's half of the extension. */
export const clientHalf = <I>(
  mechanisms: readonly Mechanism[],
  crypto: SaslCrypto,
  options: AuthClientOptions,
): ClientHalf<readonly string[], { AUTH: Submitter }, {}, readonly [typeof authRow], AuthMemory<I>> => ({
  negotiate: {
    stage: "identity",
    *run(capability, view, state): Talk<ClientOp, Negotiated> {
      if (state.mechanism !== undefined) return "done";
      if (view.tls === undefined && options.inClear !== true) return { fail: "credentials are not sent without TLS" };
      if (capability === undefined) return { fail: "the server does not offer AUTH" };
      const given = options.credentials;
      const credentials: ClientCredentials = typeof given === "function" ? yield* ask(given) : given;
      const channelBindings = channelBindingsOf(view.tls);
      const able = candidates(capability, mechanisms, {
        credentials,
        channelBinding: channelBindings.length > 0,
        ...(options.minMechanism === undefined ? {} : { minMechanism: options.minMechanism }),
      });
      const host: ClientHost = {
        crypto,
        credentials,
        channelBindings,
        offered: capability,
        ...(options.server === undefined ? {} : { server: options.server }),
      };
      let refusal = `the server offers no mechanism that can be used, but ${capability.join(" ")}`;
      for (const mechanism of able) {
        const ended = yield* attempt(mechanism, host);
        if (ended === "done") {
          state.mechanism = mechanism.name;
          state.name = credentials.name ?? "";
          return "done";
        }
        if ("fail" in ended) return ended;
        refusal = `${mechanism.name}: ${said(ended.refused)}`;
        if (!isAboutMechanism(ended.refused)) break;
      }
      return { fail: refusal };
    },
  },
});
