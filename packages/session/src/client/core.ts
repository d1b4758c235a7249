/**
 * The machine: octets in, events out. It cuts replies out of what was received, gives each to the command it answers,
 * lets the task under way go on, and ends the connection in exactly one `closed`. A reply counts only if it began after
 * its command had been handed out to be sent: what came earlier cannot be an answer (security.md C10, C11).
 */
import { type Extensions, LocalProtocolError, type ReceivedReply, type Reply, type Tls } from "@posthorn/contract";
import { decodeUtf8, escape, ReplyReader } from "@posthorn/wire";
import { QUIT } from "../base.ts";
import { clientLimits, type ClientLimits } from "../options.ts";
import type { Content } from "./content.ts";
import type { ClientEvent, CloseCode } from "./events.ts";
import type { Answer, End, Sent, Task } from "./flight.ts";
import type { Line } from "./line.ts";
import { type Link, quote } from "./link.ts";
import type { Office, Telling } from "./office.ts";

interface Ending {
  readonly code: CloseCode;
  readonly reason: string;
  readonly reply: Reply | undefined;
}

/** News that stay true after the connection is over; questions do not. */
const LASTING: ReadonlySet<string> = new Set(["ready", "reply", "command", "outcome", "done"]);

/** The machine under a client's session. */
export class Core<X extends Extensions> implements Office {
  readonly link: Link;
  readonly limits: ClientLimits;
  readonly chunk: number;
  quitting = false;
  closed = false;
  /** The task under way. */
  task: Task | undefined = undefined;
  content: Content | undefined = undefined;
  /** Whether commands and replies are told. */
  observe: boolean;
  /** How many replies have come. */
  replies = 0;
  readonly #reader: ReplyReader;
  #events: ClientEvent<X>[] = [];
  /** How many of them were told. */
  #told = 0;
  #chunks: Uint8Array[] = [];
  #at = 0;
  #received = 0;
  #ended = false;
  /** The chunk, counted from 1, in which the reply that is being read began. */
  #began = 0;
  /** QUIT was said, and this is why. */
  #leaving: Ending | undefined = undefined;
  /** What goes on when the connection is secure. */
  #upgrade: (() => void) | undefined = undefined;

  constructor(link: Link, limits: Partial<ClientLimits>, chunk: number, observe: boolean) {
    this.link = link;
    this.chunk = chunk;
    this.limits = { ...clientLimits, ...limits };
    this.observe = observe;
    const { replyLine, reply, replyLines } = this.limits;
    this.#reader = new ReplyReader({ lineOctets: replyLine, octets: reply, lines: replyLines });
  }

  /** Whether the host has been asked to make the connection secure. */
  get upgrading(): boolean {
    return this.#upgrade !== undefined;
  }

  /** Whether QUIT has been said. */
  get leaving(): boolean {
    return this.#leaving !== undefined;
  }

