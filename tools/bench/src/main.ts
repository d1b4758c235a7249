// npm run bench: measures work by work, shows what came of it, and writes what is asked for.
import { loadavg } from "node:os";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { root } from "@posthorn/workspace";
import { checkout } from "./against.ts";
import { help, type Wish, wishOf } from "./command-line.ts";
import { figures, judge, missed, valueOf } from "./figures.ts";
import { generator } from "./load/generator.ts";
import { machine } from "./machine.ts";
import { endAll } from "./processes.ts";
import { progress } from "./progress.ts";
import { type Report, writePage } from "./report/page.ts";
import { figureTable, workTable } from "./report/tables.ts";
import { runWork } from "./rounds.ts";
import type { Result, Setting } from "./work.ts";
import { allWorks } from "./works/all.ts";

async function measure(wish: Wish): Promise<Report> {
  const works = allWorks.filter(({ name }) => wish.only === undefined || wish.only.includes(name));
  const found = new Set<string>();
  const where = (named: string | undefined): Promise<string | undefined> =>
    named === undefined ? Promise.resolve(undefined) : checkout(named);
  const setting: Setting = {
    amount: { rounds: wish.rounds, share: wish.share },
    ours: await where(wish.ours),
    against: await where(wish.against),
    peers: wish.peers,
    lack: (who, why) => void found.add(`${who}: ${why}`),
  };
  const by = await generator();
  if (by.kind === "Node") found.add("the generator in C: no compiler here; the load comes from Node");
  else if (!by.tls) found.add("TLS by the generator in C: OpenSSL's headers are not here; that load comes from Node");
  const tell = progress(works);
  const results: Result[] = [];
  for (const work of works) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const result = await runWork(work, setting, tell);
    results.push(result);
    if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
    console.log(`\n${result.title} (${result.work})\n${workTable(result)}`);
  }
  return { machine: await machine(by.kind), results, lacks: [...found], rounds: wish.rounds };
}

/** Says and writes what came of it. Returns the exit code. */
function tell(wish: Wish, report: Report): number {
  const { results, lacks } = report;
  const asked = figures.filter(({ work }) => results.some((result) => result.work === work));
  console.log(`\n${figureTable(asked, results)}\n`);
  for (const lack of lacks) console.log(`left out: ${lack}`);
  console.log(
    `load average ${loadavg()
      .map((value) => value.toFixed(1))
      .join(" ")}`,
  );
  if (wish.json !== undefined) {
    const judged = asked.map((figure) => {
      const value = valueOf(figure, results);
      return { ...figure, value, verdict: judge(figure, value) };
    });
    writeFileSync(wish.json, `${JSON.stringify({ ...report, figures: judged }, undefined, 2)}\n`);
  }
  const whole = wish.only === undefined && !wish.quick && wish.ours === undefined;
  const docs = wish.docs ?? (whole ? join(root, "docs") : undefined);
  if (docs !== undefined) console.log(`written: ${writePage(report, docs)}`);
  if (!wish.check) return 0;
  const lines = missed(asked, results);
  for (const line of lines) console.log(`missed: ${line}`);
  return lines.length === 0 ? 0 : 1;
}

const wish = wishOf(process.argv.slice(2));
if (wish === "help") {
  process.stdout.write(help);
} else if ("wrong" in wish) {
  process.stderr.write(`${wish.wrong}\n\n${help}`);
  process.exitCode = 64;
} else if (wish.list) {
  for (const { name, title } of allWorks) console.log(`${name.padEnd(12)} ${title}`);
} else {
  process.on("exit", endAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));
  try {
    process.exitCode = tell(wish, await measure(wish));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
