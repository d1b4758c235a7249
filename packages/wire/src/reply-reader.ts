/**
 * Replies in (RFC 5321 §4.2): lines are gathered until one has no hyphen behind its code. All of a reply's lines have
 * one code. Whatever breaks the grammar or a limit is fatal: after it nobody knows which reply belongs to which command.
 */
import type { Fault, ReceivedReply } from "@posthorn/contract";
import { reply } from "@posthorn/contract";
import { LineReader } from "./lines.ts";
import { joinReply, readReplyLine } from "./reply-line.ts";
import { ShortReplies } from "./short-replies.ts";

/** What a client takes of a reply (security.md C8). */
export interface ReplyLimits {
  /** Octets of one line, CRLF included; 4096 if not given. */
  readonly lineOctets?: number;
  /** Octets of one reply, all its lines; 65536 if not given. */
  readonly octets?: number;
  /** Lines of one reply; 512 if not given. */
  readonly lines?: number;
}

const fatal = (code: string, text: string): Fault => ({
  code,
  reply: reply(554, "5.5.2", text),
  rfc: "RFC 5321 §4.2",
  fatal: true,
});

const MALFORMED = fatal("malformed-reply", "The reply is malformed");
const TOO_LONG = fatal("reply-too-long", "The reply is too long");

/**
 * Reads replies. Call `step` until it has used up the chunk; after each call `reply` may be set, once for each reply.
 * Nothing is kept of a chunk that was read. A `fault` is fatal and stays, and `step` then swallows all: `malformed-reply`,
 * `bare-cr`, `bare-lf`, `nul`, `line-too-long`, `reply-too-long`.
 *
 * @example
 * const reader = new ReplyReader();
 * for (let at = 0; at < chunk.length && reader.fault === undefined; ) {
 *   at = reader.step(chunk, at, chunk.length);
 *   if (reader.reply !== undefined) take(reader.reply);
 * }
 */
export class ReplyReader {
  /** The reply that ended at the index returned. */
  reply: ReceivedReply | undefined = undefined;
  /** What was wrong; no reply comes after it. */
  fault: Fault | undefined = undefined;
  readonly #lineOctets: number;
  readonly #octets: number;
  readonly #most: number;
  readonly #reader: LineReader;
  readonly #short: ShortReplies;
  #code = 0;
  #used = 0;
  #texts: Uint8Array[] = [];

  constructor(limits: ReplyLimits = {}) {
    this.#lineOctets = limits.lineOctets ?? 4096;
    this.#octets = limits.octets ?? 65_536;
    this.#most = limits.lines ?? 512;
    this.#reader = new LineReader(this.#lineOctets, { eager: true });
    this.#short = new ShortReplies(Math.min(this.#lineOctets, this.#octets));
  }

  /** Whether a part of a reply has come, and its end has not. */
  get pending(): boolean {
    return this.#texts.length > 0 || this.#reader.held > 0;
  }

  /** Reads on, to the end of a reply at most; returns the index reached. */
  step(chunk: Uint8Array, from: number, end: number): number {
    this.reply = undefined;
    if (this.fault !== undefined) return end;
    if (!this.pending && from < end) {
      const behind = this.#short.step(chunk, from, end);
      if (behind > from) {
        this.reply = this.#short.reply;
        return behind;
      }
    }
    return this.#long(chunk, from, end);
  }

  #long(chunk: Uint8Array, from: number, end: number): number {
    let at = from;
    while (at < end && this.reply === undefined && this.fault === undefined) {
      const before = this.#reader.held;
      const start = at;
      const left = this.#octets - this.#used;
      this.#reader.limit = Math.min(this.#lineOctets, left);
      at = this.#reader.step(chunk, at, end);
      const { fault, line } = this.#reader;
      if (fault !== undefined)
        this.fault = fault.code === "line-too-long" && left <= this.#lineOctets ? TOO_LONG : { ...fault, fatal: true };
      else if (line !== undefined) {
        this.#used += before + at - start;
        this.#take(line);
      }
    }
    return this.fault === undefined ? at : end;
  }

  #take(line: Uint8Array): void {
    const read = readReplyLine(line);
    const texts = this.#texts;
    if (read === undefined || (texts.length > 0 && read.code !== this.#code)) this.fault = MALFORMED;
    else if (texts.length === this.#most) this.fault = TOO_LONG;
    else {
      this.#code = read.code;
      texts.push(new Uint8Array(read.octets)); // the chunk is the caller's, when it has been read
      if (!read.last) return;
      this.reply = joinReply(read.code, texts);
      this.#used = 0;
    }
    this.#texts = [];
  }
}
