/**
 * A server's side of the dialogue, without I/O: octets go in by `receive`, events come out of `next`, what is to be
 * sent comes out of `take`. Commands are served in order, one after the other, however the input was cut and however
 * long the host takes; while a question is open nothing is read.
 */
import {
  type Extensions,
  LocalProtocolError,
  type Phase,
  type Reply,
  type StateOf,
  type Tls,
  type View,
} from "@posthorn/contract";
import { octetsOf } from "@posthorn/wire";
import type { Composition } from "../compose.ts";
import { NEED_DATA, PAUSED } from "../signals.ts";
import { COMMANDS } from "./commands.ts";
import type { ServerEvent, Transaction } from "./events.ts";
import { Machine, NOTHING, type Question } from "./machine.ts";
import { type ServerOptions, settingOf } from "./setting.ts";

/** Whether a reply is of a class that answers the question. */
const answers = ({ classes }: Question, { code }: Reply): boolean => {
  for (const cls of classes) if (code >= cls * 100 && code < cls * 100 + 100) return true;
  return false;
};

const GREETING: Question = {
  type: "connection",
  classes: [2, 4, 5],
  plain: true,
  answer(machine, present, said = machine.setting.greeting) {
    machine.say(present, said, true);
    machine.mode = machine.commands;
    if (said.code >= 500) machine.dialogue.phase = "refused";
    else if (said.code >= 400) machine.close(false, said);
  },
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
    const setting = settingOf(composition, options);
    this.#machine = new Machine(setting, options.tls, COMMANDS);
    // RFC 5321 §3.1: 2yz greets, 4yz closes, 5yz leaves the client with QUIT.
    this.#machine.ask({ type: "connection", proposed: setting.greeting }, GREETING, NOTHING);
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

  /**
   * Lets go of the chunk that was received last: what of it nobody has read is copied, and its octets may change. For a
   * host that reads into a buffer which it uses again. Content that was told of it is the host's own matter.
   * @param copy makes the copy, of the host's kind of array; a `Uint8Array` if not given
   */
  keep(copy: (octets: Uint8Array) => Uint8Array = (octets) => new Uint8Array(octets)): void {
    this.#machine.input.keep(copy);
  }

  /** The next event; `NEED_DATA` where all input is used; `PAUSED` where the host owes an answer, or `upgraded`. */
  next(): ServerEvent<X> | typeof NEED_DATA | typeof PAUSED {
    const machine = this.#machine;
    for (;;) {
      const event = machine.told();
      if (event !== undefined) return event;
      if (machine.question !== undefined || machine.upgrading) return PAUSED;
      if (!machine.mode.step(machine)) return NEED_DATA;
    }
  }

  /** Everything that is to be sent now, in one piece; `undefined` where nothing is. */
  take(): Uint8Array | undefined {
    const text = this.#machine.output.take();
    return text === undefined ? undefined : octetsOf(text);
  }

  /** Whether there is anything to be sent. */
  get unsent(): boolean {
    return this.#machine.output.some;
  }

  /** As `take`, but as text, which is to be sent in UTF-8: for a host whose sockets take it without an array being made of it. */
  takeText(): string | undefined {
    return this.#machine.output.take();
  }

  /**
   * Answers the open question with what it proposed.
   * @throws LocalProtocolError `no-question`
   */
  accept(): void {
    const machine = this.#machine;
    const { question } = machine;
    if (question === undefined || question.classes.length === 0)
      throw new LocalProtocolError("no-question", "no question is open");
    machine.answered(question, undefined);
  }

  /**
   * Answers the open question. Of a reply to EHLO or LHLO only the first line is said, before the keywords.
   * @throws LocalProtocolError `no-question`; `bad-reply-class`, where the verb's row has no such reply; `unencodable`
   * or `line-too-long`, where it cannot be written. The question then stays open.
   */
  reply(given: Reply): void {
    const machine = this.#machine;
    const { question } = machine;
    if (question === undefined || question.classes.length === 0)
      throw new LocalProtocolError("no-question", "no question is open");
    if (!answers(question, given)) {
      throw new LocalProtocolError(
        "bad-reply-class",
        `${given.code} does not answer ${question.type}`,
        "RFC 5321 §4.3.2",
      );
    }
    machine.output.encode(given, question.plain);
    machine.answered(question, given);
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
    const { output } = machine;
    if (given.code !== 421) throw new LocalProtocolError("bad-reply-class", "only 421 comes unasked", "RFC 5321 §3.8");
    output.encode(given, false);
    if (machine.dialogue.phase === "closing") return;
    machine.unask();
    if (!machine.upgrading) output.say(given, false);
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
    return this.#machine.tally.errors;
  }

  /** Commands that got nothing done since the last accepted message. */
  get junk(): number {
    return this.#machine.tally.junk;
  }

  /** The type of the event whose answer is owed: of an open question, or `upgrade`. */
  get pending(): string | undefined {
    const { question, upgrading } = this.#machine;
    return upgrading ? "upgrade" : question?.type;
  }
}
