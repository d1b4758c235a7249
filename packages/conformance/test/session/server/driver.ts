/**
 * A host for tests: it feeds a session in the cuts that it is given, answers every question by a policy, and keeps what
 * happened, with neighbouring pieces of content joined, as the laws compare it.
 */
import { LocalProtocolError, reply } from "@posthorn/contract";
import type { Extensions, Reply, Tls } from "@posthorn/contract";
import { ServerSession } from "@posthorn/session";
import type { Composition, ServerEvent, ServerOptions } from "@posthorn/session";

/** Decides a question; `undefined` accepts. */
export type Policy = (event: ServerEvent & { readonly proposed: Reply | undefined }, nth: number) => Reply | undefined;

export const octets = (text: string): Uint8Array => Uint8Array.from(text, (unit) => unit.charCodeAt(0));
export const latin1 = (given: Uint8Array | undefined): string => {
  let out = "";
  for (const octet of given ?? []) out += String.fromCharCode(octet);
  return out;
};

export const TLS: Tls = { version: "TLSv1.3" };
export const GONE: Reply = reply(421, "4.4.2", "Timeout");

/** A session with its host. */
export class Host<X extends Extensions> {
  readonly session: ServerSession<X>;
  /** Everything sent. */
  sent = "";
  /** Everything told, as one line each; content joined. */
  readonly told: string[] = [];
  /** Questions that wait, where answers are delayed. */
  readonly waiting: (() => void)[] = [];
  readonly #policy: Policy;
  readonly #delayed: boolean;
  #asked = 0;

  constructor(
    composition: Composition<X>,
    options: Partial<ServerOptions> & { readonly policy?: Policy; readonly delayed?: boolean } = {},
  ) {
    const { policy = () => undefined, delayed = false, ...rest } = options;
    this.session = new ServerSession(composition, { hostname: "mx.example.org", ...rest });
    this.#policy = policy;
    this.#delayed = delayed;
    this.pump();
  }

  /** Feeds text, one octet a character; returns what was sent for it. */
  say(text: string): string {
    const before = this.sent.length;
    this.feed(octets(text));
    return this.sent.slice(before);
  }

  /** Feeds octets. */
  feed(chunk: Uint8Array | null): void {
    this.session.receive(chunk);
    this.pump();
  }

  /** Does what can be done. */
  pump(): void {
    for (let event = this.session.next(); typeof event === "object"; event = this.session.next()) this.#hear(event);
    this.sent += latin1(this.session.take());
  }

  /** Gives one of the answers that wait. */
  release(): boolean {
    const answer = this.waiting.shift();
    if (answer === undefined) return false;
    answer();
    this.pump();
    return true;
  }

  /** Gives all of them. */
  settle(): void {
    while (this.release());
  }

  #hear(event: ServerEvent<X>): void {
    this.#note(event);
    let answer: (() => void) | undefined;
    if (event.type === "ask") {
      answer = () => {
        try {
          event.resume(event.run(event.signal));
        } catch (error) {
          event.fail(error);
        }
      };
    } else if (event.type === "upgrade") answer = () => this.session.upgraded(TLS);
    else if ("proposed" in event) answer = () => this.#answer(event);
    if (answer === undefined) return;
    if (this.#delayed) this.waiting.push(answer);
    else answer();
  }

  #answer(event: ServerEvent<X> & { readonly proposed: Reply | undefined }): void {
    const times = event.type === "message" ? event.wants : 1;
    for (let left = times; left > 0 && this.session.pending === event.type; left--) {
      const given = this.#policy(event, this.#asked++);
      if (given === undefined) this.session.accept();
      else this.session.reply(given);
    }
  }

  #note(event: ServerEvent<X>): void {
    if (event.type === "content") {
      const last = this.told.length - 1;
      const text = latin1(event.octets);
      if (event.given && event.octets.buffer instanceof ArrayBuffer) event.octets.buffer.transfer(0);
      if ((this.told[last] ?? "").startsWith("content ")) this.told[last] += text;
      else this.told.push(`content ${text}`);
      return;
    }
    this.told.push(line(event));
  }
}

const line = (event: ServerEvent): string =>
  JSON.stringify(event, (key, value: unknown) => {
    if (typeof value === "function" || key === "signal") return undefined;
    if (value instanceof Error) return value instanceof LocalProtocolError ? value.code : value.message;
    if (typeof value === "bigint") return `${value}n`;
    return value;
  });

/** Only the codes of what was sent. */
export const codes = (sent: string): readonly number[] =>
  sent
    .split("\r\n")
    .filter((text) => /^\d{3}( |$)/.test(text))
    .map((text) => Number(text.slice(0, 3)));

/** The type of each event that was told. */
export const types = (told: readonly string[]): readonly string[] =>
  told.map((text) => (text.startsWith("content ") ? "content" : (/"type":"(\w+)"/.exec(text)?.[1] ?? "")));
