/**
 * What a session told, as text: one entry an event, neighbouring pieces of content joined, because where content is cut
 * means nothing (law of split invariance).
 */
import type { ClientEvent, ServerEvent } from "@posthorn/session";
import { textOf } from "./octets.ts";
import { show } from "./show.ts";

/** A log of events. */
export class Log {
  readonly #entries: string[] = [];
  #content: string | undefined = undefined;

  /** Notes an event. */
  note(event: ServerEvent | ClientEvent): void {
    if (event.type === "content" && "octets" in event) {
      this.#content = (this.#content ?? "") + textOf(event.octets);
      return;
    }
    this.#flush();
    this.#entries.push(show(event));
  }

  /** Notes something else that happened. */
  remark(text: string): void {
    this.#flush();
    this.#entries.push(text);
  }

  /** All entries. */
  get entries(): readonly string[] {
    return this.#content === undefined ? this.#entries : [...this.#entries, `content ${JSON.stringify(this.#content)}`];
  }

  #flush(): void {
    if (this.#content !== undefined) this.#entries.push(`content ${JSON.stringify(this.#content)}`);
    this.#content = undefined;
  }
}

/** Where two logs part, as a sentence; `undefined` where they are the same. */
export const difference = (expected: readonly string[], found: readonly string[]): string | undefined => {
  const most = Math.max(expected.length, found.length);
  for (let at = 0; at < most; at++) {
    if (expected[at] !== found[at])
      return `entry ${at}: expected ${expected[at] ?? "nothing more"}, found ${found[at] ?? "nothing more"}`;
  }
  return undefined;
};
