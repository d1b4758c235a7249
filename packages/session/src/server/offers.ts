/**
 * What stands in an EHLO reply: a set of extensions, by their places. There is one object for each set, which all sessions of
 * a composition share, so that a session holds no set of its own and its replies are encoded once for all.
 */
import type { AnySpec, Reply } from "@posthorn/contract";
import type { ParameterTable } from "../parameters.ts";
import { Said } from "./said.ts";

/** An extension that changes replies, by its place. */
export interface Amender {
  readonly owner: number;
  amend(wire: Reply, said: Reply): Reply;
}

/** What sets are made of. */
export interface Offerable {
  readonly specs: readonly AnySpec[];
  readonly amenders: readonly Amender[];
  readonly parameters: readonly ParameterTable[];
}

/** A set of extensions that are offered. */
export class Offers {
  /** Keywords, in the order of the tuple. */
  readonly keywords: readonly string[];
  /** Who changes the replies of now, in the order of the tuple. */
  readonly amenders: readonly Amender[];
  /** Replies that these have changed. */
  readonly replies: Said;
  /** Whether every parameter of the composition belongs to one of the set: then none needs to be looked for. */
  readonly allParameters: boolean;
  readonly #from: Offerable;
  readonly #has: readonly boolean[];
  readonly #larger: (Offers | undefined)[] = [];

  constructor(from: Offerable, has: readonly boolean[], replies: Said) {
    this.#from = from;
    this.#has = has;
    this.replies = replies;
    this.keywords = from.specs.flatMap(({ keyword }, owner) => (has[owner] === true ? [keyword] : []));
    this.amenders = from.amenders.filter(({ owner }) => has[owner]);
    this.allParameters = from.parameters.every((table) =>
      [...table.values()].every((claims) => claims.every(({ owner }) => has[owner])),
    );
  }

  /** Whether the extension at this place is one of the set. */
  has(owner: number): boolean {
    return this.#has[owner] === true;
  }

  /** The set with one extension more: the same one for whoever asks. There are as many as the extensions make offers. */
  with(owner: number): Offers {
    const known = this.#larger[owner];
    if (known !== undefined) return known;
    const has = this.#from.specs.map((_, place) => place === owner || this.has(place));
    const amends = this.#from.amenders.some((amender) => amender.owner === owner);
    const larger = new Offers(this.#from, has, amends ? new Said() : this.replies);
    this.#larger[owner] = larger;
    return larger;
  }
}
