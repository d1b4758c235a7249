/**
 * What is to be sent. A reply is encoded once for each set of extensions that amend it, and its octets are kept as long
 * as the reply object lives; all that a pump says leaves in one piece.
 */
import { LocalProtocolError, type Reply } from "@posthorn/contract";
import { encodeReply } from "@posthorn/wire";
import { joined } from "../joined.ts";
import type { Amender, ServerTable } from "./server-table.ts";

/** A challenge may be as long as a line of AUTH (RFC 4954 §4). */
const CHALLENGE_LINE = 12_288;
/** Any other line of a reply (RFC 5321 §4.5.3.1.5). */
const REPLY_LINE = 512;

/** The output of a session. */
export class Output {
  /** Whether replies may be UTF-8 (RFC 6531 §3.7.4). */
  utf8 = false;
  readonly #table: ServerTable;
  readonly #plain: WeakMap<Reply, Uint8Array>;
  #amended: WeakMap<Reply, Uint8Array>;
  #amenders: readonly Amender[] = [];
  #pieces: Uint8Array[] = [];

  constructor(table: ServerTable) {
    this.#table = table;
    this.#plain = this.#cache("");
    this.#amended = this.#plain;
  }

  /** Says which extensions amend from now on. */
  amendBy(offered: (owner: number) => boolean): void {
    this.#amenders = this.#table.amenders.filter(({ owner }) => offered(owner));
    this.#amended = this.#cache(this.#amenders.map(({ owner }) => owner).join());
  }

  /**
   * The octets of a reply. 3yz is never amended, nor what is said `plain` (greeting, hello).
   * @throws LocalProtocolError where it cannot be written, or is longer than a reply line.
   */
  encode(said: Reply, plain: boolean): Uint8Array {
    const intermediate = Math.trunc(said.code / 100) === 3;
    const bare = plain || intermediate;
    const cache = bare ? this.#plain : this.#amended;
    const known = cache.get(said);
    if (known !== undefined) return known;
    const unsaid: Reply = said.status === undefined ? said : { code: said.code, lines: said.lines };
    const wire = bare ? unsaid : this.#amenders.reduce((reply, amender) => amender.amend(reply, said), unsaid);
    if (wire.code !== said.code)
      throw new LocalProtocolError("amended-code", "an extension changed the code of a reply");
    const maxOctets = intermediate ? CHALLENGE_LINE : REPLY_LINE;
    const octets = encodeReply(wire, { utf8: this.utf8, status: true, maxOctets });
    if (!this.utf8) cache.set(said, octets);
    return octets;
  }

  /** Adds octets. */
  write(octets: Uint8Array): void {
    this.#pieces.push(octets);
  }

  /** Everything that is to be sent, or `undefined`. */
  take(): Uint8Array | undefined {
    const pieces = this.#pieces;
    if (pieces.length > 0) this.#pieces = [];
    return joined(pieces);
  }

  #cache(key: string): WeakMap<Reply, Uint8Array> {
    const { caches } = this.#table;
    const found = caches.get(key);
    if (found !== undefined) return found;
    const made = new WeakMap<Reply, Uint8Array>();
    caches.set(key, made);
    return made;
  }
}
