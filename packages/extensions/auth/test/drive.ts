/**
 * A loop that performs what conversations yield, with the row's own codecs and framing between both sides, and no
 * session. `Server` is ours under test, for lines that anybody may write; `converse` is our client against any server.
 */
import { ASCII, replyClass, specOf } from "@posthorn/contract";
import type { AnySpec, Decoder, Extension, Negotiated, Reply, Talk, ServerOp, Tls, View } from "@posthorn/contract";
import { viewOf } from "@posthorn/testkit";
import { encodeUtf8 } from "@posthorn/wire";
import { authRow } from "../src/index.ts";

export const TLS: Tls = {
  version: "TLSv1.3",
  peer: "CN=carol",
  bindings: { "tls-exporter": new Uint8Array(32).fill(7), "tls-server-end-point": new Uint8Array(32).fill(9) },
};

/** TLS as it is, or that there is none: a parameter that is left out is `TLS`. */
export type Below = Tls | "no TLS";

const beside = (tls: Below, failures: () => number): View =>
  viewOf({ tls: tls === "no TLS" ? undefined : tls, failures, offered: () => true });

/** What a client talks to: it takes a command's argument or a line, and replies. */
export interface Peer {
  readonly offer: string | undefined;
  command(argument: string): Promise<Reply>;
  line(octets: Uint8Array): Promise<Reply>;
}

/** Feeds a decoder octet by octet, so that it may not depend on chunks. */
const framed = (
  decoder: Decoder<unknown>,
  octets: Uint8Array,
): { readonly item: unknown; readonly fault: Reply | undefined } => {
  for (let at = 0; at < octets.length; at++) {
    decoder.step(octets, at, at + 1);
    if (decoder.done) return { item: decoder.out, fault: decoder.fault?.reply };
  }
  throw new Error("the line did not end");
};

/** The server's half, driven by lines. It counts refusals as a session does. */
export class Server implements Peer {
  readonly spec: AnySpec;
  readonly state: unknown;
  readonly view: View;
  failures = 0;
  #talk: Talk<ServerOp, Reply> | undefined;

  constructor(extension: Extension, tls: Below = TLS) {
    this.spec = specOf(extension);
    this.state = this.spec.memory?.initial();
    this.view = beside(tls, () => this.failures);
  }

  get offer(): string | undefined {
    const capability = this.spec.server?.advertise(this.view, this.state);
    return capability === undefined ? undefined : this.spec.capability.encode(capability, ASCII);
  }

  fact(name: string): unknown {
    return this.spec.server?.facts?.[name]?.(this.state);
  }

  async command(argument: string): Promise<Reply> {
    const args = authRow.args.decode(argument, ASCII);
    if (!args.ok) return this.#said(args.fault.reply);
    const answer = this.spec.server?.handle?.["AUTH"]?.(args.value, this.view, this.state);
    if (answer === undefined) throw new Error("nobody handles AUTH");
    if (!("next" in answer)) return this.#said(answer);
    this.#talk = answer;
    return await this.#pump(answer.next());
  }

  async line(octets: Uint8Array): Promise<Reply> {
    const talk = this.#talk;
    if (talk === undefined || authRow.intake === undefined) throw new Error("no exchange is open");
    const { item, fault } = framed(authRow.intake.decode({ mechanism: "X" }), octets);
    if (fault === undefined) return await this.#pump(talk.next(item));
    talk.return(fault);
    return this.#said(fault);
  }

  async #pump(first: IteratorResult<ServerOp, Reply>): Promise<Reply> {
    let step = first;
    while (step.done !== true) {
      const op = step.value;
      if (op.op === "challenge") return op.reply;
      if (op.op !== "ask" || this.#talk === undefined) throw new Error(`unexpected ${op.op}`);
      try {
        const answer: unknown = await op.run(new AbortController().signal);
        step = this.#talk.next(answer);
      } catch (error) {
        step = this.#talk.throw(error);
      }
    }
    return this.#said(step.value);
  }

  #said(reply: Reply): Reply {
    this.#talk = undefined;
    if (replyClass(reply) > 3) this.failures++;
    return reply;
  }
}

/** A server that says what a script says, whatever the client does. */
export class Script implements Peer {
  readonly offer: string | undefined;
  readonly #replies: Reply[];

  constructor(offer: string | undefined, replies: readonly Reply[]) {
    this.offer = offer;
    this.#replies = [...replies];
  }
  async command(): Promise<Reply> {
    return this.#next();
  }
  async line(): Promise<Reply> {
    return this.#next();
  }
  #next(): Reply {
    const next = this.#replies.shift();
    if (next === undefined) throw new Error("the script has ended");
    return next;
  }
}

const text = (octets: Uint8Array): string => String.fromCharCode(...octets).trimEnd();

/** Our client against a server: what came of it, and what was said. */
export const converse = async (
  extension: Extension,
  peer: Peer,
  tls: Below = TLS,
): Promise<{ readonly negotiated: Negotiated; readonly state: unknown; readonly wire: readonly string[] }> => {
  const spec = specOf(extension);
  const state = spec.memory?.initial();
  const wire: string[] = [];
  const offer = peer.offer;
  const capability = offer === undefined ? undefined : spec.capability.decode(offer, ASCII);
  if (capability?.ok === false) throw new Error("the offer cannot be read");
  const talk = spec.client?.negotiate?.run(
    capability?.value,
    beside(tls, () => 0),
    state,
  );
  if (talk === undefined) throw new Error("there is no client");
  let step = talk.next();
  while (step.done !== true) {
    const op = step.value;
    if (op.op === "ask") {
      step = talk.next(await op.run(new AbortController().signal));
      continue;
    }
    let reply: Reply;
    if (op.op === "command") {
      const argument = op.row.args.encode(op.args, ASCII);
      wire.push(`C: AUTH ${argument}`);
      reply = await peer.command(argument ?? "");
    } else {
      const octets = authRow.intake
        ?.encode({ mechanism: "X" })
        .write(op.item instanceof Uint8Array ? op.item : encodeUtf8("?"));
      if (octets === undefined) throw new Error("no encoder");
      wire.push(`C: ${text(octets)}`);
      reply = await peer.line(octets);
    }
    wire.push(`S: ${reply.code} ${reply.lines.join("|")}`);
    step = talk.next(reply);
  }
  return { negotiated: step.value, state, wire };
};

/** A line of text, as octets with CRLF. */
export const crlf = (line: string): Uint8Array => encodeUtf8(`${line}\r\n`);
