/**
 * Content, from the question for a place to the verdict: a sink from the hook `content` takes it piece by piece, its
 * `end` or the hook `message` has the last word. In LMTP that is one word for each accepted recipient (RFC 2033 §4.2).
 * As with commands (`questions.ts`), what answers at once costs no closure.
 */
import { type Extensions, LocalProtocolError, type Reply } from "@posthorn/contract";
import type { ContentEvent, DroppedEvent, MessageEvent, TransferEvent } from "@posthorn/session";
import { isThenable } from "./asking.ts";
import type { Driver } from "./driver.ts";
import type { Envelope } from "./session.ts";
import { LOCAL_ERROR, NO_TRANSACTION } from "./shared.ts";
import type { Awaitable, ContentSink, MessageVerdict } from "./sink.ts";
import { LARGE, release } from "./sockets.ts";
import { abandon, Transfer } from "./transfer.ts";

type Place = ContentSink | Reply | void;

const isReply = (place: ContentSink | Reply): place is Reply => "code" in place && "lines" in place;

const isOne = (verdict: Reply | readonly Reply[]): verdict is Reply => "code" in verdict;

/** The messages of one session, one after the other. */
export class Delivery<X extends Extensions> {
  /** Messages that were accepted. */
  accepted = 0;
  readonly #driver: Driver<X>;
  #transfer: Transfer<X> | undefined = undefined;

  constructor(driver: Driver<X>) {
    this.#driver = driver;
  }

  /** Whether content is under way. */
  get active(): boolean {
    return this.#transfer !== undefined;
  }

  /** Whether content is under way of which pieces are needed longer than for a call. */
  get keeps(): boolean {
    return this.#transfer?.transient === false;
  }

  /** Content is about to come. */
  place({ verb }: TransferEvent): void {
    const driver = this.#driver;
    const { session, seen, shared } = driver;
    const { mail } = session;
    if (mail === undefined) {
      driver.say("content", NO_TRANSACTION); // a stranger's verb that carries content outside a transaction
      return;
    }
    const id = `${seen.id}-${session.transactions}`;
    const envelope: Envelope<X> = { id, mail, recipients: seen.accepted, utf8: session.utf8 };
    const since = shared.observers.some ? shared.clock.now() : undefined;
    let place: Awaitable<Place>;
    try {
      place = shared.hooks.content?.(envelope, seen);
    } catch (error) {
      driver.refuse("content", error);
      return;
    }
    if (!isThenable(place)) this.#placed(verb, envelope, since, place);
    else {
      driver.asking.wait(
        place,
        (made) => this.#placed(verb, envelope, since, made),
        (error) => driver.refuse("content", error),
        (late) => {
          if (late !== undefined && !isReply(late)) shared.chores.add(abandon(late, "closed"));
        },
      );
    }
  }

  /** A piece of it. */
  content({ octets, given }: ContentEvent): void {
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    transfer.octets += octets.length;
    const spent = given && octets.length >= LARGE && transfer.transient; // before: `write` may end the session
    if (transfer.wanted) this.#write(transfer, octets);
    if (spent) release(octets);
  }

