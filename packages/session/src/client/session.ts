/**
 * A client's session: what a host calls. It checks whether a call is possible now, and hands it to the machine
 * (`core.ts`) and its tasks: the opening, a conversation, a message.
 */
import {
  type CapabilitiesOf,
  type ClientOp,
  type Extensions,
  LocalProtocolError,
  type Message,
  type ParamsOf,
  type Talk,
  type Tls,
} from "@posthorn/contract";
import { type HeloArgument, heloArgument, isAddressLiteral } from "@posthorn/wire";
import type { Composition } from "../compose.ts";
import type { ClientLimits } from "../options.ts";
import { NEED_DATA } from "../signals.ts";
import type { Content } from "./content.ts";
import { Conversation, type Ended } from "./conversation.ts";
import { Core } from "./core.ts";
import type { Awaiting, ClientEvent, Plan } from "./events.ts";
import { Link } from "./link.ts";
import type { Opening } from "./office.ts";
import { prepareDelivery } from "./prepare.ts";
import { planMessage } from "./plan.ts";
import { Seen } from "./seen.ts";
import { introduce, open } from "./startup.ts";

/** How a client's session begins. */
export interface ClientOptions {
  /** Who the client says it is: a domain, or an address literal with its brackets (RFC 5321 §4.1.3). */
  readonly name: string;
  /** The TLS layer, where it stands before the first octet (RFC 8314). */
  readonly tls?: Tls;
  readonly limits?: Partial<ClientLimits>;
  /**
   * Octets in one chunk, where content goes by a verb that carries it (BDAT). 1 MiB: large enough that a reply for each
   * costs little, small enough to be held.
   */
  readonly chunk?: number;
  /** Whether `command` and `reply` events are told. */
  readonly observe?: boolean;
}

/**
 * A client's session, without I/O. The host's loop: `receive` what came, call `next` until it is `NEED_DATA`, send what
 * `take` gives; and `take` again after every other call. What `take` gives must have been handed to the connection
 * before the next `receive`: a reply that came before its command is none.
 *
 * @example
 * const session = new ClientSession(compose([size({})]), { name: "client.example" });
 * session.receive(octets);
 * for (let event = session.next(); event !== NEED_DATA; event = session.next()) {
 *   if (event.type === "ready") session.send(session.plan(message));
 *   if (event.type === "content") { session.write(content); session.end(); }
 * }
 */
export class ClientSession<const X extends Extensions> extends Seen {
  readonly #core: Core<X>;
  readonly #link: Link;
  readonly #name: HeloArgument;
  #ready = false;

