/**
 * Laws of framings: what was framed comes out as it went in, at every split, and the framing ends at its own last octet;
 * and a decoder keeps to its contract whatever comes.
 */
import type { AnyVerb, Decoder, Fault } from "@posthorn/contract";
import fc from "fast-check";
import { anyOctets, pieces, splits } from "../arbitraries/octets.ts";
import { broken, type Law, type LawMaker } from "../law.ts";
import { joined, octetsOf } from "../octets.ts";
import { same, show } from "../show.ts";
import type { VerbSamples } from "../subject.ts";

/** What a decoder made of octets. */
interface Decoded {
  readonly outs: readonly unknown[];
  /** Octets used up to the end of the framing; `undefined` where it did not end. */
  readonly used: number | undefined;
  readonly fault: Fault | undefined;
}

/** What stands where octets were read: who looks at them again in a later step finds this. */
const READ = 35;

/** Takes away the memory of what was given away: who keeps it, or uses it again, finds it empty. */
const letGo = ({ buffer, length }: Uint8Array, chunk: Uint8Array): void => {
  if (buffer === chunk.buffer || buffer.byteLength !== length) return;
  try {
    if (buffer instanceof ArrayBuffer) buffer.transfer(0);
  } catch {
    broken("the memory of what was given away cannot be let go");
  }
};

/**
 * Runs a decoder as a machine does, and holds it to its contract at every step; what was read is overwritten, what was
 * given away is gone.
 */
const run = (decoder: Decoder<unknown>, chunks: readonly Uint8Array[], items: boolean): Decoded => {
  const outs: unknown[] = [];
  let used = 0;
  for (const given of chunks) {
    const chunk = given.slice();
    for (let at = 0; at < chunk.length;) {
      const before = decoder.fault;
      const to = decoder.step(chunk, at, chunk.length);
      if (to < at || to > chunk.length) broken(`step went from ${at} to ${to}, and the chunk ends at ${chunk.length}`);
      if (to === at && decoder.out === undefined && !decoder.done && decoder.fault?.fatal !== true)
        broken("step neither read nor said anything");
      if (before !== undefined && decoder.fault !== before) broken("a fault was taken back");
      if (before !== undefined && decoder.out !== undefined) broken("octets came out after a fault");
      if (decoder.out !== undefined) {
        if (items && !decoder.done) broken("an item came out before the framing was done");
        outs.push(decoder.out instanceof Uint8Array ? decoder.out.slice() : decoder.out);
        if (decoder.gives === true && decoder.out instanceof Uint8Array) letGo(decoder.out, chunk);
      }
      chunk.fill(READ, at, to);
      used += to - at;
      at = to;
      if (decoder.done || decoder.fault?.fatal === true)
        return { outs, used: decoder.done ? used : undefined, fault: decoder.fault };
    }
  }
  return { outs, used: undefined, fault: decoder.fault };
};

const content = (outs: readonly unknown[]): Uint8Array =>
  joined(outs.map((out) => (out instanceof Uint8Array ? out : new Uint8Array(0))));

const TAIL = octetsOf("QUIT\r\n.\r\n");

/** Ends of a framing that need no octet are met by a step over nothing. */
const finish = (decoder: Decoder<unknown>, octets: Uint8Array): boolean => {
  if (octets.length > 0) return true;
  decoder.step(octets, 0, 0);
  return decoder.done;
};

const comesOut = (row: AnyVerb, args: unknown, carried: unknown, cuts: readonly number[]): void => {
  const { name, intake } = row;
  if (intake === undefined) return;
  const encoder = intake.encode(args);
  const octets = joined([encoder.write(carried).slice(), encoder.end()]);
  const whole = joined([octets, TAIL]);
  const items = intake.carries === "items";
  for (const chunks of [[whole], pieces(whole, cuts), Array.from(whole, (octet) => Uint8Array.of(octet))]) {
    const decoder = intake.decode(args);
    const ready = finish(decoder, octets);
    const { outs, used, fault } =
      octets.length === 0 && ready && decoder.done
        ? { outs: decoder.out === undefined ? [] : [decoder.out], used: 0, fault: decoder.fault }
        : run(decoder, chunks, items);
    if (fault !== undefined)
      broken(`${name}: ${show(carried)} is framed as ${show(octets)}, which is refused: ${fault.code}`);
    if (used !== octets.length)
      broken(`${name}: the framing has ${octets.length} octets, and ends after ${String(used)}`);
    const found = items ? outs : [content(outs)];
    if (!same(found, [carried])) broken(`${name}: ${show(carried)} came out as ${show(found)}`);
  }
};

/** The fault and what came out before it do not depend on chunks. */
const steady = (row: AnyVerb, args: unknown, octets: Uint8Array, cuts: readonly number[]): void => {
  const { name, intake } = row;
  if (intake === undefined) return;
  const items = intake.carries === "items";
  const ways = [[octets], pieces(octets, cuts), Array.from(octets, (octet) => Uint8Array.of(octet))].map((chunks) => {
    const { outs, used, fault } = run(intake.decode(args), chunks, items);
    return show([items ? outs : content(outs), used, fault]);
  });
  if (new Set(ways).size > 1) broken(`${name}: ${show(octets)} is read in different ways: ${ways.join(" | ")}`);
};

/** The laws of one verb's octets. */
export const framingLaws = (row: AnyVerb, samples: VerbSamples<unknown>, law: LawMaker): readonly Law[] => {
  if (row.intake === undefined) return [];
  const cuts = splits(200);
  const within = (octets: Uint8Array, places: readonly number[]): readonly number[] =>
    places.filter((place) => place < octets.length);
  const laws = [
    law(
      `whatever comes, the octets of ${row.name} are read the same at every split`,
      100,
      fc.record({ args: samples.args, octets: anyOctets(), places: cuts }),
      ({ args, octets, places }) => {
        if (octets.length > 0) steady(row, args, octets, within(octets, places));
      },
    ),
  ];
  if (samples.carries === undefined) return laws;
  const carried = samples.args.chain(
    (args) => samples.carries?.(args).map((value) => ({ args, value })) ?? fc.constant({ args, value: undefined }),
  );
  return [
    ...laws,
    law(
      `round trip of the octets of ${row.name}, at every split`,
      100,
      fc.record({ given: carried, places: cuts }),
      ({ given: { args, value }, places }) => {
        const { intake } = row;
        if (intake === undefined) return;
        const encoder = intake.encode(args);
        const size = encoder.write(value).length + encoder.end().length + TAIL.length;
        comesOut(
          row,
          args,
          value,
          places.filter((place) => place < size),
        );
      },
    ),
  ];
};
