/**
 * Parameters of a plan: the caller's values first, then what extensions add, in the order of the tuple; then what the
 * server does not offer is left out or is a reason to refuse, as each parameter says.
 */
import type { Claim, ParameterTable } from "../parameters.ts";
import { claimOf } from "../parameters.ts";
import type { PlanNote } from "./events.ts";
import type { Link } from "./link.ts";

/** Parameters by keyword. */
export type Values = Readonly<Record<string, unknown>>;

/** What an extension adds. */
export interface Added {
  readonly keyword: string;
  readonly values: Values;
}

/** What the planner knows while it collects parameters of one command. */
export class Parameters {
  readonly table: ParameterTable;
  readonly #link: Link;
  readonly #notes: PlanNote[];
  readonly #recipient: number | undefined;

  constructor(link: Link, slot: "mail" | "rcpt", notes: PlanNote[], recipient?: number) {
    this.table = link.composition[slot];
    this.#link = link;
    this.#notes = notes;
    this.#recipient = recipient;
  }

  offered(owner: number): boolean {
    return this.#link.capabilities.has(owner);
  }

  /** The keyword of the extension at a place. */
  keyword(owner: number): string {
    return this.#link.composition.specs[owner]?.keyword ?? "";
  }

  note(kind: PlanNote["kind"], text: string): void {
    const recipient = this.#recipient;
    this.#notes.push(recipient === undefined ? { kind, text } : { kind, text, recipient });
  }
}

/** The parameters to send, or why the command cannot be. */
export type Collected = { readonly params: Values } | { readonly refuse: string };

const merge = (given: Values, added: readonly Added[], context: Parameters): Map<string, unknown> => {
  const merged = new Map<string, unknown>();
  for (const name of Object.keys(given)) if (given[name] !== undefined) merged.set(name, given[name]);
  // Who added what.
  const by = new Map<string, string>();
  for (const { keyword, values } of added) {
    for (const name of Object.keys(values)) {
      const value = values[name];
      const first = by.get(name);
      if (first !== undefined && merged.get(name) !== value)
        context.note("note", `${name}: ${keyword} has another value for it; that of ${first} stays`);
      if (value === undefined || merged.has(name)) continue;
      merged.set(name, value);
      by.set(name, keyword);
      context.note("added", `${name}, by ${keyword}`);
    }
  }
  return merged;
};

const refusal = (name: string, claim: Claim | undefined, context: Parameters): string =>
  claim === undefined
    ? `no composed extension has the parameter ${name}`
    : `the server does not offer ${context.keyword(claim.owner)}, which the parameter ${name} needs`;

/** Puts a parameter among those to send, or leaves it out; returns why the command cannot be sent, if it cannot. */
const put = (
  params: Record<string, unknown>,
  name: string,
  value: unknown,
  context: Parameters,
): string | undefined => {
  const claims = context.table.get(name);
  const claim = claims === undefined ? undefined : claimOf(claims, value);
  if (claim === undefined) return refusal(name, claim, context);
  if (context.offered(claim.owner)) params[name] = value; // a name that the table has, so that it is a keyword
  else if (claim.param.unoffered === "omit")
    context.note("omitted", `${name}: the server does not offer ${context.keyword(claim.owner)}`);
  else return refusal(name, claim, context);
  return undefined;
};

/** What one extension adds where nobody else says anything: SIZE, nearly always. */
const collectOne = ({ keyword, values }: Added, context: Parameters): Collected => {
  const params: Record<string, unknown> = {};
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (value === undefined) continue;
    context.note("added", `${name}, by ${keyword}`);
    const refuse = put(params, name, value, context);
    if (refuse !== undefined) return { refuse };
  }
  return { params };
};

/** Collects the parameters of one command; `given` is left out where the caller said none. */
export const collect = (given: Values | undefined, added: readonly Added[], context: Parameters): Collected => {
  const [first] = added;
  if (given === undefined && first !== undefined && added.length === 1) return collectOne(first, context);
  const params: Record<string, unknown> = {};
  for (const [name, value] of merge(given ?? {}, added, context)) {
    const refuse = put(params, name, value, context);
    if (refuse !== undefined) return { refuse };
  }
  return { params };
};
