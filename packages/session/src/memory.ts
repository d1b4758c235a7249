/** What extensions remember, each for its scope: `transaction` within `hello` within `security`. Both sides have one. */
import type { AnySpec, Scope } from "@posthorn/contract";

const RANK: Readonly<Record<Scope, number>> = { transaction: 0, hello: 1, security: 2 };

/** The states of all extensions of one session. */
export class Memory {
  /** By the extension's place. */
  readonly states: unknown[];
  /** By keyword: the same values. A map without prototype, since keywords come from extensions. */
  readonly byKeyword: Record<string, unknown> = Object.create(null);
  readonly #specs: readonly AnySpec[];

  constructor(specs: readonly AnySpec[]) {
    this.#specs = specs;
    this.states = specs.map(() => undefined);
    for (const owner of specs.keys()) this.#begin(owner);
  }

  /** Begins anew whatever does not outlive the scope. */
  forget(scope: Scope): void {
    for (let owner = 0; owner < this.#specs.length; owner++) {
      const own = this.#specs[owner]?.memory?.scope;
      if (own !== undefined && RANK[own] <= RANK[scope]) this.#begin(owner);
    }
  }

  #begin(owner: number): void {
    const spec = this.#specs[owner];
    if (spec === undefined) return;
    const state = spec.memory?.initial();
    this.states[owner] = state;
    this.byKeyword[spec.keyword] = state;
  }
}
