/**
 * What is to be sent, as text. The text of a reply is kept, for each set of extensions that amend it (`said.ts`), and so is
 * that of a group of replies (`groups.ts`); all that a pump says leaves in one piece.
 */
import { LocalProtocolError, type Reply } from "@posthorn/contract";
import { isAscii, writeReply } from "@posthorn/wire";
import type { Dialogue } from "./dialogue.ts";
import type { Group } from "./groups.ts";
import type { Said } from "./said.ts";

/** A challenge may be as long as a line of AUTH (RFC 4954 §4). */
const CHALLENGE_LINE = 12_288;
/** Any other line of a reply (RFC 5321 §4.5.3.1.5). */
const REPLY_LINE = 512;

const isIntermediate = ({ code }: Reply): boolean => code >= 300 && code < 400;

/** The output of a session. */
export class Output {
  readonly #dialogue: Dialogue;
  /** What comes before the group. */
  #before = "";
  #group: Group;

  constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue;
    this.#group = dialogue.offers.replies.groups;
  }

  /**
   * The text of a reply. 3yz is never amended, nor what is said `plain` (greeting, hello).
   * @throws LocalProtocolError where it cannot be written, or is longer than a reply line.
   */
  encode(said: Reply, plain: boolean): string {
    return this.#known(said, plain).get(said) ?? this.#encode(said, plain || isIntermediate(said));
  }

  /**
   * Says a reply.
   * @throws LocalProtocolError as `encode`; then it is not said.
   */
  say(said: Reply, plain: boolean): void {
    const { groups } = this.#dialogue.offers.replies;
    if (this.#group.root !== groups) this.#settle("", groups); // others amend by now
    const group = plain ? undefined : (this.#group.after(said) ?? this.#grown(said));
    if (group === undefined) this.#settle(this.encode(said, plain), groups);
    else this.#group = group;
  }

  /** Whether there is anything to be sent. */
  get some(): boolean {
    return this.#before !== "" || this.#group.text !== "";
  }

  /** Everything that is to be sent, or `undefined`. */
  take(): string | undefined {
    const text = this.#before + this.#group.text;
    this.#before = "";
    this.#group = this.#group.root;
    return text === "" ? undefined : text;
  }

  /** Where the reply is known, if it is. */
  #known(said: Reply, plain: boolean): Said {
    const { offers, setting } = this.#dialogue;
    return plain || isIntermediate(said) ? setting.table.plain : offers.replies;
  }

  /** The group with a reply more that is said again and again. */
  #grown(said: Reply): Group | undefined {
    const text = this.#known(said, false).kept(said);
    return text === undefined ? undefined : this.#group.grow(said, text);
  }

  /** Ends the group, behind which comes text that no group has. */
  #settle(text: string, groups: Group): void {
    this.#before += this.#group.text + text;
    this.#group = groups;
  }

  #encode(said: Reply, bare: boolean): string {
    const { offers, utf8 } = this.#dialogue;
    let wire: Reply = said.status === undefined ? said : { code: said.code, lines: said.lines };
    if (!bare) for (const amender of offers.amenders) wire = amender.amend(wire, said);
    if (wire.code !== said.code)
      throw new LocalProtocolError("amended-code", "an extension changed the code of a reply");
    const maxOctets = isIntermediate(said) ? CHALLENGE_LINE : REPLY_LINE;
    const text = writeReply(wire, { utf8, status: true, maxOctets });
    // What is UTF-8 may be said in this transaction only (RFC 6531 §3.7.4).
    if (!utf8 || isAscii(text)) this.#known(said, bare).note(said, text);
    return text;
  }
}
