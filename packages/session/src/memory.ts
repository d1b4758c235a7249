/** What extensions remember, each for its scope: `transaction` within `hello` within `security`. Both sides have one. */
import type { AnySpec, Scope } from "@posthorn/contract";

const RANK: Readonly<Record<Scope, number>> = { transaction: 0, hello: 1, security: 2 };

/** An extension that remembers, and where it stands. */
interface Rememberer {
  readonly owner: number;
  readonly rank: number;
  readonly memory: NonNullable<AnySpec["memory"]>;
}

const REMEMBERERS = new WeakMap<readonly AnySpec[], readonly Rememberer[]>();

/** Those of a composition, found once: most extensions have no memory, and each transaction ends with a look at all that do. */
const rememberersOf = (specs: readonly AnySpec[]): readonly Rememberer[] => {
  const known = REMEMBERERS.get(specs);
  if (known !== undefined) return known;
  const found = specs.flatMap(({ memory }, owner) =>
    memory === undefined ? [] : [{ owner, rank: RANK[memory.scope], memory }],
  );
  REMEMBERERS.set(specs, found);
  return found;
};

/** The states of all extensions of one session. */
export class Memory {
  /** By the extension's place. */
  readonly states: unknown[];
  readonly #specs: readonly AnySpec[];
  readonly #rememberers: readonly Rememberer[];
  #byKeyword: Record<string, unknown> | undefined = undefined;

  constructor(specs: readonly AnySpec[]) {
    this.#specs = specs;
    this.#rememberers = rememberersOf(specs);
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
    for (const { owner, rank, memory } of this.#rememberers) {
      if (rank > RANK[scope]) continue;
      const state = memory.initial();
      this.states[owner] = state;
      if (this.#byKeyword !== undefined) this.#byKeyword[this.#specs[owner]?.keyword ?? ""] = state;
    }
  }
}
