/**
 * Replies that leave in one write (RFC 2920 §3.1), in one piece. What is said to a group of commands is mostly what was said
 * to one before, MAIL, RCPT, DATA; so groups are kept as a tree, in which each reply leads from what was said so far to what is
 * said with it. To follow it costs a comparison, where joining the texts of a group costs 150 octets of garbage and more.
 */
import type { Reply } from "@posthorn/contract";

/** Longer groups are seldom alike. */
const OCTETS = 4096;
/** So many are kept; then the tree grows anew, from those that are said now. */
const GROUPS = 256;

/** What was said so far. The first of a tree is that nothing was. */
export class Group {
  readonly text: string;
  /** The first of its tree. */
  readonly root: Group;
  /** How it went on first, which is how it mostly does. */
  #said: Reply | undefined = undefined;
  #next: Group | undefined = undefined;
  #others: Map<Reply, Group> | undefined = undefined;
  /** Of the first: groups in its tree. */
  #grown = 0;

  constructor(text = "", root?: Group) {
    this.text = text;
    this.root = root ?? this;
  }

  /** The group with one reply more, where it was said before. */
  after(said: Reply): Group | undefined {
    return said === this.#said ? this.#next : this.#others?.get(said);
  }

  /** Keeps the group with one reply more, of which the text is given; `undefined` where it is too long. */
  grow(said: Reply, text: string): Group | undefined {
    if (this.text.length + text.length > OCTETS) return undefined;
    this.root.#count();
    const group = new Group(this.text + text, this.root);
    if (this.#said === undefined) {
      this.#said = said;
      this.#next = group;
    } else {
      this.#others ??= new Map();
      this.#others.set(said, group);
    }
    return group;
  }

  #count(): void {
    this.#grown += 1;
    if (this.#grown <= GROUPS) return;
    this.#grown = 1;
    this.#said = undefined;
    this.#next = undefined;
    this.#others = undefined;
  }
}
