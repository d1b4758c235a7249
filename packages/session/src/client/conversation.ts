/**
 * Performs a conversation: a generator that yields commands, items and questions, and is resumed with what comes of
 * them. What our own side gets wrong is thrown into it; when the connection is over it is ended, and what it yields
 * after that is not performed.
 */
import { ASCII, type AnyVerb, type Ask, type Encoder, LocalProtocolError, type Talk, UTF8 } from "@posthorn/contract";
import type { Answer, End, Sent, Task } from "./flight.ts";
import type { Office } from "./office.ts";
import { GREETING, type OpeningOp } from "./startup.ts";

/** How a conversation ended. */
export type Ended<R> = { readonly value: R } | { readonly error: unknown };

/** A conversation, as a task. */
export class Conversation<R> implements Task {
  readonly #office: Office;
  readonly #talk: Talk<OpeningOp, R>;
  readonly #ended: (ended: Ended<R>) => void;
  #started = false;
  #over = false;
  #rounds = 0;
  /** The row whose 3yz has been received and whose item is owed. */
  #open: { readonly row: AnyVerb; readonly args: unknown } | undefined = undefined;
  #question: AbortController | undefined = undefined;

  constructor(office: Office, talk: Talk<OpeningOp, R>, ended: (ended: Ended<R>) => void) {
    this.#office = office;
    this.#talk = talk;
    this.#ended = ended;
  }

  proceed(): void {
    if (this.#started) return;
    this.#started = true;
    this.#run(() => this.#talk.next());
  }

  replied(sent: Sent, { reply, final }: Answer): void {
    if (!final) return;
    this.#open = reply.code < 400 && reply.code >= 300 ? sent : undefined;
    this.#run(() => this.#talk.next(reply));
  }

  over({ reason }: End): void {
    if (this.#over) return;
    this.#question?.abort(reason);
    this.#question = undefined;
    try {
      // What it returns to nobody needs a value of its type, and there is none.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      this.#talk.return(undefined as R);
    } catch {
      // A conversation that throws while it is ended changes nothing: the connection is over.
    }
    this.#finish({ error: new LocalProtocolError("connection-over", reason) });
  }

  #run(resume: () => IteratorResult<OpeningOp, R>): void {
    let step = resume;
    while (!this.#over) {
      let result: IteratorResult<OpeningOp, R>;
      try {
        result = step();
      } catch (error) {
        this.#finish({ error });
        return;
      }
      if (result.done === true) {
        this.#finish({ value: result.value });
        return;
      }
      try {
        this.#perform(result.value);
        return;
      } catch (error) {
        step = () => this.#talk.throw(error);
      }
    }
  }

  #perform(op: OpeningOp): void {
    const { link } = this.#office;
    if (op.op === "greeting") {
      link.flight.add(GREETING, null, 0, false).sentAfter = 0;
    } else if (op.op === "ask") {
      this.#ask(op);
    } else if (op.op === "command") {
      if (this.#open !== undefined)
        throw new LocalProtocolError("item-owed", `${this.#open.row.name} waits for an item`);
      this.#command(op.row, op.args, op.item);
    } else {
      this.#item(op.item);
    }
  }

  #command(row: AnyVerb, args: unknown, item: unknown): void {
    const { link } = this.#office;
    link.require(row);
    const line = link.encode(row, args, link.utf8 ? UTF8 : ASCII);
    const behind = row.intake?.opens === "with-command" ? framed(row.intake.encode(args), item) : undefined;
    this.#office.note(row.name, line, row.secret === true);
    link.send(row, args, line, 0, behind);
  }

  #item(item: unknown): void {
    const open = this.#open;
    if (open?.row.intake === undefined) throw new LocalProtocolError("no-item", "no 3yz reply asked for an item");
    this.#rounds += 1;
    if (this.#rounds > this.#office.limits.rounds) {
      this.#office.protocol(`the server asked for more than ${this.#office.limits.rounds} items`);
      return;
    }
    const { link } = this.#office;
    for (const piece of framed(open.row.intake.encode(open.args), item)) link.output.push(piece);
    link.expect(open.row, open.args, true);
    this.#open = undefined;
  }

  #ask({ run }: Ask): void {
    const question = new AbortController();
    this.#question = question;
    const answer = (resume: () => IteratorResult<OpeningOp, R>): void => {
      if (this.#question !== question) return;
      this.#question = undefined;
      this.#run(resume);
    };
    this.#office.tell({
      type: "ask",
      run,
      resume: (value) => answer(() => this.#talk.next(value)),
      fail: (error) => answer(() => this.#talk.throw(error)),
      signal: question.signal,
    });
  }

  #finish(ended: Ended<R>): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#open !== undefined && !this.#office.closed) {
      this.#office.close("aborted", `a conversation ended while ${this.#open.row.name} waited for an item`);
    }
    this.#ended(ended);
  }
}

const framed = (encoder: Encoder<unknown>, item: unknown): readonly Uint8Array[] => [
  ...(item === undefined ? [] : [encoder.write(item)]),
  encoder.end(),
];
