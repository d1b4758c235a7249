/**
 * The client's side of the dialogue as it stands: phase, hello, offer, transaction, memory of extensions, what is
 * unanswered and what waits to be sent. A move happens when its reply comes, in the phase that is then true; a command
 * that was sent in hope and turned out illegal moves nothing, and if it is answered 2yz nobody knows where the server
 * is (`uncertain`), until RSET is answered 2yz.
 */
import {
  type AnyVerb,
  type Envelope,
  type Grammar,
  LocalProtocolError,
  type Move,
  type Phase,
  type ReceivedReply,
  type Reply,
  type Scope,
  type Tls,
  type View,
} from "@posthorn/contract";
import { escape } from "@posthorn/wire";
import type { Composition } from "../compose.ts";
import { Memory } from "../memory.ts";
import { isLegal, moveOf, phaseAfter } from "../phases.ts";
import { type Answer, Flight, movesOf, type Sent } from "./flight.ts";
import { commandLine, type Line } from "./line.ts";
import {
  envelopeLine,
  type Offer,
  type Planning,
  readCapabilities,
  readOffer,
  readPlanning,
  windowOf,
} from "./offer.ts";
import { Output } from "./output.ts";

/** The dialogue's state; the only place where it is written. */
export class Link implements View {
  readonly composition: Composition;
  readonly protocol: "smtp" | "lmtp";
  /** The rows that every transaction has. */
  readonly rows: { readonly mail: AnyVerb; readonly rcpt: AnyVerb };
  readonly flight: Flight = new Flight();
  readonly output: Output = new Output();
  phase: Phase = "connected";
  tls: Tls | undefined;
  utf8 = false;
  hello: { readonly verb: string; readonly domain: string } | undefined = undefined;
  mail: Envelope | undefined = undefined;
  recipients = 0;
  octets = 0;
  transactions = 0;
  /** Everything that the EHLO reply in force offers. */
  offer: Offer = new Map();
  /** The longest line of MAIL, and of RCPT, with the parameters that are offered. */
  mailLine = 512;
  rcptLine = 512;
  /** What it offers of the composed extensions, by place; a new object with each hello. */
  capabilities: ReadonlyMap<number, unknown> = new Map();
  /** Who plans messages. */
  planning: readonly Planning[] = [];
  greeting: ReceivedReply | undefined = undefined;
  helloReply: ReceivedReply | undefined = undefined;
  /** Whether the server answered something 2yz that could not succeed: only RSET helps. */
  uncertain = false;
  /** Whether the connection was made secure while it stood: once only. */
  upgraded = false;
  readonly #failures: Map<string, number> = new Map();
  readonly #memory: Memory;

  constructor(composition: Composition, tls: Tls | undefined) {
    this.composition = composition;
    this.protocol = composition.protocol;
    this.tls = tls;
    this.rows = { mail: this.row("MAIL"), rcpt: this.row("RCPT") };
    this.#memory = new Memory(composition.specs);
  }

  /** The row of a verb. @throws LocalProtocolError `unknown-verb`. */
  row(name: string): AnyVerb {
    const row = this.composition.row(name)?.verb;
    if (row === undefined) throw new LocalProtocolError("unknown-verb", `the composition has no verb ${name}`);
    return row;
  }

  failures(verb: string): number {
    return this.#failures.get(verb) ?? 0;
  }

  /** On the client nobody publishes facts. */
  fact(): unknown {
    return undefined;
  }

  offered(keyword: string): boolean {
    return this.offer.has(keyword);
  }

  /** The memory of the extension at this place. */
  state(place: number): unknown {
    return this.#memory.states[place];
  }

  /** Whether a command may leave now. */
  admits(row: AnyVerb): boolean {
    return this.flight.admits(row, this.phase, this.hello !== undefined);
  }

  /** Sends a command line that is already encoded, with the octets that follow it at once. */
  send(row: AnyVerb, args: unknown, line: Line, tag: number, behind?: readonly Uint8Array[]): Sent {
    this.output.push(line);
    if (behind !== undefined) for (const piece of behind) this.output.push(piece);
    return this.flight.add(row, args, tag, row.intake?.opens === "with-command");
  }

  /** Waits for the reply to octets that followed a 3yz; `legal` says whether that 3yz had come in the right phase. */
  expect(row: AnyVerb, args: unknown, legal: boolean): Sent {
    return this.flight.add(row, args, 0, true, legal);
  }

