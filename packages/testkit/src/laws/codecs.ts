/**
 * Laws of codecs: round trip, canonical form, no echo, and room: what a parameter declares that it adds to a line, it
 * does not exceed.
 */
import { ASCII, type Codec, type Grammar, LocalProtocolError, type Param, UTF8 } from "@posthorn/contract";
import {
  encodeCommand,
  encodeEhloLine,
  encodeParameter,
  parseEhloLine,
  splitCommand,
  splitParameters,
} from "@posthorn/wire";
import fc from "fast-check";
import { HOSTILE } from "../arbitraries/text.ts";
import { anyText } from "../arbitraries/octets.ts";
import { broken, type Law, type LawMaker } from "../law.ts";
import { same, show } from "../show.ts";
import { tainted } from "./taint.ts";

/** A codec with samples, and where its text stands. */
export interface Sampled {
  readonly name: string;
  readonly slot: "capability" | "parameter" | "verb";
  /** The keyword or the verb before it. */
  readonly keyword: string;
  readonly codec: Codec<unknown>;
  readonly samples: fc.Arbitrary<unknown>;
  readonly adds?: Param<unknown>["adds"];
  /** Values that are read and have no encoding. */
  readonly readOnly: readonly unknown[];
}

const GRAMMARS: readonly Grammar[] = [ASCII, UTF8];

const encoded = (
  codec: Codec<unknown>,
  value: unknown,
  grammar: Grammar,
): { readonly text: string | undefined } | undefined => {
  try {
    return { text: codec.encode(value, grammar) };
  } catch (error) {
    if (error instanceof LocalProtocolError) return undefined;
    throw error;
  }
};

/** Whether the text survives the line in which it stands. */
const standing = ({ slot, keyword }: Sampled, text: string | undefined, grammar: Grammar): boolean => {
  if (slot === "capability") {
    const line = parseEhloLine(encodeEhloLine(keyword, text));
    return line !== undefined && line.keyword === keyword && line.params === text;
  }
  if (slot === "verb") {
    const line = encodeCommand(keyword, text, grammar, 65_536);
    const { verb, raw, fault } = splitCommand(line.subarray(0, line.length - 2));
    return fault === undefined && verb === keyword && raw === text;
  }
  const read = splitParameters(encodeParameter(keyword, text, grammar));
  return read.ok && same(read.value, [{ keyword, value: text }]);
};

const comesBack = (sampled: Sampled, value: unknown, grammar: Grammar): void => {
  const { name, codec } = sampled;
  const written = encoded(codec, value, grammar);
  if (written === undefined) {
    if (grammar.utf8) broken(`${name}: the sample ${show(value)} has no encoding`);
    return;
  }
  const { text } = written;
  if (!standing(sampled, text, grammar)) broken(`${name}: ${show(text)} does not survive its line`);
  const read = codec.decode(text, grammar);
  if (!read.ok) broken(`${name}: ${show(value)} is written as ${show(text)}, which is refused: ${read.fault.code}`);
  else if (!same(read.value, value))
    broken(`${name}: ${show(value)} is written as ${show(text)} and read as ${show(read.value)}`);
};

/** What is read is canonical: written and read again it is the same. */
const canonical = ({ name, codec, readOnly }: Sampled, raw: string | undefined, grammar: Grammar): void => {
  const read = codec.decode(raw, grammar);
  if (!read.ok || readOnly.some((value) => same(value, read.value))) return;
  const written = encoded(codec, read.value, grammar);
  if (written === undefined) broken(`${name}: ${show(raw)} is read as ${show(read.value)}, which has no encoding`);
  const first = written?.text;
  const again = codec.decode(first, grammar);
  if (!again.ok || !same(again.value, read.value))
    broken(
      `${name}: ${show(raw)} is read as ${show(read.value)}, but written as ${show(first)}, which reads otherwise`,
    );
  else if (codec.encode(again.value, grammar) !== first) broken(`${name}: ${show(raw)} has no canonical form`);
};

/** Text near what is legal: a legal one, damaged in one place. */
const damaged = ({ codec, samples }: Sampled): fc.Arbitrary<string | undefined> =>
  fc
    .record({
      value: samples,
      at: fc.nat(60),
      insert: fc.oneof(anyText(), fc.constantFrom("", " ", "=", ",", "+", "0")),
    })
    .map(({ value, at, insert }) => {
      const { text = "" } = encoded(codec, value, UTF8) ?? {};
      const place = at % (text.length + 1);
      return text.slice(0, place) + insert + text.slice(insert === "" ? place + 1 : place);
    });

// oxlint-disable-next-line no-control-regex -- that is what is looked for
const RAW = /[\r\n\0]/;

const silent = ({ name, codec }: Sampled, value: unknown, hostile: string): void => {
  for (const bad of tainted(value, hostile)) {
    for (const grammar of GRAMMARS) {
      const written = encoded(codec, bad, grammar);
      if (written?.text !== undefined && RAW.test(written.text))
        broken(`${name}: ${show(bad)} is written raw, as ${show(written.text)}`);
    }
  }
};

/** The laws of one codec. */
export const codecLaws = (sampled: Sampled, law: LawMaker): readonly Law[] => {
  const { name, keyword, adds, codec, samples } = sampled;
  const texts = fc.oneof(damaged(sampled), anyText(), fc.constant(undefined));
  return [
    law(`round trip of ${name}`, 100, samples, (value) => {
      for (const grammar of GRAMMARS) comesBack(sampled, value, grammar);
    }),
    law(`what ${name} reads is canonical, whatever was sent`, 200, texts, (raw) => {
      for (const grammar of GRAMMARS) canonical(sampled, raw, grammar);
    }),
    law(`no echo from ${name}`, 60, fc.tuple(samples, fc.constantFrom(...HOSTILE)), ([value, hostile]) => {
      silent(sampled, value, hostile);
    }),
    ...(adds === undefined
      ? []
      : [
          law(`${name} keeps to the room that it declares`, 60, samples, (value) => {
            const { text } = encoded(codec, value, UTF8) ?? {};
            const octets = 1 + keyword.length + (text === undefined ? 0 : 1 + new TextEncoder().encode(text).length);
            if (octets > adds) broken(`${name} adds ${octets} octets with ${show(value)}, and declares ${adds}`);
          }),
        ]),
  ];
};
