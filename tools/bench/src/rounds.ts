// Runs a work: everyone twice to get warm, uncounted, then round by round, in an order that changes. Where there are
// rounds enough, those who are processes of ours begin anew twice on the way: what V8 compiles and where the kernel lays
// it differs from one process to the next by a tenth, and a figure should not be that of one.
import type { Contender, Result, Sample, Setting, Work } from "./work.ts";

/** Tells how far it is. */
export type Progress = (work: Work, round: number, of: number) => void;

/** Uncounted rounds: in the second, V8 still compiles. */
const WARMING = 2;
/** Processes, one after the other, in as many rounds at least. */
const PROCESSES = 3;
const MANY = 6;

/** Nobody is always first, or always behind the same one. */
const inTurn = <T>(all: readonly T[], round: number): T[] => {
  const begin = (round >> 1) % all.length;
  const order = [...all.slice(begin), ...all.slice(0, begin)];
  return round % 2 === 0 ? order : order.reverse();
};

/** Whether a round is the first of a new process. */
const isFirst = (round: number, rounds: number): boolean => {
  const processOf = (one: number): number => Math.floor(((one - 1) * PROCESSES) / rounds);
  return rounds >= MANY && round > 1 && processOf(round) > processOf(round - 1);
};

/** Does a work. A contender that fails is left out, and named; the others go on. */
export async function runWork(work: Work, setting: Setting, progress: Progress): Promise<Result> {
  const rounds = work.rounds === undefined ? setting.amount.rounds : Math.min(work.rounds, setting.amount.rounds);
  const { warm = WARMING } = work;
  const taking = await work.start(setting);
  const samples = new Map<Contender, Sample[]>(taking.map((contender) => [contender, []]));
  const attempt = async (contender: Contender, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      setting.lack(`${contender.name} (${work.name})`, error instanceof Error ? error.message : String(error));
      samples.delete(contender);
    }
  };
  const warmUp = async (contender: Contender): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
    for (let times = 0; times < warm; times++) await contender.round();
  };
  const renew = async (contender: Contender): Promise<void> => {
    if (contender.anew === undefined) return;
    await contender.anew();
    await warmUp(contender);
  };
  /* oxlint-disable no-await-in-loop -- here too */
  try {
    progress(work, 0, rounds);
    for (const contender of taking) await attempt(contender, () => warmUp(contender));
    for (let round = 1; round <= rounds; round++) {
      progress(work, round, rounds);
      const order = inTurn([...samples.keys()], round);
      if (isFirst(round, rounds)) for (const contender of order) await attempt(contender, () => renew(contender));
      for (const contender of order.filter((one) => samples.has(one)))
        await attempt(contender, async () => void samples.get(contender)?.push(await contender.round()));
    }
  } finally {
    await Promise.all(taking.map((contender) => contender.stop()));
  }
  /* oxlint-enable no-await-in-loop */
  const contenders = [...samples].map(([{ name }, taken]) => ({ name, samples: taken }));
  return { work: work.name, title: work.title, unit: work.unit, contenders };
}