  /**
   * What a reply does. `undefined`: its class is none that the row has, a protocol error.
   * Several replies to one command (RFC 2033 §4.2) are one move, by the last.
   */
  settle(sent: Sent, reply: ReceivedReply): Answer | undefined {
    const cls = Math.trunc(reply.code / 100);
    const moves = movesOf(sent);
    if (cls !== 2 && cls !== 3 && cls !== 4 && cls !== 5) return undefined;
    if (moves[cls] === undefined) return undefined;
    const legal = this.expectation(sent);
    sent.got += 1;
    const final = cls === 3 || sent.got === sent.wants;
    const index = sent.got - 1;
    if (!final) return { reply, legal, index, final, upgrade: false };
    this.flight.shift();
    if (cls >= 4) this.#failures.set(sent.row.name, this.failures(sent.row.name) + 1);
    const move = moveOf(moves, reply, sent.args);
    const upgrade = legal && move?.upgrade !== undefined;
    if (!legal) {
      if (cls === 2) this.uncertain = true;
    } else if (move !== undefined && move.upgrade === undefined) {
      this.#move(move);
      if (cls === 2) this.#succeeded(sent, reply);
    }
    return { reply, legal, index, final, upgrade };
  }

  /** The connection is secure: everything is forgotten, and there is no hello (RFC 3207 §4.2). */
  secure(tls: Tls): void {
    this.#forget("security");
    this.tls = tls;
    this.upgraded = true;
    this.phase = "connected";
  }

  /** @throws LocalProtocolError what the codec or the line refuses. */
  encode(row: AnyVerb, args: unknown, grammar: Grammar, maxOctets?: number): Line {
    return commandLine(row.name, row.args.encode(args, grammar), grammar, row.line ?? maxOctets);
  }

  /** @throws LocalProtocolError `not-now`, where the table does not have this command here, or the connection has had its one upgrade. */
  require(row: AnyVerb): void {
    const move = row.on[2];
    if (move?.upgrade !== undefined && this.tls !== undefined)
      throw new LocalProtocolError("already-secure", `${row.name}: the connection is secure already`, "RFC 3207 §4.2");
    if (!this.admits(row))
      throw new LocalProtocolError(
        "not-now",
        `${row.name} is not possible in the phase ${this.phase}`,
        "RFC 5321 §4.1.4",
      );
  }

  /** Settles, when its first reply comes, whether a command was legal and how many replies it gets; returns the former. */
  expectation(sent: Sent): boolean {
    const legal = (sent.legal ??= isLegal(sent.row, this.phase));
    if (sent.wants > 0) return legal;
    const { intake } = sent.row;
    const each = this.protocol === "lmtp" && legal && sent.octets && intake?.answers === "recipients";
    sent.wants = each && intake.last(sent.args) ? Math.max(1, this.recipients) : 1;
    return legal;
  }

  #move(move: Exclude<Move, { readonly upgrade: "tls" }>): void {
    if (move.forgets !== undefined) this.#forget(move.forgets);
    this.phase = phaseAfter(move, this.phase, this.hello !== undefined);
  }

  #forget(scope: Scope): void {
    this.mail = undefined;
    this.recipients = 0;
    this.octets = 0;
    this.utf8 = false;
    if (scope !== "transaction") {
      this.hello = undefined;
      this.#offers(new Map());
    }
    this.#memory.forget(scope);
  }

  #offers(offer: Offer): void {
    this.offer = offer;
    this.capabilities = readCapabilities(this.composition, offer);
    this.planning = readPlanning(this.composition, this.capabilities);
    this.flight.window = windowOf(this.composition, this.capabilities);
    this.mailLine = envelopeLine(this.composition, "mail", this.capabilities);
    this.rcptLine = envelopeLine(this.composition, "rcpt", this.capabilities);
  }

  #succeeded({ row, args }: Sent, reply: ReceivedReply): void {
    switch (row.name) {
      case "RCPT":
        this.recipients += 1;
        break;
      case "RSET":
        this.uncertain = false;
        break;
      case "EHLO":
      case "LHLO":
      case "HELO":
        this.helloReply = reply;
        this.hello = { verb: row.name, domain: row.args.encode(args, { utf8: false }) ?? "" };
        if (row.name !== "HELO") this.#offers(readOffer(reply));
        break;
      default: // nothing but its move
    }
  }

  /** MAIL was accepted: there is a transaction. */
  begin(mail: Envelope, utf8: boolean): void {
    this.mail = mail;
    this.utf8 = utf8;
    this.transactions += 1;
  }
}

/** A reply for the end of a sentence: its code and first line, with nothing in it that a terminal or a log would obey (security.md C9). */
export const quote = ({ code, lines: [first] }: Reply): string =>
  first === undefined ? `${code}` : `${code} ${escape(first)}`;
