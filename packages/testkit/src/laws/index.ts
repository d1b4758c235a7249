/**
 * The laws (design: six of them) as functions of an extension or of a composition. A stranger's extension is held to
 * what ours are held to.
 */
import { type AnySpec, type Bag, type Checked, type Extension, type Extensions, specOf } from "@posthorn/contract";
import { encodeEhloLine } from "@posthorn/wire";
import fc from "fast-check";
import { type Law, lawMaker, type LawMaker, type LawOptions } from "../law.ts";
import { type AnySamples, groundOf, type Subject } from "../subject.ts";
import { clientForgettingLaw } from "./client-forgetting.ts";
import { clientLaws } from "./client.ts";
import { codecLaws, type Sampled } from "./codecs.ts";
import { dialogueLaws } from "./dialogue.ts";
import { forgettingLaws } from "./forgetting.ts";
import { framingLaws } from "./framing.ts";
import { garbageLaws } from "./garbage.ts";
import { purityLaws } from "./purity.ts";

/** Samples of a composition: MAIL's and RCPT's parameters and the verbs of all its extensions, by name. */
export type CompositionSamples = Omit<AnySamples, "capability">;

const sampledOf = (
  spec: AnySpec,
  { capability, mail = {}, rcpt = {}, verbs = {}, readOnly = [] }: AnySamples,
): readonly Sampled[] => {
  const sampled: Sampled[] = [];
  if (capability !== undefined)
    sampled.push({
      name: `the capability ${spec.keyword}`,
      slot: "capability",
      keyword: spec.keyword,
      codec: spec.capability,
      samples: capability,
      readOnly,
    });
  for (const [verb, given, params] of [
    ["MAIL", mail, spec.mail],
    ["RCPT", rcpt, spec.rcpt],
  ] as const) {
    for (const [keyword, codec] of Object.entries(params ?? {})) {
      const samples = given[keyword];
      if (samples !== undefined)
        sampled.push({
          name: `${keyword} on ${verb}`,
          slot: "parameter",
          keyword,
          codec,
          samples,
          adds: codec.adds,
          readOnly,
        });
    }
  }
  for (const { name, args } of spec.verbs ?? []) {
    const samples = verbs[name]?.args;
    if (samples !== undefined)
      sampled.push({ name: `the arguments of ${name}`, slot: "verb", keyword: name, codec: args, samples, readOnly });
  }
  return sampled;
};

/** What has no sample is not tested, and that is a mistake of the caller, not a law. */
const complete = (spec: AnySpec, { mail = {}, rcpt = {}, verbs = {} }: AnySamples): void => {
  const missing = [
    ...Object.keys(spec.mail ?? {}).filter((name) => mail[name] === undefined),
    ...Object.keys(spec.rcpt ?? {}).filter((name) => rcpt[name] === undefined),
    ...(spec.verbs ?? []).map(({ name }) => name).filter((name) => verbs[name] === undefined),
  ];
  if (missing.length > 0) throw new TypeError(`the laws of ${spec.keyword} need samples of ${missing.join(", ")}`);
};

const lawsOfCodecs = (spec: AnySpec, samples: AnySamples, law: LawMaker): readonly Law[] => [
  ...sampledOf(spec, samples).flatMap((sampled) => codecLaws(sampled, law)),
  ...(spec.verbs ?? []).flatMap((row) => {
    const given = samples.verbs?.[row.name];
    return given === undefined ? [] : framingLaws(row, given, law);
  }),
];

const lawsOfDialogues = (
  extensions: Extensions,
  samples: AnySamples,
  offers: fc.Arbitrary<readonly string[]>,
  law: LawMaker,
): readonly Law[] => {
  const ground = groundOf(extensions, samples);
  return [
    ...dialogueLaws(ground, law),
    ...garbageLaws(ground, offers, law),
    ...forgettingLaws(ground, law),
    ...clientLaws(ground, law),
    clientForgettingLaw(ground, offers, law),
    ...purityLaws(ground, law),
  ];
};

/**
 * The laws of one extension: its codecs and framings, and every law of dialogues over it and what stands beside it. They
 * run without promises: a port that an extension asks must answer at once, and the same each time.
 *
 * @throws TypeError where a parameter or verb has no sample.
 * @example
 * for (const law of extensionLaws({ extension: size({ max: 1000 }), capability: fc.nat(), mail: { SIZE: fc.nat() } }))
 *   test(law.name, law.check);
 */
export function extensionLaws<B extends Bag>(subject: Subject<B>, options?: LawOptions): readonly Law[];
export function extensionLaws(
  subject: AnySamples & { readonly extension: Extension; readonly beside?: Extensions },
  options: LawOptions = {},
): readonly Law[] {
  const { extension, beside = [], ...samples } = subject;
  const spec = specOf(extension);
  complete(spec, samples);
  const law = lawMaker(options);
  const offers = (samples.capability ?? fc.constant(undefined)).map((value) => {
    const text = samples.capability === undefined ? undefined : spec.capability.encode(value, { utf8: false });
    return [encodeEhloLine(spec.keyword, text)];
  });
  return [...lawsOfCodecs(spec, samples, law), ...lawsOfDialogues([...beside, extension], samples, offers, law)];
}

/**
 * The laws of dialogues over a whole composition: what holds for each alone must hold for all together.
 *
 * @example
 * for (const law of compositionLaws(standardServer(), { mail: { SIZE: fc.nat() } })) test(law.name, law.check);
 */
export const compositionLaws = <const X extends Extensions>(
  extensions: X & Checked<X>,
  samples: CompositionSamples = {},
  options: LawOptions = {},
): readonly Law[] => {
  const law = lawMaker(options);
  const all: Extensions = extensions;
  const offers = fc.constant(all.map(({ keyword }) => keyword));
  return lawsOfDialogues(all, samples, offers, law);
};
