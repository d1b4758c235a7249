// Runs a work: everyone twice to get warm, uncounted, then round by round, in an order that changes.
import type { Contender, Result, Sample, Setting, Work } from "./work.ts";

/** Tells how far it is. */
export type Progress = (work: Work, round: number, of: number) => void;

/** Uncounted rounds: in the second, V8 still compiles. */
const WARMING = 2;

/** Nobody is always first, or always behind the same one. */
const inTurn = <T>(all: readonly T[], round: number): T[] => {
  const begin = (round >> 1) % all.length;
  const order = [...all.slice(begin), ...all.slice(0, begin)];
  return round % 2 === 0 ? order : order.reverse();
};

/** Does a work. A contender that fails is left out, and named; the others go on. */
export async function runWork(work: Work, setting: Setting, progress: Progress): Promise<Result> {
  const rounds = work.rounds === undefined ? setting.amount.rounds : Math.min(work.rounds, setting.amount.rounds);
  const { warm = WARMING } = work;
  const taking = await work.start(setting);
  const samples = new Map<Contender, Sample[]>(taking.map((contender) => [contender, []]));
  try {
    for (let round = 1 - warm; round <= rounds; round++) {
      progress(work, Math.max(round, 0), rounds);
      for (const contender of inTurn([...samples.keys()], round + warm)) {
        try {
          // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
          const sample = await contender.round();
          if (round > 0) samples.get(contender)?.push(sample);
        } catch (error) {
          setting.lack(`${contender.name} (${work.name})`, error instanceof Error ? error.message : String(error));
          samples.delete(contender);
        }
      }
    }
  } finally {
    await Promise.all(taking.map((contender) => contender.stop()));
  }
  const contenders = [...samples].map(([{ name }, taken]) => ({ name, samples: taken }));
  return { work: work.name, title: work.title, unit: work.unit, contenders };
}
