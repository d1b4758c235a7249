/**
 * What a server looks up in a composition, found once for all its sessions: verbs as they stand in a line, who amends
 * replies, who limits content, who publishes facts, and replies that were encoded already.
 */
import type { AnySpec, Grammar, Reply } from "@posthorn/contract";
import { Words } from "@posthorn/wire";
import type { Composition, Row } from "../compose.ts";
import { wideningOf } from "../envelope.ts";
import { decodePlain, PlainParameters, type Reading } from "../plain-envelope.ts";
import { Offers } from "./offers.ts";
import { Said } from "./said.ts";

/** A row as a server hears it. */
export interface ServerRow extends Row {
  /** Whether the verb gets nothing done: a client needs few of these, and a flood has millions. */
  readonly junk: boolean;
  /** Whether its replies are never amended: what an EHLO reply offers is not in force while it is said. */
  readonly hello: boolean;
  /** The longest line, octets without CRLF. */
  readonly longest: number;
  /** Reads a line of MAIL or RCPT, where all of it is plain and it is whole, and tells the arguments; else `undefined`, and nothing is read. */
  readonly plain: ((input: Reading, grammar: Grammar) => unknown) | undefined;
}

/** What one extension publishes. */
interface Fact {
  readonly owner: number;
  read(state: unknown): unknown;
}

/** What one extension can offer in an EHLO reply. */
export interface Offer {
  readonly owner: number;
  readonly spec: AnySpec;
  readonly server: NonNullable<AnySpec["server"]>;
  readonly advertise: NonNullable<AnySpec["server"]>["advertise"];
  /** What it offered last, and its line, which is kept where that cannot have changed. */
  capability: unknown;
  line: string | undefined;
}

/** Looked up in a composition. */
export interface ServerTable {
  readonly specs: readonly AnySpec[];
  /** Places of extensions that limit content. */
  readonly limiters: readonly number[];
  /** Parameters of MAIL that widen the grammar. */
  readonly widening: readonly string[];
  /** Whether any extension remembers anything. */
  readonly remembers: boolean;
  readonly facts: ReadonlyMap<string, Fact>;
  /** The longest line that any row allows, octets with CRLF. */
  readonly line: number;
  /** The rows, and their verbs in the same order. */
  readonly rows: readonly ServerRow[];
  readonly verbs: Words;
  /** The row of a verb, which must be in upper case. */
  row(verb: string): ServerRow | undefined;
  /** The row of MAIL or RCPT, by an octet that it begins with. */
  envelope(octet: number | undefined): ServerRow | undefined;
  /** What extensions can offer, in the order of the tuple. */
  readonly offers: readonly Offer[];
  /** Nothing is offered. */
  readonly none: Offers;
  /** Replies that nobody amends. */
  readonly plain: Said;
}

const HELLO: ReadonlySet<string> = new Set(["EHLO", "HELO", "LHLO"]);
const JUNK: ReadonlySet<string> = new Set([...HELLO, "NOOP", "RSET", "VRFY", "EXPN", "HELP"]);

/** Whether a verb is a hello, of this protocol or of the other. */
export const isHello = (verb: string): boolean => HELLO.has(verb);

/** Whether a verb gets nothing done, of this protocol or of the other. */
export const isJunk = (verb: string): boolean => JUNK.has(verb);

const TABLES = new WeakMap<Composition, ServerTable>();

const factsOf = (specs: readonly AnySpec[]): ReadonlyMap<string, Fact> => {
  const facts = new Map<string, Fact>();
  for (const [owner, { server }] of specs.entries()) {
    for (const [name, read] of Object.entries(server?.facts ?? {}))
      if (!facts.has(name)) facts.set(name, { owner, read });
  }
  return facts;
};

const noneOf = ({ specs, mail, rcpt }: Composition, plain: Said): Offers => {
  const amenders = specs.flatMap(({ server }, owner) =>
    server?.amend === undefined
      ? []
      : [{ owner, amend: (wire: Reply, said: Reply): Reply => server.amend?.(wire, said) ?? wire }],
  );
  return new Offers({ specs, amenders, parameters: [mail, rcpt] }, [], plain);
};

const plainOf = ({ mail, rcpt }: Composition, verb: string, limit: number): ServerRow["plain"] => {
  if (verb !== "MAIL" && verb !== "RCPT") return undefined;
  const prefix = verb === "MAIL" ? "MAIL FROM:" : "RCPT TO:";
  const parameters = new PlainParameters(verb === "MAIL" ? mail : rcpt);
  return (input, grammar) => decodePlain(input, prefix, limit, parameters, grammar);
};

const rowsOf = (composition: Composition): readonly ServerRow[] =>
  composition.rows.map(({ verb, owner, vetoes }) => ({
    verb,
    owner,
    vetoes,
    junk: isJunk(verb.name),
    hello: isHello(verb.name),
    longest: (verb.line ?? composition.line) - 2,
    plain: plainOf(composition, verb.name, verb.line ?? composition.line),
  }));

const M = 77;
const R = 82;
const LOWER = 32;

const envelopeOf =
  (mail: ServerRow | undefined, rcpt: ServerRow | undefined): ServerTable["envelope"] =>
  (octet = 0) => {
    const letter = octet & ~LOWER;
    return letter === R ? rcpt : letter === M ? mail : undefined;
  };

const offerOf = (spec: AnySpec, owner: number): Offer[] => {
  const { server } = spec;
  if (server === undefined) return [];
  // oxlint-disable-next-line typescript/unbound-method -- it is called on its server, which saves a lookup in objects of many shapes
  const { advertise } = server;
  return [{ owner, spec, server, advertise, capability: undefined, line: undefined }];
};

/** The table of a composition: the same one for all its sessions. */
export const serverTable = (composition: Composition): ServerTable => {
  const found = TABLES.get(composition);
  if (found !== undefined) return found;
  const { specs } = composition;
  const rows = rowsOf(composition);
  const byName = new Map(rows.map((row) => [row.verb.name, row]));
  const plain = new Said();
  const table: ServerTable = {
    specs,
    limiters: specs.flatMap(({ server }, owner) => (server?.limit === undefined ? [] : [owner])),
    widening: wideningOf(composition.mail),
    remembers: specs.some(({ memory }) => memory !== undefined),
    facts: factsOf(specs),
    line: rows.reduce((longest, { verb }) => Math.max(longest, verb.line ?? 0), composition.line),
    rows,
    verbs: new Words(rows.map(({ verb }) => verb.name)),
    row: (verb) => byName.get(verb),
    envelope: envelopeOf(byName.get("MAIL"), byName.get("RCPT")),
    none: noneOf(composition, plain),
    plain,
    offers: specs.flatMap(offerOf),
  };
  TABLES.set(composition, table);
  return table;
};
