/**
 * Content behind a 3yz: DATA (RFC 5321 §4.1.1.4), or a row like it. Once begun it cannot be cancelled: what cannot be
 * completed is left without its end, and the connection with it.
 */
import type { AnyVerb, Encoder } from "@posthorn/contract";
import type { Content, Receivers } from "./content.ts";
import type { Answer, Sent } from "./flight.ts";
import type { Office } from "./office.ts";

/** Content that follows a 3yz. */
export class ContentAfter implements Content {
  readonly writable: boolean = true;
  open = true;
  unwanted = false;
  over = false;
  readonly #office: Office;
  readonly #to: Receivers;
  readonly #encoder: Encoder<unknown>;
  readonly #args: unknown;
  #final: Sent | undefined = undefined;

  constructor(office: Office, to: Receivers, encoder: Encoder<unknown>, args: unknown) {
    this.#office = office;
    this.#to = to;
    this.#encoder = encoder;
    this.#args = args;
  }

  get sent(): boolean {
    return this.#final?.sentAfter !== undefined;
  }

  write(octets: Uint8Array): boolean {
    try {
      this.#office.link.output.push(this.#encoder.write(octets));
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  end(): void {
    try {
      this.#office.link.output.push(this.#encoder.end());
    } catch (error) {
      this.#fail(error);
    }
    this.open = false;
    this.#final = this.#office.link.expect(this.#to.row, this.#args, true);
  }

  abandon(reason: string): void {
    this.open = false;
    this.unwanted = true;
    this.#office.close("aborted", `the content was abandoned: ${reason}`);
  }

  proceed(): void {
    // All that is written leaves at once.
  }

  replied(_sent: Sent, answer: Answer): void {
    this.#to.finish(answer);
    this.over = answer.final;
  }

  #fail(error: unknown): never {
    this.open = false;
    this.#office.close("aborted", `the content cannot be sent by ${this.#to.row.name}: ${describe(error)}`);
    throw error;
  }
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What ends empty content, where nobody is to receive it: `undefined` where this framing cannot be empty. */
export const emptyContent = (row: AnyVerb, args: unknown): Uint8Array | undefined => {
  try {
    return row.intake?.encode(args).end();
  } catch {
    return undefined;
  }
};
