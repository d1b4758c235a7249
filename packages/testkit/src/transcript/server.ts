/**
 * A transcript, played to a server: its `C:` lines are fed, and what comes is held against its `S:` lines. The host
 * decides what the transcript says, so that a 550 of the text is a 550 of the host; everything else is the machine's.
 */
import type { Reply } from "@posthorn/contract";
import type { Composition } from "@posthorn/session";
import { GENEROUS, repliesOf } from "../lockstep.ts";
import { cycle, joined } from "../octets.ts";
import { type Question, ServerHost, type ServerHostOptions } from "../server-host.ts";
import { show } from "../show.ts";
import type { Transcript } from "./parse.ts";

/** How the transcript's client is fed. */
export interface PlayOptions extends Omit<ServerHostOptions, "decide"> {
  /** Sizes of the pieces in which octets arrive, again and again; each step whole where not given. */
  readonly sizes?: readonly number[];
  /** Whether everything up to a handshake is fed at once, as nobody should. */
  readonly atOnce?: boolean;
}

const wrong = (sentence: string): never => {
  throw new Error(sentence);
};

/** What the host answers, by the reply that the transcript has there; `undefined` accepts. */
const verdict = ({ type, proposed }: Question, expected: Reply | undefined): Reply | undefined => {
  if (expected === undefined) return undefined;
  const cls = Math.trunc(expected.code / 100);
  if (type === "transfer") return cls >= 4 || (cls === 3 && proposed !== undefined) ? expected : undefined;
  return cls === 3 ? undefined : expected;
};

const keywords = ({ lines }: Reply): readonly string[] => lines.slice(1).toSorted();

const compare = (expected: Reply, exact: boolean, found: Reply | undefined, hello: boolean): void => {
  if (found === undefined) wrong(`it says nothing, where the transcript has ${show(expected)}`);
  else if (found.code !== expected.code) wrong(`it says ${show(found)}, where the transcript has ${show(expected)}`);
  else if (found.status !== undefined && expected.status !== undefined && found.status !== expected.status)
    wrong(`it says ${found.status}, where the transcript has ${expected.status}`);
  else if (hello && show(keywords(found)) !== show(keywords(expected)))
    wrong(`it offers ${keywords(found).join(", ")}, where the transcript has ${keywords(expected).join(", ")}`);
  else if (exact && show(found.lines) !== show(expected.lines))
    wrong(`it says ${show(found.lines)}, where the transcript has ${show(expected.lines)}`);
};

/** Plays a transcript to a server. @throws Error where it is not what the server says. */
export const playServer = (transcript: Transcript, composition: Composition, options: PlayOptions = {}): void => {
  const { sizes = [], atOnce = false, ...rest } = options;
  const { steps } = transcript;
  const expected = steps.filter((step) => step.by === "server");
  let asked: Question | undefined;
  let place = 0;
  const host: ServerHost = new ServerHost(composition, {
    limits: GENEROUS,
    ...rest,
    decide: (question) => {
      if (question === asked) place += 1;
      // While the session greets there is no host yet: the greeting is the first reply.
      else place = question.type === "connection" ? 0 : host.answered;
      asked = question;
      return verdict(question, expected[place]?.reply);
    },
  });
  const size = cycle(sizes, Infinity);
  const sent: Uint8Array[] = [...host.take()];
  const held: Uint8Array[] = [];
  const feed = (): void => {
    const octets = joined(held.splice(0));
    for (let at = 0; at < octets.length;) {
      const to = at + Math.max(1, size.next().value);
      host.receive(octets.slice(at, to));
      host.turn();
      at = to;
    }
    host.settle();
    sent.push(...host.take());
  };
  for (const step of steps) {
    if (step.by === "client") {
      held.push(step.octets);
      if (!atOnce) feed();
    } else if (step.by === "both") {
      feed();
      if (!host.upgrading) wrong("the transcript has a handshake, and the server is not ready for one");
      host.upgrade();
    }
  }
  feed();
  const replies = repliesOf(joined(sent));
  const hellos = helloPlaces(transcript);
  for (const [at, { reply, exact }] of expected.entries()) compare(reply, exact, replies[at], hellos.has(at));
  if (replies.length > expected.length) wrong(`it goes on with ${show(replies[expected.length])}`);
};

/** Which replies answer a hello: those whose command, counted, is EHLO or LHLO. */
const helloPlaces = ({ steps }: Transcript): ReadonlySet<number> => {
  const places = new Set<number>();
  let reply = 0;
  let hello = false;
  for (const step of steps) {
    if (step.by === "client") hello = /^(?:EHLO|LHLO) /i.test(step.line ?? "");
    if (step.by !== "server") continue;
    if (hello) places.add(reply);
    hello = false;
    reply += 1;
  }
  return places;
};
