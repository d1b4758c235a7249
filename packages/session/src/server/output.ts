/**
 * What is to be sent. The octets of a reply are kept, for each set of extensions that amend it (`said.ts`); all that a pump says leaves in one piece.
 */
import { LocalProtocolError, type Reply } from "@posthorn/contract";
import { encodeReply } from "@posthorn/wire";
import type { Dialogue } from "./dialogue.ts";

/** A challenge may be as long as a line of AUTH (RFC 4954 §4). */
const CHALLENGE_LINE = 12_288;
/** Any other line of a reply (RFC 5321 §4.5.3.1.5). */
const REPLY_LINE = 512;

const isAscii = (octets: Uint8Array): boolean => octets.every((octet) => octet < 128);

/** The output of a session. */
export class Output {
  readonly #dialogue: Dialogue;
  #first: Uint8Array | undefined = undefined;
  /** All pieces, once there is more than one. */
  #pieces: Uint8Array[] | undefined = undefined;

  constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue;
  }

  /**
   * The octets of a reply. 3yz is never amended, nor what is said `plain` (greeting, hello).
   * @throws LocalProtocolError where it cannot be written, or is longer than a reply line.
   */
  encode(said: Reply, plain: boolean): Uint8Array {
    const { offers, setting } = this.#dialogue;
    const intermediate = said.code >= 300 && said.code < 400;
    const cache = plain || intermediate ? setting.table.plain : offers.replies;
    return cache.get(said) ?? this.#encode(said, plain || intermediate, intermediate ? CHALLENGE_LINE : REPLY_LINE);
  }

  /** Adds octets. */
  write(octets: Uint8Array): void {
    if (this.#first === undefined) this.#first = octets;
    else if (this.#pieces === undefined) this.#pieces = [this.#first, octets];
    else this.#pieces.push(octets);
  }

  /** Everything that is to be sent, or `undefined`. */
  take(): Uint8Array | undefined {
    const first = this.#first;
    const pieces = this.#pieces;
    this.#first = undefined;
    if (pieces === undefined) return first;
    this.#pieces = undefined;
    return this.#dialogue.setting.table.groups.join(pieces);
  }

  #encode(said: Reply, bare: boolean, maxOctets: number): Uint8Array {
    const { offers, setting, utf8 } = this.#dialogue;
    const unsaid: Reply = said.status === undefined ? said : { code: said.code, lines: said.lines };
    const wire = bare ? unsaid : offers.amenders.reduce((reply, amender) => amender.amend(reply, said), unsaid);
    if (wire.code !== said.code)
      throw new LocalProtocolError("amended-code", "an extension changed the code of a reply");
    const octets = encodeReply(wire, { utf8, status: true, maxOctets });
    // What is UTF-8 may be said in this transaction only (RFC 6531 §3.7.4).
    if (!utf8 || isAscii(octets)) (bare ? setting.table.plain : offers.replies).note(said, octets);
    return octets;
  }
}
