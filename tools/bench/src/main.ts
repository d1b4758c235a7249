// npm run bench
import process from "node:process";
import { parseArgs } from "node:util";
import { checkout } from "./against.ts";
import { endAll } from "./processes.ts";
import { runWork } from "./rounds.ts";
import { median, pairedRatio, spread } from "./statistics.ts";
import type { Setting } from "./work.ts";
import { allWorks } from "./works/all.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    share: { type: "string", default: "1" },
    against: { type: "string" },
    ours: { type: "string" },
    peers: { type: "string", default: "none" },
    list: { type: "boolean" },
  },
});
process.on("exit", endAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

const works = allWorks.filter(({ name }) => values.only === undefined || values.only.split(",").includes(name));
const against = values.against === undefined ? undefined : await checkout(values.against);
const ours = values.ours === undefined ? undefined : await checkout(values.ours);
for (const work of works) {
  const setting: Setting = {
    amount: { rounds: Number(values.rounds), share: Number(values.share) },
    against,
    ours,
    peers: values.peers === "all" || values.peers === "npm" ? values.peers : "none",
    lack: (who: string, why: string) => console.error(`${who}: ${why}`),
  };
  const result = await runWork(work, setting, (_, round, of) => process.stderr.write(`\r${work.name} ${round}/${of} `));
  process.stderr.write("\n");
  const raw = result.contenders.find(({ name }) => name === "raw" || name === "base64");
  for (const { name, samples } of result.contenders) {
    const cpu = samples.map((s) => s.cpu ?? 0);
    const ratio =
      raw === undefined
        ? Number.NaN
        : pairedRatio(
            raw.samples.map((s) => s.cpu ?? 0),
            cpu,
          );
    console.log(
      `${work.name.padEnd(12)} ${name.padEnd(14)} ${median(cpu).toFixed(2).padStart(8)} µs  ±${(spread(cpu) * 100).toFixed(0)} %  system ${median(samples.map((s) => s.system ?? 0)).toFixed(2)}  ${median(
        samples.map((s) => s.rate ?? 0),
      )
        .toFixed(0)
        .padStart(
          7,
        )}/s  load ${median(samples.map((s) => s.load ?? 0)).toFixed(1)} µs  ${samples[0]?.memory === undefined ? "" : `${(median(samples.map((s) => s.memory ?? 0)) / 1024).toFixed(2)} KiB each `} raw/it ${ratio.toFixed(3)} ${process.env["V"] ? cpu.map((c) => c.toFixed(1)).join(" ") : ""}`,
    );
  }
}
