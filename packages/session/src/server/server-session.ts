/**
 * A server's side of the dialogue, without I/O: octets go in by `receive`, events come out of `next`, what is to be
 * sent comes out of `take`. Commands are served in order, one after the other, however the input was cut and however
 * long the host takes; while a question is open nothing is read.
 */
import {
  ASCII,
  type Extensions,
  LocalProtocolError,
  type Phase,
  type Reply,
  type StateOf,
  type Tls,
  type View,
} from "@posthorn/contract";
import { heloArgument } from "@posthorn/wire";
import type { Composition } from "../compose.ts";
import { type ServerLimits, serverLimits } from "../options.ts";
import { NEED_DATA, PAUSED } from "../signals.ts";
import { Commands } from "./commands.ts";
import { Dialogue } from "./dialogue.ts";
import type { ServerEvent, Transaction } from "./events.ts";
import { Input } from "./input.ts";
import { Machine, type Present } from "./machine.ts";
import { Output } from "./output.ts";
import { serverTable } from "./server-table.ts";
import { Tally } from "./tally.ts";

/** What a server's session is told. */
export interface ServerOptions {
  /** The server's own name, a domain or an address literal: it greets with it (RFC 5321 §4.2, §4.3.1). */
  readonly hostname: string;
  /** The TLS layer, where the connection began with one (RFC 8314 §3). */
  readonly tls?: Tls;
  /** Bounds; `serverLimits` where not given. */
  readonly limits?: Partial<ServerLimits>;
  /** Whether each reply is told as an `answered` event. */
  readonly observe?: boolean;
}

const GREETING: Present = { verb: "", raw: undefined, row: undefined, args: undefined };

const checkName = (hostname: string): void => {
  const read = heloArgument.decode(hostname, ASCII);
  if (read.ok && read.value.kind !== "opaque") return;
  throw new LocalProtocolError("bad-hostname", "hostname is a domain or an address literal", "RFC 5321 §4.1.3");
};

/** Asks the host how to greet (RFC 5321 §3.1): 2yz greets, 4yz closes, 5yz leaves the client with QUIT. */
const greet = (machine: Machine, hostname: string): void => {
  const { dialogue } = machine;
  const proposed: Reply = { code: 220, lines: [`${hostname} ${dialogue.protocol === "lmtp" ? "LMTP" : "ESMTP"}`] };
  machine.ask(
    { type: "connection", proposed },
    {
      type: "connection",
      classes: "245",
      plain: true,
      answer(said = proposed) {
        machine.say(GREETING, said, true);
        machine.mode = machine.commands;
        if (said.code >= 500) dialogue.phase = "refused";
        else if (said.code >= 400) machine.close(false, said);
      },
    },
  );
};

/**
 * A server's session over a composition. Loop: `receive` a chunk; call `next` until it is no object, acting on each
 * event; send what `take` gives.
 *
 * @example
 * const session = new ServerSession(compose([]), { hostname: "mx.example.org" });
 * for (let event = session.next(); typeof event === "object"; event = session.next()) {
 *   if ("proposed" in event) session.accept();
 * }
 * session.take(); // 220 mx.example.org ESMTP
 */
export class ServerSession<const X extends Extensions> implements View {
  readonly #machine: Machine;

  /**
   * @throws LocalProtocolError `bad-hostname`
   */
  constructor(composition: Composition<X>, options: ServerOptions) {
    const { hostname, tls, limits, observe = false } = options;
    checkName(hostname);
    const table = serverTable(composition);
    const tally = new Tally();
    const machine = new Machine({
      composition,
      table,
      limits: { ...serverLimits, ...limits },
      hostname,
      observe,
      dialogue: new Dialogue(composition.protocol, table, tally, tls),
      input: new Input(),
      output: new Output(table),
      tally,
    });
    machine.commands = new Commands(machine);
    this.#machine = machine;
    greet(machine, hostname);
  }

  /**
   * Takes over a chunk, which nobody may change afterwards; `null` is the end of the peer's stream. Whatever came
   * before the end is still answered. After `closed` input is ignored.
   * @throws LocalProtocolError `after-end`
   */
  receive(chunk: Uint8Array | null): void {
    const { input, dialogue, upgrading } = this.#machine;
    if (dialogue.phase === "closing") return;
    if (input.ended) throw new LocalProtocolError("after-end", "nothing can follow the end of the stream");
    if (chunk === null) input.ended = true;
    else if (!upgrading) input.push(chunk);
    if (chunk === null && upgrading) this.#machine.end();
  }

  /** The next event; `NEED_DATA` where all input is used; `PAUSED` where the host owes an answer, or `upgraded`. */
  next(): ServerEvent<X> | typeof NEED_DATA | typeof PAUSED {
    const machine = this.#machine;
    for (;;) {
      const event = machine.events.shift();
      if (event !== undefined) return event;
      if (machine.question !== undefined || machine.upgrading) return PAUSED;
      if (!machine.mode.step()) return NEED_DATA;
    }
  }

  /** Everything that is to be sent now, in one piece; `undefined` where nothing is. The octets may be shared: do not change them. */
  take(): Uint8Array | undefined {
    return this.#machine.parts.output.take();
  }

