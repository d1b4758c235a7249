/**
 * What is to be sent, as text. The text of a reply is kept, for each set of extensions that amend it (`said.ts`); all
 * that a pump says leaves in one piece.
 */
import { LocalProtocolError, type Reply } from "@posthorn/contract";
import { isAscii, writeReply } from "@posthorn/wire";
import type { Dialogue } from "./dialogue.ts";

/** A challenge may be as long as a line of AUTH (RFC 4954 §4). */
const CHALLENGE_LINE = 12_288;
/** Any other line of a reply (RFC 5321 §4.5.3.1.5). */
const REPLY_LINE = 512;

/** The output of a session. */
export class Output {
  readonly #dialogue: Dialogue;
  #first: string | undefined = undefined;
  /** All pieces, once there is more than one. */
  #pieces: string[] | undefined = undefined;

  constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue;
  }

  /**
   * The text of a reply. 3yz is never amended, nor what is said `plain` (greeting, hello).
   * @throws LocalProtocolError where it cannot be written, or is longer than a reply line.
   */
  encode(said: Reply, plain: boolean): string {
    const { offers, setting } = this.#dialogue;
    const intermediate = said.code >= 300 && said.code < 400;
    const cache = plain || intermediate ? setting.table.plain : offers.replies;
    return cache.get(said) ?? this.#encode(said, plain || intermediate, intermediate ? CHALLENGE_LINE : REPLY_LINE);
  }

  /** Adds text. */
  write(text: string): void {
    if (this.#first === undefined) this.#first = text;
    else if (this.#pieces === undefined) this.#pieces = [this.#first, text];
    else this.#pieces.push(text);
  }

  /** Whether there is anything to be sent. */
  get some(): boolean {
    return this.#first !== undefined;
  }

  /** Everything that is to be sent, or `undefined`. */
  take(): string | undefined {
    const first = this.#first;
    const pieces = this.#pieces;
    this.#first = undefined;
    if (pieces === undefined) return first;
    this.#pieces = undefined;
    return this.#dialogue.setting.table.groups.join(pieces);
  }

  #encode(said: Reply, bare: boolean, maxOctets: number): string {
    const { offers, setting, utf8 } = this.#dialogue;
    let wire: Reply = said.status === undefined ? said : { code: said.code, lines: said.lines };
    if (!bare) for (const amender of offers.amenders) wire = amender.amend(wire, said);
    if (wire.code !== said.code)
      throw new LocalProtocolError("amended-code", "an extension changed the code of a reply");
    const text = writeReply(wire, { utf8, status: true, maxOctets });
    // What is UTF-8 may be said in this transaction only (RFC 6531 §3.7.4).
    if (!utf8 || isAscii(text)) (bare ? setting.table.plain : offers.replies).note(said, text);
    return text;
  }
}
