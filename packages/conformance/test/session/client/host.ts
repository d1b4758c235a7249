/**
 * A host for the client's session in tests: it feeds text, cut as told, answers `content` by itself, keeps every event,
 * and returns what was sent. The bodies of tests run once for every way of cutting, and what they saw must not differ.
 */
import type { Extensions, Message } from "@posthorn/contract";
import { type ClientEvent, type ClientOptions, ClientSession, type Composition, NEED_DATA } from "@posthorn/session";
import { expect } from "vitest";

const decoder = new TextDecoder("latin1");

/** Octets of text: one for each character, UTF-8 for those above 255. */
export const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Text of octets, for comparison. */
export const written = (given: Uint8Array | undefined): string => (given === undefined ? "" : decoder.decode(given));

/** How a text is cut into chunks. */
export type Cut = (whole: Uint8Array) => readonly Uint8Array[];

export const whole: Cut = (given) => [given];
export const byOctet: Cut = (given) => Array.from(given, (octet) => Uint8Array.of(octet));

/** Cuts in two, at the same place of each text. */
export const at =
  (place: number): Cut =>
  (given) => {
    const here = place % (given.length + 1);
    return [given.slice(0, here), given.slice(here)];
  };

export const cuts: readonly Cut[] = [whole, byOctet, ...Array.from({ length: 24 }, (_, place) => at(place))];

/** What a host does by itself. */
export interface Habits {
  /** The content that it writes, in pieces; `undefined`: the test writes. */
  content?: readonly string[];
  cut?: Cut;
}

/** A session and its host. */
export class Host<X extends Extensions> {
  readonly session: ClientSession<X>;
  readonly events: ClientEvent<X>[] = [];
  readonly habits: Habits;

  constructor(composition: Composition<X>, habits: Habits = {}, options: Partial<ClientOptions> = {}) {
    this.session = new ClientSession(composition, { name: "client.example", ...options });
    this.habits = habits;
  }

  /** The server says lines; returns all that the client sent. */
  say(...lines: readonly string[]): string {
    return this.feed(octets(lines.map((line) => `${line}\r\n`).join("")));
  }

  /** The server sends octets; `null` is its end. What was read is overwritten: a session keeps nothing of it. */
  feed(given: Uint8Array | null): string {
    let sent = "";
    for (const piece of given === null ? [null] : (this.habits.cut ?? whole)(given)) {
      const chunk = piece?.slice() ?? null;
      this.session.receive(chunk);
      this.drain();
      chunk?.fill(0x58);
      sent += written(this.session.take());
    }
    return sent;
  }

  /** Pulls events until there are none. */
  drain(): void {
    for (let event = this.session.next(); event !== NEED_DATA; event = this.session.next()) {
      this.events.push(event);
      if (event.type === "content" && this.habits.content !== undefined) {
        for (const piece of this.habits.content) this.session.write(octets(piece));
        this.session.end();
      }
    }
  }

  /** Plans and sends; returns what leaves at once. */
  send(message: Message): string {
    this.session.send(this.session.plan(message));
    return this.flush();
  }

  /** What the client has to send now. */
  flush(): string {
    this.drain();
    return written(this.session.take());
  }

  /** The last event of a type. */
  last<T extends ClientEvent["type"]>(type: T): Extract<ClientEvent<X>, { readonly type: T }> | undefined {
    return this.events.findLast((event): event is Extract<ClientEvent<X>, { readonly type: T }> => event.type === type);
  }

  /** The kinds of verdict, as one word each; a refusal with its code and verb. */
  get verdicts(): readonly string[] {
    const outcome = this.last("outcome");
    return (outcome?.verdicts ?? []).map((verdict) =>
      verdict.kind === "refused" ? `refused ${verdict.reply.code} ${verdict.verb}` : verdict.kind,
    );
  }

  /** How it ended, in a word. */
  get ending(): string | undefined {
    return this.last("closed")?.code;
  }
}

/** Runs a body with every way of cutting; what its host saw must be the same each time. */
export const atEverySplit = <X extends Extensions>(
  composition: Composition<X>,
  habits: Habits,
  body: (host: Host<X>) => void,
  options: Partial<ClientOptions> = {},
): void => {
  let first: readonly ClientEvent<X>[] | undefined;
  for (const cut of cuts) {
    const host = new Host(composition, { ...habits, cut }, options);
    body(host);
    first ??= host.events;
    expect(host.events).toEqual(first);
  }
};

/** `a@one.example` as a path. */
export const path = (text: string): { readonly local: string; readonly domain: string } => {
  const place = text.lastIndexOf("@");
  return { local: text.slice(0, place), domain: text.slice(place + 1) };
};

/** A message to so many; 7bit unless it says otherwise. */
export const message = (to: readonly string[], more: Partial<Message> = {}): Message => ({
  from: path("from@here.example"),
  to: to.map((text) => ({ path: path(text) })),
  facts: { octets: "7bit" },
  ...more,
});
