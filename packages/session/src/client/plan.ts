/**
 * The plan of a message for this server: pure, made before anything is sent. Extensions are asked in the order of the
 * tuple, also those that the server does not offer, because the reasons live there. What cannot be sent is refused here,
 * for one recipient or for all; nothing is repaired.
 */
import {
  ASCII,
  type ForwardPath,
  type Grammar,
  type Message,
  type Prepared,
  type ReversePath,
  UTF8,
} from "@posthorn/contract";
import { isAscii } from "@posthorn/wire";
import { widens } from "../envelope.ts";
import type { Plan, PlanNote, PlannedTransaction } from "./events.ts";
import type { Link } from "./link.ts";
import { noteContent, type Route, routeOf, uncarried } from "./plan-content.ts";
import { notWritten, type Refusal, writeMail, writeRcpt, type WrittenRcpt } from "./plan-lines.ts";
import { type Added, collect, Parameters, type Values } from "./plan-parameters.ts";

interface Asked {
  readonly keyword: string;
  readonly prepared: Prepared<Values, Values>;
}

interface Whole {
  readonly mail: PlannedTransaction["mail"];
  readonly grammar: Grammar;
  readonly route: Route;
}

const NONE: readonly Added[] = [];

const ask = (link: Link, message: Message): readonly Asked[] => {
  const asked: Asked[] = [];
  for (const { place, keyword, client, capability } of link.planning) {
    const prepared = client.prepare?.(message, capability, link, link.state(place));
    if (prepared !== undefined) asked.push({ keyword, prepared });
  }
  return asked;
};

const isPlain = (path: ReversePath): boolean => path === null || (isAscii(path.local) && isAscii(path.domain));

const isWritten = (recipient: WrittenRcpt | undefined): recipient is WrittenRcpt => recipient !== undefined;

const NOT_ASCII = "is not ASCII, and nothing that the server offers and the message asks for allows that";

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
    const { mail, grammar, route } = whole;
    const tried = this.#message.to.map((to, index) => this.#recipient(to, index, grammar));
    const recipients = tried.every(isWritten) ? tried : tried.filter(isWritten);
    const split = this.#split();
    if (recipients.length > split && this.#message.reopenable !== true)
      return this.#none(`the server takes ${split} recipients at a time, and the content cannot be opened twice`);
    if (recipients.length > 0) noteContent(this.#message.facts, route.verb, this.notes);
    if (recipients.length > 0 && recipients.length <= split) return [{ mail, recipients, transfer: route.verb }];
    const transactions: PlannedTransaction[] = [];
    for (let at = 0; at < recipients.length; at += split)
      transactions.push({ mail, recipients: recipients.slice(at, at + split), transfer: route.verb });
    return transactions;
  }

  /** The most recipients in one transaction. */
  #split(): number {
    let split = Infinity;
    for (const { prepared } of this.#asked)
      if (prepared.split !== undefined) split = Math.min(split, Math.max(1, Math.trunc(prepared.split)));
    return split;
  }

  /** All recipients that have no reason yet are refused. */
  #none(reason: string): readonly PlannedTransaction[] {
    const known = new Set(this.refused.map(({ index }) => index));
    for (const index of this.#message.to.keys()) if (!known.has(index)) this.refused.push({ index, reason });
    return [];
  }

  /** What concerns the message as a whole: MAIL and the way of the content. */
  #whole(): Refusal | Whole {
    const { from, params, facts } = this.#message;
    for (const { keyword, prepared } of this.#asked)
      if (prepared.refuse !== undefined) return { refuse: `${keyword}: ${prepared.refuse}` };
    const unfit = uncarried(facts, this.#asked);
    if (unfit !== undefined) return { refuse: unfit };
    const route = this.#route();
    if ("refuse" in route) return route;
    const added: Added[] = [];
    for (const { keyword, prepared } of this.#asked)
      if (prepared.mail !== undefined) added.push({ keyword, values: prepared.mail });
    const collected = collect(params && { ...params }, added, new Parameters(this.#link, "mail", this.notes));
    if ("refuse" in collected) return collected;
    const grammar = widens(collected.params, this.#link.composition.mail) ? UTF8 : ASCII;
    try {
      return { mail: writeMail(this.#link, from, collected.params, grammar), grammar, route };
    } catch (error) {
      const refuse = notWritten("MAIL", error);
      return { refuse: grammar.utf8 || isPlain(from) ? refuse : `the reverse-path ${NOT_ASCII}` };
    }
  }

  #route(): Route | Refusal {
    let verb: string | undefined;
    for (const { prepared } of this.#asked) {
      if (prepared.transfer === undefined || prepared.transfer === verb) continue;
      if (verb !== undefined) return this.#contested();
      verb = prepared.transfer;
    }
    return (
      routeOf(this.#link.planning, this.#message.facts, verb) ?? {
        refuse: `the content must go by ${verb}, which the server does not offer`,
      }
    );
  }

  #contested(): Refusal {
    const named = this.#asked.flatMap(({ prepared }) => (prepared.transfer === undefined ? [] : [prepared.transfer]));
    return { refuse: `the content would have to go by ${[...new Set(named)].join(" and by ")} at once` };
  }

  /** A recipient, written; or refused, and `undefined`. */
  #recipient(to: Message["to"][number], index: number, grammar: Grammar): WrittenRcpt | undefined {
    const recipient = this.#written(to, index, grammar);
    if (!("refuse" in recipient)) return recipient;
    this.refused.push({ index, reason: recipient.refuse });
    return undefined;
  }

  #written({ path, params }: Message["to"][number], index: number, grammar: Grammar): WrittenRcpt | Refusal {
    const added = this.#added(path, index);
    if ("refuse" in added) return added;
    const collected =
      params === undefined && added.length === 0
        ? { params: {} } // nearly always
        : collect(params && { ...params }, added, new Parameters(this.#link, "rcpt", this.notes, index));
    if ("refuse" in collected) return collected;
    try {
      return writeRcpt(this.#link, path, collected.params, grammar, index);
    } catch (error) {
      const refuse = notWritten("RCPT", error);
      return { refuse: grammar.utf8 || isPlain(path) ? refuse : `the forward-path ${NOT_ASCII}` };
    }
  }

  #added(path: ForwardPath, index: number): readonly Added[] | Refusal {
    let added: Added[] | undefined;
    for (const { keyword, prepared } of this.#asked) {
      const given = prepared.rcpt?.(path, index);
      if (given === undefined) continue;
      if (typeof given["refuse"] === "string") return { refuse: `${keyword}: ${given["refuse"]}` };
      (added ??= []).push({ keyword, values: given });
    }
    return added ?? NONE;
  }
}

/** Plans a message for the server that this link has said hello to. Pure. */
export const planMessage = (link: Link, message: Message): Plan => {
  const planner = new Planner(link, message);
  const transactions = planner.plan();
  const refused = planner.refused.length < 2 ? planner.refused : planner.refused.toSorted((a, b) => a.index - b.index);
  return { message, transactions, refused, notes: planner.notes };
};
