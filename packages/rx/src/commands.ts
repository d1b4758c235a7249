/**
 * Commands with their replies, from either side. A server tells both at once; a client tells them apart, because
 * commands leave in groups: its replies are matched with its commands in order (RFC 2920 §3.2).
 */
import type { Phase, Reply } from "@posthorn/contract";
import type { Observable } from "rxjs";
import { type ClientCommand, type ClientReply, isClientCommand, isClientReply, isServerCommand } from "./seen.ts";
import type { Seen, Source } from "./seen.ts";
import { eachSession } from "./sessions.ts";

/** A command that was answered; once more for each further reply to it (354 and then 250 to DATA). */
export interface Command {
  readonly session: string;
  /** In upper case; `""` for the greeting and for a line that is no command. */
  readonly verb: string;
  /** As it stood on the wire; absent where there was none, or it is a secret. */
  readonly argument?: string;
  readonly reply: Reply;
  /** The phase after it, where the source says so: a server does. `phases` reckons it for a client. */
  readonly phase?: Phase;
}

/** More unanswered commands than any window has: where a source never tells replies, no more are held. */
const MOST = 10_000;

const argumentOf = (argument: string | undefined): { readonly argument?: string } =>
  argument === undefined ? {} : { argument };

/** Makes commands of one session's events: a client's replies are matched with its commands in order. */
export class CommandReader {
  /** A client's commands that are not answered yet, oldest first. */
  readonly #sent: ClientCommand[] = [];

  /** The command that an event tells, if it is one with a reply. */
  read(event: Seen, session: string): Command | undefined {
    if (isServerCommand(event)) {
      const { verb, argument, reply, phase } = event;
      return { session, verb, ...argumentOf(argument), reply, phase };
    }
    if (isClientCommand(event) && this.#sent.length < MOST) this.#sent.push(event);
    if (!isClientReply(event)) return undefined;
    const { verb, reply } = event;
    return { session, verb, ...argumentOf(this.#match(event)?.raw), reply };
  }

  /** The command that a reply answers; it stays after a 3yz, which another reply follows. */
  #match({ verb, reply }: ClientReply): ClientCommand | undefined {
    const [head] = this.#sent;
    if (head === undefined || head.verb !== verb) return undefined;
    if (reply.code < 300 || reply.code >= 400) this.#sent.shift();
    return head;
  }
}

/**
 * Every command with its reply, in the order of the replies.
 *
 * @example
 * commands(server).pipe(filter(({ reply }) => reply.code >= 500));
 */
export const commands = <E extends Seen>(source: Source<E>): Observable<Command> =>
  eachSession<E, CommandReader, Command>(
    source,
    () => new CommandReader(),
    (reader, event, session) => {
      const command = reader.read(event, session);
      return command === undefined ? [] : [command];
    },
  );
