/**
 * A message, as a task: its transactions one after the other, and what becomes of each recipient. Where a transaction
 * leaves the server anywhere but between transactions, RSET brings it back, and only its 2yz makes the connection
 * usable again (security.md C10, C12).
 */
import { type AnyVerb, isNegative } from "@posthorn/contract";
import { RSET } from "../base.ts";
import type { Answer, End, Sent, Task } from "./flight.ts";
import { quote } from "./link.ts";
import type { Office } from "./office.ts";
import { type Encoded, Transaction } from "./transaction.ts";
import type { Verdicts } from "./verdicts.ts";

const isReset = (row: AnyVerb): boolean => row.name === RSET.name;

/** A message under way. */
export class Delivery implements Task {
  readonly #office: Office;
  readonly #encoded: readonly Encoded[];
  readonly #verdicts: Verdicts;
  /** How many transactions were begun. */
  #begun = 0;
  #current: Transaction | undefined = undefined;
  #told = false;

  constructor(office: Office, encoded: readonly Encoded[], verdicts: Verdicts) {
    this.#office = office;
    this.#encoded = encoded;
    this.#verdicts = verdicts;
  }

  proceed(): void {
    while (!this.#told && !this.#office.closed) {
      this.#current?.proceed();
      if (this.#office.closed || this.#office.link.flight.size > 0) return;
      if (this.#current?.over === false) return;
      if (!this.#clean()) return;
      const next = this.#encoded[this.#begun];
      if (next === undefined) {
        this.#finish();
        return;
      }
      this.#current = new Transaction(this.#office, next, this.#verdicts, this.#begun);
      this.#begun += 1;
    }
  }

  replied(sent: Sent, answer: Answer): void {
    if (!isReset(sent.row)) this.#current?.replied(sent, answer);
    else if (isNegative(answer.reply)) this.#hopeless(answer.reply);
  }

  over(end: End): void {
    if (this.#told) return;
    this.#current?.ended(end);
    this.#tell(end.reason, false);
  }

  /** Whether the server stands between transactions; if not, sends RSET. */
  #clean(): boolean {
    const { link, quitting } = this.#office;
    if (link.phase === "ready" && !link.uncertain) return true;
    if (quitting && this.#begun === this.#encoded.length) return true;
    this.#current = undefined;
    const line = link.encode(RSET, null, { utf8: false });
    this.#office.note(RSET.name, line, false);
    link.send(RSET, null, line, 0);
    return false;
  }

  #hopeless(reply: Answer["reply"]): void {
    const reason = `the server refused RSET: ${quote(reply)}`;
    this.#tell(reason, false);
    this.#office.leave("protocol", reason, reply);
  }

  #finish(): void {
    this.#tell("the transaction was not begun", !this.#office.quitting);
    this.#office.done();
  }

  #tell(reason: string, usable: boolean): void {
    this.#told = true;
    this.#office.tell({ type: "outcome", verdicts: this.#verdicts.all(reason), usable });
  }
}
