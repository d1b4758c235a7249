import { expect, test } from "vitest";
import { runWork } from "../src/rounds.ts";
import type { Contender, Sample, Setting, Work } from "../src/work.ts";

/** Notes what was asked of contenders, in order. */
interface Noted {
  readonly log: string[];
  readonly lacks: string[];
  readonly run: (rounds: number, ...contenders: readonly Contender[]) => Promise<readonly (readonly Sample[])[]>;
}

const noting = (): Noted => {
  const [log, lacks]: [string[], string[]] = [[], []];
  return {
    log,
    lacks,
    async run(rounds, ...contenders) {
      const work: Work = {
        name: "w",
        title: "t",
        unit: "message",
        weight: 1,
        start: () => Promise.resolve([...contenders]),
      };
      const setting: Setting = {
        amount: { rounds, share: 1 },
        against: undefined,
        ours: undefined,
        peers: "none",
        lack: (who, why) => void lacks.push(`${who}: ${why}`),
      };
      const result = await runWork(work, setting, () => undefined);
      return result.contenders.map(({ samples }) => samples);
    },
  };
};

/** A contender of which each process counts its rounds. */
const counting = (name: string, log: string[], failing?: string): Contender => {
  let round = 0;
  const act = (what: string): Promise<void> => {
    log.push(`${name} ${what}`);
    return what === failing ? Promise.reject(new Error("it fails")) : Promise.resolve();
  };
  return {
    name,
    async round() {
      await act(`round ${++round}`);
      return { cpu: round };
    },
    async anew() {
      round = 0;
      await act("anew");
    },
    stop: () => act("stop"),
  };
};

test("seven rounds are those of three processes, each warm before it counts", async () => {
  const { log, run } = noting();
  const [samples = []] = await run(7, counting("one", log));
  expect(samples.map(({ cpu }) => cpu)).toEqual([3, 4, 5, 3, 4, 3, 4]);
  expect(log.filter((line) => line === "one anew")).toHaveLength(2);
  expect(log.at(-1)).toBe("one stop");
});

test("few rounds are those of one process", async () => {
  const { log, run } = noting();
  const [samples = []] = await run(5, counting("one", log));
  expect(samples.map(({ cpu }) => cpu)).toEqual([3, 4, 5, 6, 7]);
  expect(log).not.toContain("one anew");
});

test("who has no process of its own goes on as it is", async () => {
  const { log, run } = noting();
  const whole = counting("other", log);
  const other: Contender = { name: "other", round: () => whole.round(), stop: () => whole.stop() };
  const [, samples = []] = await run(7, counting("one", log), other);
  expect(samples.map(({ cpu }) => cpu)).toEqual([3, 4, 5, 6, 7, 8, 9]);
});

test.each(["round 2", "round 4", "anew"])(
  "who fails is named and left out, and the others go on: %s",
  async (failing) => {
    const { log, lacks, run } = noting();
    const results = await run(7, counting("one", log, failing), counting("other", log));
    expect(results).toHaveLength(1);
    expect(results[0]).toHaveLength(7);
    expect(lacks).toEqual(["one (w): it fails"]);
    expect(log).toContain("one stop");
  },
);

test("order changes from round to round", async () => {
  const { log, run } = noting();
  await run(4, counting("one", log), counting("other", log));
  const counted = log.filter((line) => /round [3-6]$/.test(line)).map((line) => line.split(" ")[0]);
  expect(counted).toEqual(["other", "one", "other", "one", "one", "other", "one", "other"]);
});
