/**
 * What a server looks up in a composition, found once for all its sessions: who amends replies, who limits content,
 * who publishes facts, and replies that were encoded already.
 */
import type { AnySpec, Reply } from "@posthorn/contract";
import type { Composition } from "../compose.ts";

/** An extension that changes replies, by its place. */
export interface Amender {
  readonly owner: number;
  amend(wire: Reply, said: Reply): Reply;
}

/** What one extension publishes. */
interface Fact {
  readonly owner: number;
  read(state: unknown): unknown;
}

/** Looked up in a composition. */
export interface ServerTable {
  readonly specs: readonly AnySpec[];
  readonly amenders: readonly Amender[];
  /** Places of extensions that limit content. */
  readonly limiters: readonly number[];
  readonly facts: ReadonlyMap<string, Fact>;
  /** The longest line that any row allows, octets with CRLF. */
  readonly line: number;
  /** Encoded replies, by who amended them. */
  readonly caches: Map<string, WeakMap<Reply, Uint8Array>>;
}

const TABLES = new WeakMap<Composition, ServerTable>();

const factsOf = (specs: readonly AnySpec[]): ReadonlyMap<string, Fact> => {
  const facts = new Map<string, Fact>();
  for (const [owner, { server }] of specs.entries()) {
    for (const [name, read] of Object.entries(server?.facts ?? {}))
      if (!facts.has(name)) facts.set(name, { owner, read });
  }
  return facts;
};

const amendersOf = (specs: readonly AnySpec[]): readonly Amender[] =>
  specs.flatMap(({ server }, owner) =>
    server?.amend === undefined
      ? []
      : [{ owner, amend: (wire: Reply, said: Reply): Reply => server.amend?.(wire, said) ?? wire }],
  );

/** The table of a composition: the same one for all its sessions. */
export const serverTable = (composition: Composition): ServerTable => {
  const found = TABLES.get(composition);
  if (found !== undefined) return found;
  const { specs } = composition;
  const table: ServerTable = {
    specs,
    amenders: amendersOf(specs),
    limiters: specs.flatMap(({ server }, owner) => (server?.limit === undefined ? [] : [owner])),
    facts: factsOf(specs),
    line: composition.rows.reduce((longest, { verb }) => Math.max(longest, verb.line ?? 0), composition.line),
    caches: new Map(),
  };
  TABLES.set(composition, table);
  return table;
};
