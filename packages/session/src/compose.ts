/**
 * Composition: a tuple of extensions and the base verbs become one table. Everything that can be wrong between two
 * extensions is found here, once, and named; a session then only looks up. A composition holds no state and serves
 * any number of sessions.
 */
import {
  type AnySpec,
  type AnyVerb,
  ASCII,
  type Checked,
  type Codec,
  CompositionError,
  type Extension,
  type Extensions,
  type Reply,
  specOf,
  type View,
} from "@posthorn/contract";
import { asciiUpper, isKeyword } from "@posthorn/wire";
import {
  type ContentRules,
  dataRow,
  EHLO,
  EXPN,
  HELO,
  HELP,
  LHLO,
  mailRow,
  NOOP,
  QUIT,
  rcptRow,
  RSET,
  VRFY,
} from "./base.ts";
import { mailCodec, rcptCodec } from "./envelope.ts";
import { addedOctets, type ParameterTable, parameterTable } from "./parameters.ts";

/** The longest command line without extensions, octets with CRLF: more generous than RFC 5321 §4.5.3.1.4 (512), as others are. */
const LINE = 2048;
const RFC_LINE = 512;

/** A veto of one extension, by its place in the composition. */
export interface Veto {
  readonly owner: number;
  admit(args: unknown, view: View, state: unknown): Reply | undefined;
}

/** One line of the table. */
export interface Row {
  readonly verb: AnyVerb;
  /** The place of the extension that has it; -1 for the base verbs. */
  readonly owner: number;
  /** Vetoes in the order of the tuple. */
  readonly vetoes: readonly Veto[];
}

/** How a composition is made, beside its extensions. */
export interface CompositionOptions extends Partial<ContentRules> {
  /** `lmtp` has LHLO, and a reply for each recipient (RFC 2033). */
  readonly protocol?: "smtp" | "lmtp";
}

declare const tuple: unique symbol;

/** A table that is ready to be spoken. Make it with `compose`. */
export interface Composition<X extends Extensions = Extensions> {
  readonly protocol: "smtp" | "lmtp";
  /** The extensions' specs, in the order of the tuple. */
  readonly specs: readonly AnySpec[];
  /** All rows: base verbs first. */
  readonly rows: readonly Row[];
  /** The parameters of MAIL and RCPT. */
  readonly mail: ParameterTable;
  readonly rcpt: ParameterTable;
  /** The longest command line, octets with CRLF. */
  readonly line: number;
  /** The row of a verb, which must be in upper case. */
  row(verb: string): Row | undefined;
  readonly [tuple]?: X;
}

const fail = (code: string, sentence: string): never => {
  throw new CompositionError(code, sentence);
};

/** Whether a keyword alone would read as `undefined`, which everywhere means that nothing is offered. */
const readsAsNothing = (capability: Codec<unknown>): boolean => {
  const read = capability.decode(undefined, ASCII);
  return read.ok && read.value === undefined;
};

const checkKeywords = (specs: readonly AnySpec[]): void => {
  const keywords = new Set<string>();
  for (const { keyword, capability } of specs) {
    if (!isKeyword(keyword) || keyword !== asciiUpper(keyword))
      fail("bad-keyword", `"${keyword}" is no EHLO keyword in upper case (RFC 5321 §4.1.1.1)`);
    if (keywords.has(keyword)) fail("keyword-clash", `the extension ${keyword} is composed twice`);
    keywords.add(keyword);
    if (readsAsNothing(capability))
      fail(
        "bad-capability",
        `the capability of ${keyword} may be undefined, which means "not offered": let it be null`,
      );
  }
  for (const { keyword, requires = [], conflicts = [] } of specs) {
    for (const other of requires)
      if (!keywords.has(other))
        fail("missing-requirement", `the extension ${keyword} requires ${other}, which is not composed`);
    for (const other of conflicts)
      if (keywords.has(other)) fail("conflict", `the extensions ${keyword} and ${other} exclude each other`);
  }
};

const vetoesOf = (verb: string, specs: readonly AnySpec[]): readonly Veto[] =>
  specs.flatMap((spec, owner) => {
    const admit = spec.server?.admit?.[verb];
    return admit === undefined ? [] : [{ owner, admit }];
  });

const checkVerb = (verb: AnyVerb, spec: AnySpec, taken: ReadonlyMap<string, Row>, specs: readonly AnySpec[]): void => {
  const { name } = verb;
  if (!/^[A-Z0-9]{1,32}$/.test(name))
    fail(
      "bad-verb",
      `the extension ${spec.keyword} contributes the verb "${name}", which is not 1 to 32 upper-case letters or digits`,
    );
  const other = taken.get(name);
  if (other !== undefined) {
    const owner = other.owner < 0 ? "RFC 5321" : `the extension ${specs[other.owner]?.keyword}`;
    fail("verb-clash", `${owner} and the extension ${spec.keyword} both contribute the verb ${name}`);
  }
  if (spec.server !== undefined && spec.server.handle?.[name] === undefined && verb.intake?.carries !== "content") {
    fail("bad-verb", `the extension ${spec.keyword} has no handler for its verb ${name}`);
  }
};

const extensionRows = (specs: readonly AnySpec[], rows: Map<string, Row>): void => {
  for (const [owner, spec] of specs.entries()) {
    for (const verb of spec.verbs ?? []) {
      checkVerb(verb, spec, rows, specs);
      rows.set(verb.name, { verb, owner, vetoes: vetoesOf(verb.name, specs) });
    }
    for (const named of [...Object.keys(spec.server?.admit ?? {}), ...Object.keys(spec.server?.handle ?? {})]) {
      if (!rows.has(named))
        fail(
          "bad-verb",
          `the extension ${spec.keyword} speaks of the verb ${named}, which is neither its own nor one of RFC 5321`,
        );
    }
  }
};

/**
 * Composes extensions, in the order in which vetoes are asked and keywords are offered.
 * @throws CompositionError naming both sides of what cannot stand together.
 *
 * @example
 * const composition = compose([size({ max: 26_214_400 }), pipelining()]);
 */
export const compose = <const X extends Extensions>(
  extensions: X & Checked<X>,
  options: CompositionOptions = {},
): Composition<X> => {
  const { protocol = "smtp", lineEndings = "strict", maxLine } = options;
  const tuple: readonly Extension[] = extensions;
  const specs = tuple.map(specOf);
  checkKeywords(specs);
  const mail = parameterTable(specs, "mail");
  const rcpt = parameterTable(specs, "rcpt");
  const hellos = protocol === "lmtp" ? [LHLO] : [EHLO, HELO];
  const rules: ContentRules = maxLine === undefined ? { lineEndings } : { lineEndings, maxLine };
  const base: readonly AnyVerb[] = [
    ...hellos,
    mailRow(mailCodec(mail)),
    rcptRow(rcptCodec(rcpt)),
    dataRow(rules),
    RSET,
    NOOP,
    VRFY,
    EXPN,
    HELP,
    QUIT,
  ];
  const rows = new Map(base.map((verb) => [verb.name, { verb, owner: -1, vetoes: vetoesOf(verb.name, specs) }]));
  extensionRows(specs, rows);
  return {
    protocol,
    specs,
    rows: [...rows.values()],
    mail,
    rcpt,
    line: Math.max(LINE, RFC_LINE + Math.max(addedOctets(mail), addedOctets(rcpt))),
    row: (verb) => rows.get(verb),
  };
};
