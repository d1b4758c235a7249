/** What extensions remember, each for its scope: `transaction` within `hello` within `security`. Both sides have one. */
import type { AnySpec, Scope } from "@posthorn/contract";

const RANK: Readonly<Record<Scope, number>> = { transaction: 0, hello: 1, security: 2 };

/** The states of all extensions of one session. */
export class Memory {
  /** By the extension's place. */
  readonly states: unknown[];
  readonly #specs: readonly AnySpec[];
  #byKeyword: Record<string, unknown> | undefined = undefined;

  constructor(specs: readonly AnySpec[]) {
    this.#specs = specs;
    this.states = specs.map((spec) => spec.memory?.initial());
  }

  /** By keyword: the same values, in one object for as long as the session lives. Without a prototype, since keywords come from extensions. */
  get byKeyword(): Readonly<Record<string, unknown>> {
    if (this.#byKeyword !== undefined) return this.#byKeyword;
    const made: Record<string, unknown> = Object.create(null);
    for (const [owner, { keyword }] of this.#specs.entries()) made[keyword] = this.states[owner];
    this.#byKeyword = made;
    return made;
  }

  /** Begins anew whatever does not outlive the scope. */
  forget(scope: Scope): void {
    for (let owner = 0; owner < this.#specs.length; owner++) {
      const spec = this.#specs[owner];
      if (spec?.memory === undefined || RANK[spec.memory.scope] > RANK[scope]) continue;
      const state = spec.memory.initial();
      this.states[owner] = state;
      if (this.#byKeyword !== undefined) this.#byKeyword[spec.keyword] = state;
    }
  }
}