  /** @throws LocalProtocolError `unencodable`, where `name` is neither a domain nor an address literal; `bad-option`. */
  constructor(composition: Composition<X>, options: ClientOptions) {
    const { name, tls, limits = {}, chunk = 1_048_576, observe = false } = options;
    const link = new Link(composition, tls);
    super(link);
    this.#name = { kind: isAddressLiteral(name) ? "literal" : "domain", text: name };
    heloArgument.encode(this.#name, { utf8: false });
    if (!Number.isSafeInteger(chunk) || chunk < 1)
      throw new LocalProtocolError("bad-option", "chunk is 1 octet or more");
    this.#link = link;
    this.#core = new Core(this.#link, limits, chunk, observe);
    this.#core.start(new Conversation(this.#core, open(this.#link, this.#name), (ended) => this.#opened(ended)));
  }

  /**
   * Takes octets from the server, or `null` for the end of them. The chunk is the session's until `next` has returned
   * `NEED_DATA`, or `closed`; nothing of it is kept after that.
   */
  receive(chunk: Uint8Array | null): void {
    this.#core.receive(chunk);
  }

  /** The next event, or `NEED_DATA`. */
  next(): ClientEvent<X> | typeof NEED_DATA {
    return this.#core.next() ?? NEED_DATA;
  }

  /** Everything that is to be sent now, as one write; `undefined` where there is nothing. The octets are the host's from here. */
  take(): Uint8Array | undefined {
    return this.#core.take();
  }

  /**
   * Like `take`, in pieces, for a host that can send several at once without joining them: octets, and text of US-ASCII.
   * A session whose host takes pieces makes no octets of its commands, and copies none of its content.
   */
  takePieces(): readonly (string | Uint8Array)[] | undefined {
    return this.#core.pieces();
  }

  /**
   * What will be sent for this message, what is left out or refused, and why. Sends nothing.
   * @throws LocalProtocolError `not-ready`, before `ready`.
   */
  plan(message: Message<ParamsOf<X, "mail">, ParamsOf<X, "rcpt">>): Plan<X> {
    if (!this.#ready) throw new LocalProtocolError("not-ready", "the session is not ready: wait for the event `ready`");
    return planMessage(this.#link, message);
  }

  /**
   * Sends a planned message. The events `content`, once for each transaction, and `outcome` follow.
   * @throws LocalProtocolError `not-ready`, `busy`, `closed`; `unencodable`, `not-offered` for a plan that was not made here and now, before an octet of it is sent.
   */
  send(plan: Plan<X>): void {
    this.#free();
    this.#core.start(prepareDelivery(this.#core, plan));
  }

  /**
   * Writes the next octets of the content, which are the session's from here. Returns whether more are wanted now; if
   * not, they are when `writable`. After `unwanted`, or when the connection is over, it does nothing.
   * @throws LocalProtocolError `no-content`; what the framing refuses, such as `bare-lf`: then the session is closed.
   */
  write(octets: Uint8Array): boolean {
    const content = this.#content("write");
    if (content === undefined || octets.length === 0) return this.writable;
    this.#link.octets += octets.length;
    return content.write(octets);
  }

  /** Whether octets of the content are wanted now. */
  get writable(): boolean {
    const { closed, content } = this.#core;
    return !closed && content?.open === true && content.writable;
  }

  /** Says that the content is complete. @throws LocalProtocolError like `write`. */
  end(): void {
    this.#content("end")?.end();
    this.#core.proceed();
  }

  /**
   * Says that the content will not be completed. DATA cannot be cancelled: the connection is closed without the dot;
   * where content goes in chunks, it is reset (RFC 3030 §2).
   * @throws LocalProtocolError `no-content`.
   */
  abandon(reason: string): void {
    this.#content("abandon")?.abandon(reason);
    this.#core.proceed();
  }

  /**
   * Performs a conversation: VRFY, NOOP, RSET, a verb of an extension. The event `done` follows.
   * @throws LocalProtocolError `not-ready`, `busy`, `closed`.
   */
  run<R>(talk: () => Talk<ClientOp, R>): void {
    this.#free();
    const core = this.#core;
    core.start(
      new Conversation(core, talk(), (ended) => {
        const failed = "error" in ended;
        core.tell({ type: "done", value: failed ? undefined : ended.value, error: failed ? ended.error : undefined });
        if (core.closed) return;
        if (this.#link.hello !== undefined) core.done();
        else core.start(new Conversation(core, introduce(this.#link, this.#name), (opened) => this.#opened(opened)));
      }),
    );
  }

  /** The connection is secure. @throws LocalProtocolError `no-upgrade`. */
  upgraded(tls: Tls): void {
    this.#core.upgraded(tls);
  }

  /** Says QUIT after what is under way (RFC 5321 §4.1.1.10). */
  quit(): void {
    const core = this.#core;
    core.quitting = true;
    if (core.task === undefined) core.leave("quit", "QUIT was said");
  }

  /** Ends the session at once: nothing more is sent. */
  abort(reason: string): void {
    this.#core.close("aborted", reason);
  }

  /** What is waited for; `undefined` while nothing is unanswered, as when the host writes content. */
  get awaiting(): Awaiting | undefined {
    const { head } = this.#link.flight;
    if (this.#core.closed || head === undefined) return undefined;
    return { verb: head.row.name, octets: head.octets };
  }

  /** How many replies have come: each moves the deadline of RFC 5321 §4.5.3.2. */
  get replies(): number {
    return this.#core.replies;
  }

  /** Whether `command` and `reply` events are told. */
  get observe(): boolean {
    return this.#core.observe;
  }

  set observe(on: boolean) {
    this.#core.observe = on;
  }

  /** What the EHLO reply in force offers of the composed extensions. */
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- a composition of no extensions has no capabilities
  get capabilities(): CapabilitiesOf<X> {
    const { specs } = this.#link.composition;
    const entries = [...this.#link.capabilities].map(([place, value]) => [specs[place]?.keyword ?? "", value]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-generated-empty-object-type -- each value was read by the codec of its extension, from which the type has it
    return Object.fromEntries(entries) as CapabilitiesOf<X>;
  }

  #opened(ended: Ended<Opening>): void {
    const core = this.#core;
    if (core.closed) return;
    if ("error" in ended) {
      core.close("aborted", String(ended.error));
      return;
    }
    const { value: opening } = ended;
    if (opening === "ready") {
      if (!this.#ready) core.tell({ type: "ready", capabilities: this.capabilities });
      this.#ready = true;
      core.done();
    } else if (opening.code === "protocol") core.protocol(opening.reason, opening.reply);
    else core.leave(opening.code, opening.reason, opening.reply);
  }

  /** @throws LocalProtocolError where no message and no conversation can begin. */
  #free(): void {
    const { closed, leaving, task, quitting } = this.#core;
    if (closed || leaving || quitting) throw new LocalProtocolError("closed", "the session is over");
    if (!this.#ready) throw new LocalProtocolError("not-ready", "the session is not ready: wait for the event `ready`");
    if (task !== undefined) throw new LocalProtocolError("busy", "a message or a conversation is under way");
  }

  /** The content that may be written; `undefined` where it is no longer wanted. */
  #content(call: string): Content | undefined {
    const { closed, content } = this.#core;
    if (closed || content?.unwanted === true) return undefined;
    if (content?.open !== true) throw new LocalProtocolError("no-content", `${call}: no content is wanted now`);
    return content;
  }
}
