/**
 * The plan of a message for this server: pure, made before anything is sent. Extensions are asked in the order of the
 * tuple, also those that the server does not offer, because the reasons live there. What cannot be sent is refused here,
 * for one recipient or for all; nothing is repaired.
 */
import {
  ASCII,
  type ForwardPath,
  type Grammar,
  LocalProtocolError,
  type Message,
  type Prepared,
  type ReversePath,
  UTF8,
} from "@posthorn/contract";
import { isAscii } from "@posthorn/wire";
import { notOffered, widens } from "../envelope.ts";
import type { Plan, PlanNote, PlannedTransaction } from "./events.ts";
import type { Link } from "./link.ts";
import { envelopeLine } from "./offer.ts";
import { contentNotes, type Route, routeOf, uncarried } from "./plan-content.ts";
import { type Added, collect, type Parameters } from "./plan-parameters.ts";

interface Asked {
  readonly keyword: string;
  readonly prepared: Prepared<object, object>;
}

type Recipients = PlannedTransaction["recipients"];

const ask = (link: Link, message: Message): readonly Asked[] =>
  link.composition.specs.flatMap(({ keyword, client }, place) => {
    const prepared = client?.prepare?.(message, link.capabilities.get(place), link, link.state(place));
    return prepared === undefined ? [] : [{ keyword, prepared }];
  });

const isPlain = (path: ReversePath): boolean => path === null || isAscii(path.local + path.domain);

/** The line of MAIL or RCPT, or why there is none (security.md C1). */
const lineOf = (
  link: Link,
  name: "MAIL" | "RCPT",
  args: object,
  grammar: Grammar,
): Uint8Array | { readonly refuse: string } => {
  const row = link.composition.row(name)?.verb;
  if (row === undefined) return { refuse: `no row for ${name}` };
  try {
    return link.encode(
      row,
      args,
      grammar,
      envelopeLine(link.composition, name === "MAIL" ? "mail" : "rcpt", link.capabilities),
    );
  } catch (error) {
    if (error instanceof LocalProtocolError) return { refuse: `${name} cannot be written: ${error.message}` };
    throw error;
  }
};

/** Makes one plan. */
class Planner {
  readonly notes: PlanNote[] = [];
  readonly refused: { readonly index: number; readonly reason: string }[] = [];
  readonly #link: Link;
  readonly #message: Message;
  readonly #asked: readonly Asked[];

  constructor(link: Link, message: Message) {
    this.#link = link;
    this.#message = message;
    this.#asked = ask(link, message);
  }

