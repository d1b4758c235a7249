/**
 * Phases: where each session's dialogue is. A server says it; for a client it is reckoned from the replies over the
 * same rows that both machines run on, so that an observer cannot come to another table (RFC 5321 §4.1.4).
 */
import { ASCII, type Choice, type Move, type Moves, type Phase, type Reply, replyClass } from "@posthorn/contract";
import { compose, type Composition, isLegal } from "@posthorn/session";
import type { Observable } from "rxjs";
import { type Command, CommandReader } from "./commands.ts";
import { isLast, type Seen, type Source } from "./seen.ts";
import { eachSession } from "./sessions.ts";

/** A session has come to a phase. */
export interface PhaseChange {
  readonly session: string;
  readonly phase: Phase;
}

const choose = (move: Move | Choice<unknown> | undefined, args: () => unknown): Move | undefined =>
  move?.of !== undefined ? move.of[move.which(args())] : move;

const moveBy = (moves: Moves<unknown>, reply: Reply, args: () => unknown): Move | undefined => {
  const cls = replyClass(reply);
  return cls === 3 ? undefined : choose(moves[cls], args);
};

/** The state of one dialogue, as its replies tell it. */
class Reckoning {
  /** `undefined` while it is not known, because nobody listened when the session began. */
  #phase: Phase | undefined = undefined;
  #told: Phase | undefined = undefined;
  /** Whether a hello is in force; in a session whose beginning was not seen, most likely. */
  #hello = true;
  /** The verb whose octets are under way: its next reply answers them. */
  #opened = "";
  readonly #table: Pick<Composition, "row">;
  readonly #reader: CommandReader = new CommandReader();

  constructor(table: Pick<Composition, "row">) {
    this.#table = table;
  }

  /** The phase after an event, where it is another than was told before. */
  after(event: Seen, session: string): Phase | undefined {
    const command = this.#reader.read(event, session);
    if (command !== undefined) this.#heard(command);
    else if (isLast(event)) this.#phase = "closing";
    if (this.#phase === this.#told) return undefined;
    this.#told = this.#phase;
    return this.#phase;
  }

  #heard({ verb, argument, reply, phase }: Command): void {
    if (phase !== undefined) this.#phase = phase;
    else if (reply.code === 421) this.#phase = "closing";
    else if (verb === "") this.#greeted(reply);
    else this.#answered(verb, argument, reply);
  }

  #greeted({ code }: Reply): void {
    if (this.#phase !== undefined) return;
    this.#hello = false;
    this.#phase = code >= 500 ? "refused" : code >= 400 ? "closing" : "connected";
  }

  #answered(verb: string, argument: string | undefined, reply: Reply): void {
    const row = this.#table.row(verb)?.verb;
    const opened = this.#opened === verb;
    if (row === undefined || !(opened || this.#phase === undefined || isLegal(row, this.#phase))) return;
    if (replyClass(reply) === 3) {
      if (row.on[3] === "opens") this.#opened = verb;
      return;
    }
    this.#opened = "";
    const { intake } = row;
    const behind = intake !== undefined && (opened || intake.opens === "with-command");
    const move = moveBy(behind ? intake.then : row.on, reply, () => {
      const read = row.args.decode(argument, ASCII);
      return read.ok ? read.value : undefined;
    });
    if (move !== undefined) this.#move(move);
  }

  #move(move: Move): void {
    if ("upgrade" in move) {
      this.#hello = false;
      this.#phase = "connected";
      return;
    }
    // What forgets a hello and is ready then is one (RFC 5321 §4.1.4).
    if (move.forgets === "hello") this.#hello = true;
    if (move.to === "idle") this.#phase = this.#hello ? "ready" : "connected";
    else if (move.to !== "same") this.#phase = move.to;
  }
}

/**
 * Each change of phase of each session, the last one `closing`. Give the client's composition, so that the verbs of
 * its extensions are known; without it those of RFC 5321 are.
 *
 * @example
 * phases(connection, compose(standardClient())).subscribe(({ session, phase }) => console.log(session, phase));
 */
export const phases = <E extends Seen>(
  source: Source<E>,
  table: Pick<Composition, "row"> = compose([]),
): Observable<PhaseChange> =>
  eachSession<E, Reckoning, PhaseChange>(
    source,
    () => new Reckoning(table),
    (reckoning, event, session) => {
      const phase = reckoning.after(event, session);
      return phase === undefined ? [] : [{ session, phase }];
    },
  );
