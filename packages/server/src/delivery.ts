/**
 * Content, from the question for a place to the verdict: a sink from the hook `content` takes it piece by piece, its
 * `end` or the hook `message` has the last word. In LMTP that is one word for each accepted recipient (RFC 2033 §4.2).
 */
import { type Extensions, LocalProtocolError, type Reply, reply } from "@posthorn/contract";
import type { DroppedEvent, MessageEvent, ServerSession, TransferEvent } from "@posthorn/session";
import type { Asking } from "./asking.ts";
import type { Seen } from "./seen.ts";
import type { Envelope } from "./session.ts";
import { LOCAL_ERROR, NO_TRANSACTION, type Shared } from "./shared.ts";
import type { ContentSink, MessageVerdict } from "./sink.ts";
import { abandon, Transfer } from "./transfer.ts";

const isReply = (place: ContentSink | Reply): place is Reply => "code" in place && "lines" in place;

const isOne = (verdict: Reply | readonly Reply[]): verdict is Reply => "code" in verdict;

/** How a delivery speaks: it says a reply, and reports what failed. */
export interface Speaker {
  say(where: string, said: Reply | undefined): void;
  refuse(where: string, error: unknown): void;
  failed(where: string, error: unknown): void;
}

/** The messages of one session, one after the other. */
export class Delivery<X extends Extensions> {
  /** Messages that were accepted. */
  accepted = 0;
  readonly #shared: Shared<X>;
  readonly #session: ServerSession<X>;
  readonly #seen: Seen<X>;
  readonly #asking: Asking;
  readonly #speaker: Speaker;
  #transfer: Transfer<X> | undefined = undefined;

  constructor(shared: Shared<X>, session: ServerSession<X>, seen: Seen<X>, asking: Asking, speaker: Speaker) {
    this.#shared = shared;
    this.#session = session;
    this.#seen = seen;
    this.#asking = asking;
    this.#speaker = speaker;
  }

  /** Whether content is under way. */
  get active(): boolean {
    return this.#transfer !== undefined;
  }

  /** Content is about to come. */
  place({ verb }: TransferEvent): void {
    const session = this.#session;
    const { mail } = session;
    if (mail === undefined) {
      this.#speaker.say("content", NO_TRANSACTION); // a stranger's verb that carries content outside a transaction
      return;
    }
    const { hooks, clock } = this.#shared;
    const id = `${this.#seen.id}-${session.transactions}`;
    const envelope: Envelope<X> = { id, mail, recipients: this.#seen.accepted, utf8: session.utf8 };
    const since = clock.now();
    this.#asking.ask(
      () => hooks.content?.(envelope, this.#seen),
      (place) => {
        if (place !== undefined && isReply(place)) this.#refuse(place);
        else this.#begin(verb, new Transfer(envelope, since, place ?? undefined));
      },
      (error) => this.#speaker.refuse("content", error),
      (place) => {
        if (place !== undefined && !isReply(place)) this.#shared.chores.add(abandon(place, "closed"));
      },
    );
  }

  /** A piece of it. */
  content(octets: Uint8Array): void {
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    transfer.octets += octets.length;
    if (!transfer.wanted) return;
    this.#asking.ask(
      () => transfer.write(octets),
      (more) => {
        if (more === false) transfer.enough();
      },
      (error) => {
        this.#speaker.failed("sink", error);
        transfer.failed = true;
        this.#shared.chores.add(transfer.abort("failed"));
      },
    );
  }

  /** It is complete. */
  complete({ wants, crlf }: MessageEvent): void {
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    if (transfer.failed) this.#conclude(transfer, wants, LOCAL_ERROR);
    else {
      this.#verdict(
        transfer,
        wants,
        "sink",
        () => transfer.end(crlf),
        () => this.#last(transfer, wants, crlf),
      );
    }
  }

  /** It will not be completed. */
  dropped({ why, reply: said }: DroppedEvent): void {
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    this.#transfer = undefined;
    this.#shared.chores.add(transfer.abort(why));
    const { observers } = this.#shared;
    if (!observers.some) return;
    const { octets, envelope } = transfer;
    const head = { session: this.#seen.id, message: envelope.id, octets, why };
    observers.tell({ type: "dropped", ...head, ...(said === undefined ? {} : { reply: said }) });
  }

  #refuse(said: Reply): void {
    if (said.code >= 400) this.#speaker.say("content", said);
    else
      this.#speaker.refuse(
        "content",
        new LocalProtocolError("bad-reply-class", `${said.code} is no refusal of content`),
      );
  }

  #begin(verb: string, transfer: Transfer<X>): void {
    this.#transfer = transfer;
    this.#session.accept();
    const { observers } = this.#shared;
    if (!observers.some) return;
    observers.tell({ type: "transfer", session: this.#seen.id, message: transfer.envelope.id, verb });
  }

  #last(transfer: Transfer<X>, wants: number, crlf: boolean): void {
    const { envelope, octets } = transfer;
    const run = () => this.#shared.hooks.message?.({ envelope, octets, wants, crlf }, this.#seen);
    this.#verdict(transfer, wants, "message", run, () => this.#conclude(transfer, wants, undefined));
  }

  /** Asks for a verdict; `otherwise` goes on where there is none. */
  #verdict(
    transfer: Transfer<X>,
    wants: number,
    where: string,
    run: () => MessageVerdict | PromiseLike<MessageVerdict>,
    otherwise: () => void,
  ): void {
    this.#asking.ask(
      run,
      (verdict) => {
        if (verdict === undefined) otherwise();
        else this.#conclude(transfer, wants, verdict);
      },
      (error) => {
        this.#speaker.failed(where, error);
        this.#conclude(transfer, wants, LOCAL_ERROR);
      },
    );
  }

  #replies(transfer: Transfer<X>, wants: number, verdict: MessageVerdict): readonly Reply[] {
    const all = verdict ?? reply(250, "2.0.0", `OK id=${transfer.envelope.id}`);
    if (isOne(all)) return Array.from({ length: wants }, () => all);
    if (all.length === wants) return all;
    this.#speaker.failed("message", new RangeError(`${wants} replies are wanted, and ${all.length} were given`));
    return Array.from({ length: wants }, () => LOCAL_ERROR);
  }

  #conclude(transfer: Transfer<X>, wants: number, verdict: MessageVerdict): void {
    const session = this.#session;
    const { observers, clock } = this.#shared;
    this.#transfer = undefined;
    const replies: Reply[] = [];
    for (const given of this.#replies(transfer, wants, verdict)) {
      if (session.phase === "closing") break; // a 421 before
      let said = given;
      try {
        session.reply(given);
      } catch (error) {
        this.#speaker.failed("message", error);
        said = LOCAL_ERROR;
        session.reply(said);
      }
      replies.push(said);
    }
    if (replies.some(({ code }) => code < 300)) this.accepted += 1;
    if (!observers.some) return;
    const { envelope, octets, since } = transfer;
    const head = { session: this.#seen.id, message: envelope.id, octets };
    const ms = clock.now() - since;
    observers.tell({ type: "message", ...head, recipients: envelope.recipients.length, replies, ms });
  }
}
