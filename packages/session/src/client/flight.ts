/**
 * Commands that were sent and are not answered yet, oldest first: reply n belongs to command n (RFC 2920 §3.2).
 * Whether another may leave is decided here: by the window, by the group of the last one, and by the phase that there
 * will be if all that is unanswered succeeds. What really happens is decided when the reply comes, in `link.ts`.
 */
import type { AnyVerb, Move, Moves, Phase, Reply } from "@posthorn/contract";
import { isLegal, moveOf, phaseAfter } from "../phases.ts";

/** Who sends commands and is told their replies: one at a time. */
export interface Task {
  /** Sends what may be sent now. Called after every reply, and after whatever the host did. */
  proceed(): void;
  /** A reply came to a command of this task. */
  replied(sent: Sent, answer: Answer): void;
  /** The connection is over: tells the host what became of the task. */
  over(end: End): void;
}

/** A reply, with what the table says of it. */
export interface Answer {
  readonly reply: Reply;
  /** Whether the command was legal in the phase that was true when its reply came. */
  readonly legal: boolean;
  /** Its place among the replies to one command: 0, and in LMTP up to the number of recipients (RFC 2033 §4.2). */
  readonly index: number;
  /** Whether it is the last reply to that command. */
  readonly final: boolean;
  /** Whether the connection is to be made secure now. */
  readonly upgrade: boolean;
}

/** How a connection ended, for the task that was under way. */
export interface End {
  readonly reason: string;
  /** The reply that ended it, if it answers a command (421, RFC 5321 §3.8). */
  readonly answer?: { readonly sent: Sent; readonly reply: Reply };
}

/** A command that waits for its reply. */
export interface Sent {
  readonly row: AnyVerb;
  readonly args: unknown;
  /** A mark of the task's: the recipient of a RCPT, for one. */
  readonly tag: number;
  /** Whether the reply answers octets behind the command, so that `intake.then` speaks of it and not `on`. */
  readonly octets: boolean;
  /** Decided already for octets that followed a 3yz; for all others it is decided by the reply. */
  legal: boolean | undefined;
  /** How many chunks had been received when it was handed out to be sent; `undefined` before that. */
  sentAfter: number | undefined;
  /** How many replies it gets; known when the first one comes. */
  wants: number;
  /** How many came. */
  got: number;
  /** The one that was sent next. */
  behind: Sent | undefined;
}

/** What a reply to this command may do. */
export const movesOf = (sent: Sent): Moves<unknown> & { readonly 3?: string } =>
  sent.octets && sent.row.intake !== undefined ? sent.row.intake.then : sent.row.on;

const SUCCESS: Reply = { code: 250, lines: [] };

const success = (sent: Sent): Move | undefined => moveOf(movesOf(sent), SUCCESS, sent.args);

/** The unanswered commands: a list, since an array that is emptied with every group has to grow anew (0.1 µs). */
export class Flight {
  /** How many commands may be unanswered. */
  window = 1;
  /** The command whose reply is next. */
  head: Sent | undefined = undefined;
  /** How many are unanswered. */
  size = 0;
  #last: Sent | undefined = undefined;
  /** The first that was not handed out. */
  #unstamped: Sent | undefined = undefined;
  /** The last that is reckoned in the phase that is hoped for; until one is, there is no such phase. */
  #reckoned: Sent | undefined = undefined;
  #hope: Phase = "connected";

  /** Adds one at the end. */
  add(row: AnyVerb, args: unknown, tag: number, octets: boolean, legal?: boolean): Sent {
    const sent: Sent = {
      row,
      args,
      tag,
      octets,
      legal,
      sentAfter: undefined,
      wants: 0,
      got: 0,
      behind: undefined,
    };
    if (this.head === undefined || this.#last === undefined) this.head = sent;
    else this.#last.behind = sent;
    this.#last = sent;
    this.#unstamped ??= sent;
    this.size += 1;
    return sent;
  }

  /** Takes the oldest away: it is answered. */
  shift(): void {
    const { head } = this;
    if (head === undefined) return;
    if (this.#unstamped === head) this.#unstamped = head.behind;
    this.head = head.behind;
    this.size -= 1;
    this.#reckoned = undefined;
  }

  /** Notes that everything was handed out, after so many received chunks. */
  stamp(received: number): void {
    for (let sent = this.#unstamped; sent !== undefined; sent = sent.behind) sent.sentAfter ??= received;
    this.#unstamped = undefined;
  }

  /** Whether a command may leave now; `hello` says whether a hello is in force. */
  admits(row: AnyVerb, phase: Phase, hello: boolean): boolean {
    if (this.size === 0) return isLegal(row, phase);
    if (this.size >= this.window || this.#last?.row.group === "last") return false;
    return isLegal(row, this.#hoped(phase, hello));
  }

  /** The phase in which all that is unanswered would end; reckoned on from where it was left, until a reply comes. */
  #hoped(phase: Phase, hello: boolean): Phase {
    let hoped = this.#reckoned === undefined ? phase : this.#hope;
    let sent = this.#reckoned === undefined ? this.head : this.#reckoned.behind;
    for (; sent !== undefined; sent = sent.behind) {
      const move = isLegal(sent.row, hoped) ? success(sent) : undefined;
      if (move !== undefined) hoped = phaseAfter(move, hoped, hello);
      this.#reckoned = sent;
    }
    this.#hope = hoped;
    return hoped;
  }
}
