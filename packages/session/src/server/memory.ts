/** What extensions remember, each for its scope: `transaction` within `hello` within `security`. */
import type { Scope } from "@posthorn/contract";
import type { ServerTable } from "./server-table.ts";

const RANK: Readonly<Record<Scope, number>> = { transaction: 0, hello: 1, security: 2 };

/** The states of all extensions of one session. */
export class Memory {
  /** By the extension's place. */
  readonly states: unknown[];
  /** By keyword: the same values. A map without prototype, since keywords come from extensions. */
  readonly byKeyword: Record<string, unknown> = Object.create(null);
  readonly #table: ServerTable;

  constructor(table: ServerTable) {
    this.#table = table;
    this.states = table.specs.map(() => undefined);
    for (const owner of table.specs.keys()) this.#begin(owner);
  }

  /** Begins anew whatever does not outlive the scope. */
  forget(scope: Scope): void {
    const { scopes } = this.#table;
    for (let owner = 0; owner < scopes.length; owner++) {
      const own = scopes[owner];
      if (own !== undefined && RANK[own] <= RANK[scope]) this.#begin(owner);
    }
  }

  #begin(owner: number): void {
    const spec = this.#table.specs[owner];
    if (spec === undefined) return;
    const state = spec.memory?.initial();
    this.states[owner] = state;
    this.byKeyword[spec.keyword] = state;
  }
}
