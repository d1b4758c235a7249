/**
 * One mail transaction (RFC 5321 §3.3): MAIL, every RCPT, the content. As many commands leave together as rows and
 * window allow (RFC 2920 §3.1), and more after each reply. Each recipient's verdict is kept apart, and only a final 2yz
 * to the content accepts. Whatever the server says, the transaction ends with nothing unanswered, or the connection does.
 */
import { type AnyVerb, isNegative } from "@posthorn/contract";
import type { Content, Receivers } from "./content.ts";
import { ContentAfter, emptyContent } from "./content-after.ts";
import { ContentWith } from "./content-with.ts";
import type { PlannedTransaction } from "./events.ts";
import type { Answer, End, Sent } from "./flight.ts";
import type { Line } from "./line.ts";
import { type Link, quote } from "./link.ts";
import type { Office } from "./office.ts";
import type { Route } from "./plan-content.ts";
import type { Verdicts } from "./verdicts.ts";

/** A transaction, encoded: nothing of it can fail for want of an encoding once its first octet has left. */
export interface Encoded {
  readonly planned: PlannedTransaction;
  /** Whether its parameters widen the grammar to UTF-8. */
  readonly utf8: boolean;
  readonly mail: Line;
  readonly rcpts: readonly Line[];
  /** The verb that carries the content. */
  readonly row: AnyVerb;
  /** The command for the content, where a 3yz opens it. */
  readonly opener: { readonly args: unknown; readonly line: Line } | undefined;
  /** Which makes the arguments of a chunk. */
  readonly route: Route;
}

/** A transaction under way. */
export class Transaction implements Receivers {
  content: Content | undefined = undefined;
  readonly row: AnyVerb;
  readonly #office: Office;
  readonly #rows: Link["rows"];
  readonly #encoded: Encoded;
  readonly #verdicts: Verdicts;
  readonly #place: number;
  /** How many commands of the envelope have left; the command for the content is the last. */
  #left = 0;
  /** Recipients that were accepted, by their places in the message. */
  readonly #accepted: number[] = [];
  /** Whether a RCPT was answered 2yz that could not succeed: an empty message might then reach somebody. */
  #strange = false;

  constructor(office: Office, encoded: Encoded, verdicts: Verdicts, place: number) {
    this.#office = office;
    this.#rows = office.link.rows;
    this.#encoded = encoded;
    this.#verdicts = verdicts;
    this.#place = place;
    this.row = encoded.row;
  }

  /** Whether all is answered and nothing more can be sent. Call after `proceed`. */
  get over(): boolean {
    return this.#office.link.flight.size === 0 && (this.content === undefined || this.content.over);
  }

