/**
 * Content that travels with its commands: BDAT (RFC 3030 §2), or a row like it. It is cut into chunks of a fixed size,
 * so that what is sent depends neither on how the host writes nor on when replies come; chunks leave as the window
 * allows. After a refusal nothing more is sent. In LMTP the last chunk waits until all others are answered: refused in
 * the wrong phase it would get one reply instead of one for each recipient (RFC 2033 §4.2).
 */
import type { Encoder } from "@posthorn/contract";
import { ASCII } from "@posthorn/contract";
import type { Content, Receivers } from "./content.ts";
import type { Answer, Sent } from "./flight.ts";
import type { Office } from "./office.ts";
import type { Route } from "./plan-content.ts";

interface Chunk {
  readonly pieces: readonly Uint8Array[];
  readonly octets: number;
  readonly last: boolean;
}

/** Content that is sent in chunks. */
export class ContentWith implements Content {
  open = true;
  readonly #office: Office;
  readonly #to: Receivers;
  readonly #route: Route;
  #pieces: Uint8Array[] = [];
  #octets = 0;
  #ready: Chunk[] = [];
  #refusal: Answer | undefined = undefined;
  #stopped = false;
  #finished = false;
  #last: Sent | undefined = undefined;
  #error: unknown = undefined;

  constructor(office: Office, to: Receivers, route: Route) {
    this.#office = office;
    this.#to = to;
    this.#route = route;
  }

  get writable(): boolean {
    return this.#ready.length === 0;
  }

  get unwanted(): boolean {
    return this.#stopped;
  }

  get sent(): boolean {
    return this.#last?.sentAfter !== undefined;
  }

  get over(): boolean {
    return (this.#finished || this.#stopped) && this.#office.link.flight.size === 0;
  }

  write(octets: Uint8Array): boolean {
    let rest = octets;
    const { chunk } = this.#office;
    while (this.#octets + rest.length > chunk) {
      const taken = chunk - this.#octets;
      this.#add(rest.subarray(0, taken));
      rest = rest.subarray(taken);
      this.#cut(false);
    }
    this.#add(rest);
    this.proceed();
    this.#check();
    return this.writable;
  }

  end(): void {
    this.open = false;
    this.#cut(true);
    this.proceed();
    this.#check();
  }

  abandon(reason: string): void {
    this.#stop();
    this.#to.fail(`the content was abandoned: ${reason}`);
  }

  proceed(): void {
    const { link } = this.#office;
    for (;;) {
      const [chunk] = this.#ready;
      if (chunk === undefined || (chunk.last && link.protocol === "lmtp" && link.flight.size > 0)) return;
      if (!link.admits(this.#to.row)) {
        if (link.flight.size === 0) this.#fault(`${this.#to.row.name} is not possible in the phase ${link.phase}`);
        return;
      }
      this.#ready.shift();
      try {
        this.#send(chunk);
      } catch (error) {
        this.#error = error;
        this.#fault(error instanceof Error ? error.message : String(error));
      }
    }
  }

  replied(sent: Sent, answer: Answer): void {
    if (sent === this.#last) {
      if (this.#refusal === undefined && answer.legal) this.#to.finish(answer);
      else this.#to.refuse(this.#refusal ?? answer);
      this.#finished = answer.final;
    } else if (answer.reply.code >= 400 && this.#refusal === undefined) {
      this.#refusal = answer;
      if (this.open) this.#office.tell({ type: "unwanted", reply: answer.reply });
      this.#stop();
      this.#to.refuse(answer);
    }
  }

  #add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#octets += piece.length;
  }

  #cut(last: boolean): void {
    this.#ready.push({ pieces: this.#pieces, octets: this.#octets, last });
    this.#pieces = [];
    this.#octets = 0;
  }

  #fault(reason: string): void {
    this.#stop();
    this.#office.close("aborted", `the content cannot be sent by ${this.#to.row.name}: ${reason}`);
  }

  #check(): void {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
  }

  #stop(): void {
    this.open = false;
    this.#stopped = true;
    this.#ready = [];
    this.#pieces = [];
    this.#octets = 0;
  }

  #send(chunk: Chunk): void {
    const { link } = this.#office;
    const { row } = this.#to;
    const args = this.#route.args(chunk.octets, chunk.last);
    const encoder: Encoder<unknown> | undefined = row.intake?.encode(args);
    const line = link.encode(row, args, ASCII);
    const behind = encoder === undefined ? [] : [...chunk.pieces.map((piece) => encoder.write(piece)), encoder.end()];
    this.#office.note(row.name, line, row.secret === true);
    const sent = link.send(row, args, line, 0, behind);
    if (chunk.last) this.#last = sent;
  }
}