  /** Hands a piece to the sink. */
  #write(transfer: Transfer<X>, octets: Uint8Array): void {
    let more: Awaitable<boolean | void>;
    try {
      more = transfer.write(octets);
    } catch (error) {
      this.#failed(transfer, error);
      return;
    }
    if (more === false) transfer.enough();
    else if (isThenable(more)) {
      this.#driver.asking.wait(
        more,
        (wanted) => {
          if (wanted === false) transfer.enough();
        },
        (error) => this.#failed(transfer, error),
      );
    }
  }

  /** It is complete. */
  complete({ wants, crlf }: MessageEvent): void {
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    if (transfer.failed) {
      this.#conclude(transfer, wants, LOCAL_ERROR);
      return;
    }
    let verdict: Awaitable<MessageVerdict>;
    try {
      verdict = transfer.end(crlf);
    } catch (error) {
      this.#unsaid(transfer, wants, "sink", error);
      return;
    }
    if (!isThenable(verdict)) this.#ended(transfer, wants, crlf, verdict);
    else {
      this.#driver.asking.wait(
        verdict,
        (late) => this.#ended(transfer, wants, crlf, late),
        (error) => this.#unsaid(transfer, wants, "sink", error),
      );
    }
  }

  /** It will not be completed. */
  dropped({ why, reply: said }: DroppedEvent): void {
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    this.#transfer = undefined;
    const { shared, peer } = this.#driver;
    shared.chores.add(transfer.abort(why));
    const { observers } = shared;
    if (!observers.some) return;
    const { octets, envelope } = transfer;
    const head = { session: peer.id, message: envelope.id, octets, why };
    observers.tell({ type: "dropped", ...head, ...(said === undefined ? {} : { reply: said }) });
  }

  #placed(verb: string, envelope: Envelope<X>, since: number | undefined, place: Place): void {
    if (place !== undefined && isReply(place)) {
      this.#refuse(place);
      return;
    }
    const { session, shared, peer } = this.#driver;
    this.#transfer = new Transfer(envelope, since, place ?? undefined);
    if (this.keeps) this.#driver.hold();
    session.accept();
    const { observers } = shared;
    if (observers.some) observers.tell({ type: "transfer", session: peer.id, message: envelope.id, verb });
  }

  #refuse(said: Reply): void {
    if (said.code >= 400) this.#driver.say("content", said);
    else {
      const error = new LocalProtocolError("bad-reply-class", `${said.code} is no refusal of content`);
      this.#driver.refuse("content", error);
    }
  }

  /** The sink failed: the rest is read, and the message is 451. */
  #failed(transfer: Transfer<X>, error: unknown): void {
    this.#driver.failed("sink", error);
    transfer.failed = true;
    this.#driver.shared.chores.add(transfer.abort("failed"));
  }

  /** The sink has everything; where it had no verdict, the host has. */
  #ended(transfer: Transfer<X>, wants: number, crlf: boolean, verdict: MessageVerdict): void {
    if (verdict !== undefined) {
      this.#conclude(transfer, wants, verdict);
      return;
    }
    const { seen, shared, asking } = this.#driver;
    const { envelope, octets } = transfer;
    let last: Awaitable<MessageVerdict>;
    try {
      last = shared.hooks.message?.({ envelope, octets, wants, crlf }, seen);
    } catch (error) {
      this.#unsaid(transfer, wants, "message", error);
      return;
    }
    if (!isThenable(last)) this.#conclude(transfer, wants, last);
    else {
      asking.wait(
        last,
        (late) => this.#conclude(transfer, wants, late),
        (error) => this.#unsaid(transfer, wants, "message", error),
      );
    }
  }

  /** Who had the verdict failed. */
  #unsaid(transfer: Transfer<X>, wants: number, where: string, error: unknown): void {
    this.#driver.failed(where, error);
    this.#conclude(transfer, wants, LOCAL_ERROR);
  }

  /** One reply for all, or as many as are wanted. */
  #replies({ envelope }: Transfer<X>, wants: number, verdict: MessageVerdict): Reply | readonly Reply[] {
    if (verdict === undefined) return { code: 250, status: "2.0.0", lines: [`OK id=${envelope.id}`] };
    if (isOne(verdict) || verdict.length === wants) return verdict;
    const error = new RangeError(`${wants} replies are wanted, and ${verdict.length} were given`);
    this.#driver.failed("message", error);
    return LOCAL_ERROR;
  }

  #conclude(transfer: Transfer<X>, wants: number, verdict: MessageVerdict): void {
    const { session, shared, peer } = this.#driver;
    const { observers, clock } = shared;
    this.#transfer = undefined;
    const all = this.#replies(transfer, wants, verdict);
    const replies: Reply[] | undefined = observers.some ? [] : undefined;
    let taken = false;
    for (let at = 0; at < wants; at++) {
      if (session.phase === "closing") break; // a 421 before
      const said = this.#say((isOne(all) ? all : all[at]) ?? LOCAL_ERROR);
      taken ||= said.code < 300;
      replies?.push(said);
    }
    if (taken) this.accepted += 1;
    if (replies === undefined) return;
    const { envelope, octets, since } = transfer;
    const head = { session: peer.id, message: envelope.id, octets };
    const ms = since === undefined ? 0 : clock.now() - since;
    observers.tell({ type: "message", ...head, recipients: envelope.recipients.length, replies, ms });
  }

  /** Says one reply to the message, or 451 where that cannot be said. */
  #say(given: Reply): Reply {
    const { session } = this.#driver;
    try {
      session.reply(given);
      return given;
    } catch (error) {
      this.#driver.failed("message", error);
      session.reply(LOCAL_ERROR);
      return LOCAL_ERROR;
    }
  }
}
