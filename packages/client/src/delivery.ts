/**
 * One message on its way: opens its content when the server wants it, writes it as fast as the socket takes it, and
 * turns the session's outcome into the caller's. What fails on this side leaves the content without its end.
 */
import type { Extensions } from "@posthorn/contract";
import { lineEndings, type LineEndings } from "@posthorn/data";
import type { OutcomeEvent, Plan } from "@posthorn/session";
import { type Octets, PIECE_OCTETS, type Source } from "./content.ts";
import type { Driver } from "./driver.ts";
import { ClientError, sentenceOf } from "./errors.ts";
import type { Prepared } from "./mail.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { Teller } from "./teller.ts";

/** Told how many octets of the content have been written so far. */
export type Progress = (octets: number) => void;

/** What happens to a message. */
export class Delivery<X extends Extensions> {
  readonly plan: Plan<X>;
  /** The recipients, as verdicts name them. */
  readonly names: readonly string[];
  /** Why this side did not complete the content. */
  failure: ClientError | undefined = undefined;
  /** Octets of content written. */
  octets = 0;
  /** Whether the content was opened: then what can be opened once is gone. */
  opened = false;
  /** Resolves when the message is done with. */
  readonly outcome: Promise<Outcome<X>>;
  readonly #driver: Driver<X>;
  readonly #source: Source;
  readonly #progress: Progress | undefined;
  readonly #teller: Teller;
  readonly #began: number;
  #resolve: (outcome: Outcome<X>) => void = () => {};
  /** Grows with each transaction, so that a writer knows whether it is still the one. */
  #turn = 0;

  constructor(
    driver: Driver<X>,
    { names, source }: Prepared<X>,
    plan: Plan<X>,
    how: {
      readonly progress: Progress | undefined;
      readonly teller: Teller;
      /** When the message was given, by the clock. */
      readonly began: number;
    },
  ) {
    this.#driver = driver;
    this.plan = plan;
    this.names = names;
    this.#source = source;
    this.#progress = how.progress;
    this.#teller = how.teller;
    this.#began = how.began;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The server wants the content. */
  wanted(): void {
    this.#turn += 1;
    this.opened = true;
    const { whole } = this.#source;
    if (whole !== undefined && whole.length <= PIECE_OCTETS) this.#writeAtOnce(whole);
    else void this.#write(this.#turn);
  }

  /** Nothing more of the content is to be written. */
  stop(): void {
    this.#turn += 1;
  }

  /** The message is done with, at this time; `failure` is why the connection is over, if it is. */
  ended({ verdicts }: OutcomeEvent, now: number, failure: ClientError | undefined): void {
    const { names, plan, octets } = this;
    this.#resolve(
      outcomeOf({ verdicts, names, plan, octets, ms: now - this.#began, failure: this.failure ?? failure }),
    );
  }

  /** Small content that is in memory leaves in one write with its end; who calls is the pump, which sends it. */
  #writeAtOnce(whole: Uint8Array): void {
    try {
      this.#driver.session.write(whole);
      this.#wrote(whole.length);
      this.#finish(whole.length);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #write(turn: number): Promise<void> {
    const { session } = this.#driver;
    let written = 0;
    try {
      const endings = this.#source.unseen ? lineEndings() : undefined;
      for await (const piece of pieces(this.#source.open())) {
        if (turn !== this.#turn) return;
        look(endings, piece);
        session.write(piece);
        written += piece.length;
        this.#wrote(piece.length);
        this.#driver.pump();
        while (turn === this.#turn && !this.#driver.writable) await this.#driver.changed();
        if (turn !== this.#turn) return;
      }
      if (turn !== this.#turn) return;
      end(endings);
      this.#finish(written);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#fail(error);
    }
    this.#driver.pump();
  }

  #wrote(octets: number): void {
    this.octets += octets;
    this.#progress?.(this.octets);
  }

  #finish(octets: number): void {
    this.#driver.session.end();
    // The session may have commands to tell that carried it.
    if (this.#teller.heard) this.#tellFinished(octets);
  }

  #tellFinished(octets: number): void {
    this.#driver.afterwards(() => this.#teller.tell({ type: "transferred", octets }));
  }

  /** The rest of the content will not come: the transaction is left without its end (RFC 5321 §4.1.1.4). */
  #fail(error: unknown): void {
    const { session } = this.#driver;
    this.failure =
      error instanceof ClientError
        ? error
        : new ClientError("content-unfit", `the content cannot be sent: ${sentenceOf(error)}`, { cause: error });
    this.#turn += 1;
    // A framing that refused an octet has closed the session already.
    if (session.phase !== "closing") session.abandon(this.failure.message);
  }
}

/** Pieces that are no larger than what one wait for the socket should be for. */
async function* pieces(octets: Octets): AsyncGenerator<Uint8Array, void, void> {
  for await (const given of octets) {
    for (let at = 0; at < given.length; at += PIECE_OCTETS)
      yield given.length <= PIECE_OCTETS ? given : given.subarray(at, at + PIECE_OCTETS);
  }
}

const unfit = (code: string): ClientError =>
  new ClientError("content-unfit", `the content has a line ending that is no CRLF (${code})`, {
    rfc: "RFC 5321 §2.3.8",
  });

const look = (endings: LineEndings | undefined, piece: Uint8Array): void => {
  if (endings !== undefined && endings.check(piece) >= 0) throw unfit(endings.fault?.code ?? "");
};

const end = (endings: LineEndings | undefined): void => {
  const fault = endings?.finish();
  if (fault !== undefined) throw unfit(fault.code);
};
