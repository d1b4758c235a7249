/**
 * Parameters of a plan: the caller's values first, then what extensions add, in the order of the tuple; then what the
 * server does not offer is left out or is a reason to refuse, as each parameter says.
 */
import type { Claim, ParameterTable } from "../parameters.ts";
import { claimOf } from "../parameters.ts";
import type { PlanNote } from "./events.ts";

/** Parameters by keyword. */
export type Values = Readonly<Record<string, unknown>>;

/** What an extension adds. */
export interface Added {
  readonly keyword: string;
  readonly values: Values;
}

/** What the planner knows while it collects parameters of one command. */
export interface Parameters {
  readonly table: ParameterTable;
  readonly offered: (owner: number) => boolean;
  /** The keyword of the extension at a place. */
  readonly keyword: (owner: number) => string;
  readonly note: (kind: PlanNote["kind"], text: string) => void;
}

/** The parameters to send, or why the command cannot be. */
export type Collected = { readonly params: Values } | { readonly refuse: string };

const merge = (given: Values, added: readonly Added[], { note }: Parameters): Map<string, unknown> => {
  const merged = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) if (value !== undefined) merged.set(name, value);
  if (added.length === 0) return merged;
  const by = new Map<string, string>();
  for (const { keyword, values } of added) {
    for (const [name, value] of Object.entries(values)) {
      const first = by.get(name);
      if (first !== undefined && merged.get(name) !== value)
        note("note", `${name}: ${keyword} has another value for it; that of ${first} stays`);
      if (value === undefined || merged.has(name)) continue;
      merged.set(name, value);
      by.set(name, keyword);
      note("added", `${name}, by ${keyword}`);
    }
  }
  return merged;
};

const refusal = (name: string, claim: Claim | undefined, { keyword }: Parameters): string =>
  claim === undefined
    ? `no composed extension has the parameter ${name}`
    : `the server does not offer ${keyword(claim.owner)}, which the parameter ${name} needs`;

/** Collects the parameters of one command. */
export const collect = (given: Values, added: readonly Added[], context: Parameters): Collected => {
  const params: Record<string, unknown> = {};
  for (const [name, value] of merge(given, added, context)) {
    const claim = claimOf(context.table.get(name) ?? [], value);
    if (claim !== undefined && context.offered(claim.owner)) {
      params[name] = value; // a name that the table has, so that it is a keyword
    } else if (claim?.param.unoffered === "omit") {
      context.note("omitted", `${name}: the server does not offer ${context.keyword(claim.owner)}`);
    } else {
      return { refuse: refusal(name, claim, context) };
    }
  }
  return { params };
};