  receive(chunk: Uint8Array | null): void {
    if (this.closed || this.#ended) return;
    if (chunk === null) this.#ended = true;
    else if (chunk.length > 0) {
      this.#chunks.push(chunk);
      this.#received += 1;
    }
  }

  next(): ClientEvent<X> | undefined {
    for (;;) {
      // One is the rule, and an array that is emptied so keeps its room.
      const event = this.#events.length === 1 && this.#told === 0 ? this.#events.pop() : this.#events[this.#told];
      if (event !== undefined) {
        if (this.#events.length > 0) this.#told += 1;
        return event;
      }
      if (this.#told > 0) {
        this.#events = [];
        this.#told = 0;
      }
      if (!this.#read()) return undefined;
    }
  }

  take(): Uint8Array | undefined {
    this.link.flight.stamp(this.#received);
    return this.link.output.take();
  }

  pieces(): readonly Line[] | undefined {
    this.link.flight.stamp(this.#received);
    return this.link.output.pieces();
  }

  tell(event: Telling | ClientEvent<X>): void {
    this.#events.push(event);
  }

  note(verb: string, line: Line, secret: boolean): void {
    if (!this.observe) return;
    const text = typeof line === "string" ? line : decodeUtf8(line);
    const raw = secret ? undefined : text?.slice(verb.length + 1, -2);
    this.tell({ type: "command", verb, raw: raw === "" ? undefined : raw });
  }

  /** Lets a task begin. */
  start(task: Task): void {
    this.task = task;
    this.proceed();
  }

  /** Lets the task under way send what it may. */
  proceed(): void {
    if (!this.closed && this.#upgrade === undefined) this.task?.proceed();
  }

  done(): void {
    this.task = undefined;
    if (this.quitting) this.leave("quit", "QUIT was said");
  }

  protocol(reason: string, reply?: Reply): void {
    this.close("protocol", reason, reply);
  }

  close(code: CloseCode, reason: string, reply?: Reply): void {
    this.#close({ code, reason, reply });
  }

  leave(code: CloseCode, reason: string, reply?: Reply): void {
    if (this.closed || this.#leaving !== undefined) return;
    this.#leaving = { code, reason, reply };
    this.task = undefined;
    const line = this.link.encode(QUIT, null, { utf8: false });
    this.note(QUIT.name, line, false);
    this.link.send(QUIT, null, line, 0);
  }

  upgraded(tls: Tls): void {
    const go = this.#upgrade;
    if (go === undefined) throw new LocalProtocolError("no-upgrade", "nothing asked for an upgrade");
    if (this.#chunks.length > 0) return;
    this.#upgrade = undefined;
    this.link.secure(tls);
    go();
    this.proceed();
  }

  /** Reads on, to the end of one reply at most; `false` where nothing is left to read. */
  #read(): boolean {
    if (this.closed) return false;
    const [chunk] = this.#chunks;
    if (chunk === undefined) {
      if (this.#ended) this.#eof();
      return this.#ended;
    }
    if (this.#upgrade !== undefined) {
      this.protocol("octets came behind the reply that begins TLS (RFC 3207 §4.2)");
      return true;
    }
    if (!this.#reader.pending) this.#began = this.#received - this.#chunks.length + 1;
    this.#at = this.#reader.step(chunk, this.#at, chunk.length);
    const { reply, fault } = this.#reader;
    if (this.#at === chunk.length) {
      if (this.#chunks.length === 1) this.#chunks.pop(); // 100 ns less than `shift`, and nearly always true
      else this.#chunks.shift();
      this.#at = 0;
    }
    if (fault !== undefined) this.protocol(`the reply is malformed: ${fault.code}`);
    else if (reply !== undefined) this.#reply(reply);
    return true;
  }

  #eof(): void {
    this.close(
      "eof",
      this.#reader.pending ? "the server closed the connection within a reply" : "the server closed the connection",
    );
  }

  #reply(reply: ReceivedReply): void {
    const { head } = this.link.flight;
    const asked = head?.sentAfter !== undefined && this.#began > head.sentAfter ? head : undefined;
    this.replies += 1;
    this.#show(asked, reply);
    if (reply.code === 421) {
      this.#service(asked, reply);
    } else if (asked === undefined) {
      this.protocol(`a reply came that nothing had asked for: ${quote(reply)}`, reply);
    } else {
      const settled = this.link.settle(asked, reply);
      if (settled === undefined) this.protocol(`${name(asked)} cannot be answered by ${quote(reply)}`, reply);
      else if (this.#leaving !== undefined) this.#close(this.#leaving);
      else if (settled.upgrade) this.#secure(asked, settled);
      else {
        this.task?.replied(asked, settled);
        this.proceed();
      }
    }
  }

  #show(asked: Sent | undefined, reply: ReceivedReply): void {
    if (!this.observe) return;
    const hidden = asked?.row.secret === true && reply.code >= 300 && reply.code < 400;
    this.tell({ type: "reply", verb: asked?.row.name ?? "", reply: hidden ? { code: reply.code, lines: [] } : reply });
  }

  /** 421: the server closes, whatever was asked (RFC 5321 §3.8). */
  #service(sent: Sent | undefined, reply: Reply): void {
    const reason = `the server closes the connection: ${quote(reply)}`;
    if (sent !== undefined) this.link.expectation(sent);
    this.#close({ code: "service", reason, reply }, sent === undefined ? undefined : { sent, reply });
  }

  /** The plaintext side ends here: one octet more, and the upgrade does not happen (security.md C6). */
  #secure(sent: Sent, answer: Answer): void {
    if (this.#chunks.length > 0) {
      this.protocol("octets came behind the reply that begins TLS (RFC 3207 §4.2)", answer.reply);
      return;
    }
    this.#upgrade = () => this.task?.replied(sent, answer);
    this.tell({ type: "upgrade" });
  }

  #close(ending: Ending, answer?: End["answer"]): void {
    if (this.closed) return;
    this.closed = true;
    const { code, reason, reply } = this.#leaving ?? ending;
    const { task } = this;
    this.task = undefined;
    this.#upgrade = undefined;
    this.#chunks = [];
    this.link.output.clear();
    this.link.phase = "closing";
    this.#events = this.#events.slice(this.#told).filter((event) => LASTING.has(event.type));
    this.#told = 0;
    task?.over(answer === undefined ? { reason: ending.reason } : { reason: ending.reason, answer });
    this.tell({ type: "closed", code, reason, reply });
  }
}

const name = (sent: Sent): string => (sent.row.name === "" ? "the greeting" : escape(sent.row.name));