  plan(): readonly PlannedTransaction[] {
    for (const { keyword, prepared } of this.#asked)
      if (prepared.note !== undefined) this.notes.push({ kind: "note", text: `${keyword}: ${prepared.note}` });
    const whole = this.#whole();
    if ("refuse" in whole) return this.#none(whole.refuse);
    const recipients = this.#message.to.flatMap((_, index) => this.#recipient(index, whole.grammar));
    const { split } = this;
    if (recipients.length > split && this.#message.reopenable !== true)
      return this.#none(`the server takes ${split} recipients at a time, and the content cannot be opened twice`);
    if (recipients.length > 0) this.notes.push(...contentNotes(this.#message.facts, whole.route.verb));
    const transactions: PlannedTransaction[] = [];
    for (let at = 0; at < recipients.length; at += split)
      transactions.push({ mail: whole.mail, recipients: recipients.slice(at, at + split), transfer: whole.route.verb });
    return transactions;
  }

  /** The most recipients in one transaction. */
  get split(): number {
    const splits = this.#asked.map(({ prepared }) => Math.max(1, Math.trunc(prepared.split ?? Infinity)));
    return Math.min(Infinity, ...splits);
  }

  /** All recipients that have no reason yet are refused. */
  #none(reason: string): readonly PlannedTransaction[] {
    const known = new Set(this.refused.map(({ index }) => index));
    for (const index of this.#message.to.keys()) if (!known.has(index)) this.refused.push({ index, reason });
    return [];
  }

  /** What concerns the message as a whole: MAIL and the way of the content. */
  #whole():
    | { readonly refuse: string }
    | { readonly mail: PlannedTransaction["mail"]; readonly grammar: Grammar; readonly route: Route } {
    const { from, params, facts } = this.#message;
    for (const { keyword, prepared } of this.#asked)
      if (prepared.refuse !== undefined) return { refuse: `${keyword}: ${prepared.refuse}` };
    const unfit = uncarried(
      facts,
      this.#asked.map(({ prepared }) => prepared),
    );
    if (unfit !== undefined) return { refuse: unfit };
    const route = this.#route();
    if ("refuse" in route) return route;
    const added = this.#asked.map(({ keyword, prepared }) => ({ keyword, values: { ...prepared.mail } }));
    const collected = collect({ ...params }, added, this.#parameters("mail"));
    if ("refuse" in collected) return collected;
    const grammar = widens(collected.params, this.#link.composition.mail) ? UTF8 : ASCII;
    if (!grammar.utf8 && !isPlain(from))
      return {
        refuse:
          "the reverse-path is not ASCII, and nothing that the server offers and the message asks for allows that",
      };
    const mail = { path: from, params: collected.params };
    const line = lineOf(this.#link, "MAIL", mail, grammar);
    return "refuse" in line ? line : { mail, grammar, route };
  }

  #route(): Route | { readonly refuse: string } {
    const named = new Set(
      this.#asked.flatMap(({ prepared }) => (prepared.transfer === undefined ? [] : [prepared.transfer])),
    );
    if (named.size > 1) return { refuse: `the content would have to go by ${[...named].join(" and by ")} at once` };
    const [verb] = named;
    const { composition, capabilities } = this.#link;
    return (
      routeOf(composition, capabilities, this.#message.facts, verb) ?? {
        refuse: `the content must go by ${verb}, which the server does not offer`,
      }
    );
  }

  #recipient(index: number, grammar: Grammar): Recipients {
    const to = this.#message.to[index];
    if (to === undefined) return [];
    const refuse = (reason: string): Recipients => {
      this.refused.push({ index, reason });
      return [];
    };
    const added = this.#added(to.path, index);
    if ("refuse" in added) return refuse(added.refuse);
    const collected = collect({ ...to.params }, added, this.#parameters("rcpt", index));
    if ("refuse" in collected) return refuse(collected.refuse);
    if (!grammar.utf8 && !isPlain(to.path))
      return refuse(
        "the forward-path is not ASCII, and nothing that the server offers and the message asks for allows that",
      );
    const args = { path: to.path, params: collected.params };
    const line = lineOf(this.#link, "RCPT", args, grammar);
    return "refuse" in line ? refuse(line.refuse) : [{ ...args, index }];
  }

  #added(path: ForwardPath, index: number): readonly Added[] | { readonly refuse: string } {
    const added: Added[] = [];
    for (const { keyword, prepared } of this.#asked) {
      const given = prepared.rcpt?.(path, index);
      if (given === undefined) continue;
      const values: Readonly<Record<string, unknown>> = { ...given };
      if (typeof values["refuse"] === "string") return { refuse: `${keyword}: ${values["refuse"]}` };
      added.push({ keyword, values });
    }
    return added;
  }

  #parameters(slot: "mail" | "rcpt", recipient?: number): Parameters {
    const { composition, capabilities } = this.#link;
    return {
      table: composition[slot],
      offered: (owner) => capabilities.has(owner),
      keyword: (owner) => composition.specs[owner]?.keyword ?? "",
      note: (kind, text) => this.notes.push(recipient === undefined ? { kind, text } : { kind, text, recipient }),
    };
  }
}

/** Plans a message for the server that this link has said hello to. Pure. */
export const planMessage = (link: Link, message: Message): Plan => {
  const planner = new Planner(link, message);
  const transactions = planner.plan();
  const refused = planner.refused.toSorted((a, b) => a.index - b.index);
  return { message, transactions, refused, notes: planner.notes };
};

/** The lines of a planned transaction. @throws LocalProtocolError `unencodable`, `not-offered`: the plan was not made here, or not now. */
export const encodeEnvelope = (
  link: Link,
  planned: PlannedTransaction,
): { readonly mail: Uint8Array; readonly rcpts: readonly Uint8Array[] } => {
  const grammar = widens(planned.mail.params, link.composition.mail) ? UTF8 : ASCII;
  const write = (name: "MAIL" | "RCPT", args: { readonly params: object }): Uint8Array => {
    const { composition, capabilities } = link;
    const table = name === "MAIL" ? composition.mail : composition.rcpt;
    const fault = notOffered(args.params, table, (owner) => capabilities.has(owner));
    if (fault !== undefined)
      throw new LocalProtocolError("not-offered", `${name}: ${fault.reply.lines.join(" ")}`, fault.rfc);
    const line = lineOf(link, name, args, grammar);
    if ("refuse" in line) throw new LocalProtocolError("unencodable", line.refuse);
    return line;
  };
  return { mail: write("MAIL", planned.mail), rcpts: planned.recipients.map((recipient) => write("RCPT", recipient)) };
};