  proceed(): void {
    while (this.#left <= this.#encoded.rcpts.length && this.#sendEnvelope());
    if (this.#left > this.#encoded.rcpts.length) this.#startContent();
    this.content?.proceed();
  }

  replied(sent: Sent, answer: Answer): void {
    if (sent.row === this.#rows.mail) this.#mailReplied(answer);
    else if (sent.row === this.#rows.rcpt) this.#rcptReplied(sent, answer);
    else if (this.content !== undefined) this.content.replied(sent, answer);
    else if (!sent.octets) this.#contentReplied(sent, answer);
    // What remains is the reply to the end of empty content: it says nothing about anybody.
  }

  finish({ reply, index, final }: Answer): void {
    const answered = index === 0 && final ? this.#accepted : this.#accepted.slice(index, index + 1);
    for (const recipient of answered) this.#verdicts.finish(recipient, reply, this.row.name);
  }

  refuse({ reply }: Answer): void {
    for (const index of this.#accepted) this.#verdicts.set(index, { kind: "refused", reply, verb: this.row.name });
  }

  fail(reason: string): void {
    for (const index of this.#accepted) this.#verdicts.set(index, { kind: "unsent", reason });
  }

  /** The connection is over: what can be known of each recipient. */
  ended({ reason, answer }: End): void {
    if (answer !== undefined) this.#endedBy(answer.sent, answer.reply);
    if (this.content?.sent !== true) return;
    for (const index of this.#accepted) this.#verdicts.set(index, { kind: "in-doubt", reason });
  }

  #endedBy(sent: Sent, reply: Answer["reply"]): void {
    if (sent.row === this.#rows.mail) this.#refuseAll(reply);
    else if (sent.row === this.#rows.rcpt) this.#refuseOne(sent.tag, reply);
    else if (sent.row === this.row && sent.wants > 1) this.#refuseAccepted(sent.got, reply);
    else if (sent.row === this.row) this.refuse({ reply, legal: true, index: 0, final: true, upgrade: false });
  }

  #refuseAccepted(place: number, reply: Answer["reply"]): void {
    const index = this.#accepted[place];
    if (index !== undefined) this.#verdicts.set(index, { kind: "refused", reply, verb: this.row.name });
  }

  /** Sends MAIL, then the recipients one by one; `false` where the next may not leave now. */
  #sendEnvelope(): boolean {
    const { link } = this.#office;
    const { planned, mail, rcpts } = this.#encoded;
    const first = this.#left === 0;
    const row = first ? this.#rows.mail : this.#rows.rcpt;
    if (!link.admits(row)) return false;
    const at = this.#left - 1;
    const line = first ? mail : rcpts[at];
    const args = first ? planned.mail : planned.recipients[at];
    if (line === undefined || args === undefined) return false;
    this.#office.note(row.name, line, false);
    link.send(row, args, line, at);
    this.#left += 1;
    return true;
  }

  #startContent(): void {
    const { link } = this.#office;
    const { route, opener } = this.#encoded;
    if (this.#left > this.#encoded.rcpts.length + 1) return;
    if (opener === undefined) {
      if (link.flight.size > 0 || this.#accepted.length === 0) return;
      this.#open(new ContentWith(this.#office, this, route));
    } else {
      if (!link.admits(this.row)) return;
      this.#office.note(this.row.name, opener.line, this.row.secret === true);
      link.send(this.row, opener.args, opener.line, 0);
    }
    this.#left += 1;
  }

  #open(content: Content): void {
    this.content = content;
    this.#office.content = content;
    this.#office.link.octets = 0;
    this.#office.tell({ type: "content", transaction: this.#place });
  }

  #mailReplied({ reply, legal }: Answer): void {
    const { planned, utf8 } = this.#encoded;
    if (isNegative(reply)) this.#refuseAll(reply);
    else if (legal) this.#office.link.begin(planned.mail, utf8);
  }

  #rcptReplied({ tag }: Sent, { reply, legal }: Answer): void {
    if (isNegative(reply)) this.#refuseOne(tag, reply);
    else if (!legal) this.#strange = true;
    else {
      const index = this.#encoded.planned.recipients[tag]?.index;
      if (index !== undefined) this.#accepted.push(index);
    }
  }

  /** The reply to the command before any octets: 3yz, or a refusal (RFC 5321 §4.1.1.4). */
  #contentReplied({ row, args }: Sent, answer: Answer): void {
    if (isNegative(answer.reply)) {
      this.refuse(answer);
      return;
    }
    const encoder = row.intake?.encode(args);
    if (this.#accepted.length > 0 && answer.legal && encoder !== undefined) {
      this.#open(new ContentAfter(this.#office, this, encoder, args));
      return;
    }
    this.#endEmpty(row, args, answer);
  }

  /** Nobody was accepted, and yet the server waits for content: it gets the end of it, and its reply is ignored (RFC 2920 §3.1). */
  #endEmpty(row: AnyVerb, args: unknown, { reply }: Answer): void {
    const { link } = this.#office;
    const octets = emptyContent(row, args);
    if (link.protocol === "lmtp" || this.#strange || octets === undefined) {
      this.#office.protocol(`the server wants content for nobody: ${quote(reply)}`, reply);
      return;
    }
    link.uncertain = true;
    link.output.push(octets);
    link.expect(row, args, false);
  }

  #refuseAll(reply: Answer["reply"]): void {
    for (const { index } of this.#encoded.planned.recipients)
      this.#verdicts.set(index, { kind: "refused", reply, verb: "MAIL" });
  }

  #refuseOne(tag: number, reply: Answer["reply"]): void {
    const index = this.#encoded.planned.recipients[tag]?.index;
    if (index !== undefined) this.#verdicts.set(index, { kind: "refused", reply, verb: "RCPT" });
  }
}