  /**
   * Answers the open question with what it proposed.
   * @throws LocalProtocolError `no-question`
   */
  accept(): void {
    const machine = this.#machine;
    const { question } = machine;
    if (question === undefined || question.classes === "")
      throw new LocalProtocolError("no-question", "no question is open");
    machine.question = undefined;
    question.answer(undefined);
  }

  /**
   * Answers the open question. Of a reply to EHLO or LHLO only the first line is said, before the keywords.
   * @throws LocalProtocolError `no-question`; `bad-reply-class`, where the verb's row has no such reply; `unencodable`
   * or `line-too-long`, where it cannot be written. The question then stays open.
   */
  reply(given: Reply): void {
    const machine = this.#machine;
    const { question } = machine;
    if (question === undefined || question.classes === "")
      throw new LocalProtocolError("no-question", "no question is open");
    if (!question.classes.includes(`${Math.trunc(given.code / 100)}`)) {
      throw new LocalProtocolError(
        "bad-reply-class",
        `${given.code} does not answer ${question.type}`,
        "RFC 5321 §4.3.2",
      );
    }
    machine.parts.output.encode(given, question.plain);
    machine.question = undefined;
    question.answer(given);
  }

  /**
   * The connection is secure now: everything that was said before is forgotten, and the client says hello anew (RFC
   * 3207 §4.2).
   * @throws LocalProtocolError `not-upgrading`, where no `upgrade` was told
   */
  upgraded(tls: Tls): void {
    const machine = this.#machine;
    if (!machine.upgrading) throw new LocalProtocolError("not-upgrading", "nothing is being upgraded", "RFC 3207 §4");
    machine.upgrading = false;
    machine.forget("security");
    machine.dialogue.tls = tls;
    machine.dialogue.phase = "connected";
    machine.mode = machine.commands;
  }

  /**
   * Says 421 unasked and closes: a deadline has passed, the service shuts down (RFC 5321 §3.8). Does nothing once the
   * session is closed; says nothing while the connection is being made secure.
   * @throws LocalProtocolError `bad-reply-class`, where it is not 421; `unencodable` or `line-too-long`
   */
  abort(given: Reply): void {
    const machine = this.#machine;
    const { output } = machine.parts;
    if (given.code !== 421) throw new LocalProtocolError("bad-reply-class", "only 421 comes unasked", "RFC 5321 §3.8");
    const octets = output.encode(given, false);
    if (machine.dialogue.phase === "closing") return;
    machine.events = machine.events.filter(
      (event) => !("proposed" in event) && event.type !== "ask" && event.type !== "upgrade",
    );
    if (!machine.upgrading) output.write(octets);
    machine.close(false, given);
  }

  /** `smtp` or `lmtp`. */
  get protocol(): "smtp" | "lmtp" {
    return this.#machine.dialogue.protocol;
  }

  /** Where the dialogue is. */
  get phase(): Phase {
    return this.#machine.dialogue.phase;
  }

  /** The TLS layer. */
  get tls(): Tls | undefined {
    return this.#machine.dialogue.tls;
  }

  /** Whether the transaction is one of RFC 6531. */
  get utf8(): boolean {
    return this.#machine.dialogue.utf8;
  }

  /** The hello in force. */
  get hello(): { readonly verb: string; readonly domain: string } | undefined {
    return this.#machine.dialogue.hello;
  }

  /** The transaction's reverse-path and parameters. */
  get mail(): Transaction<X> | undefined {
    return this.#machine.dialogue.mail;
  }

  /** Recipients accepted in this transaction. */
  get recipients(): number {
    return this.#machine.dialogue.recipients;
  }

  /** Octets of content taken in this transaction. */
  get octets(): number {
    return this.#machine.dialogue.octets;
  }

  /** Transactions begun on this connection. */
  get transactions(): number {
    return this.#machine.dialogue.transactions;
  }

  /** How often a verb was answered 4yz or 5yz. */
  failures(verb: string): number {
    return this.#machine.dialogue.failures(verb);
  }

  /** What an extension published. */
  fact(name: string): unknown {
    return this.#machine.dialogue.fact(name);
  }

  /** Whether the keyword stands in the EHLO reply that is in force. */
  offered(keyword: string): boolean {
    return this.#machine.dialogue.offered(keyword);
  }

  /** The memory of each extension, by keyword. */
  get state(): StateOf<X> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each extension, of the type that its `memory.initial` has
    return this.#machine.dialogue.memory.byKeyword as StateOf<X>;
  }

  /** Octets that wait behind a decision. */
  get buffered(): number {
    return this.#machine.input.size;
  }

  /** Commands answered 4yz or 5yz since the last accepted message. */
  get errors(): number {
    return this.#machine.parts.tally.errors;
  }

  /** Commands that got nothing done since the last accepted message. */
  get junk(): number {
    return this.#machine.parts.tally.junk;
  }

  /** The type of the event whose answer is owed: of an open question, or `upgrade`. */
  get pending(): string | undefined {
    const { question, upgrading } = this.#machine;
    return upgrading ? "upgrade" : question?.type;
  }
}
