import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Report, writePage } from "../src/report/page.ts";
import { draw } from "../src/report/plot.ts";
import { plots } from "../src/report/plots.ts";
import { table, workTable } from "../src/report/tables.ts";
import type { Result } from "../src/work.ts";

const lockstep: Result = {
  work: "lockstep",
  title: "4 KiB lockstep, 20 sessions",
  unit: "message",
  contenders: [
    { name: "raw", samples: [{ cpu: 40, system: 30, rate: 20_000 }] },
    { name: "ours", samples: [{ cpu: 50, system: 30, rate: 16_000 }] },
  ],
};

const report: Report = {
  machine: {
    date: "2026-01-02 03:04",
    commit: "abc1234",
    cpu: "a processor",
    cores: 2,
    memory: 2 ** 34,
    system: "Linux 6",
    generator: "C",
    load: [1, 1, 1],
    versions: { Node: "24.0.0" },
  },
  results: [lockstep],
  lacks: ["swaks: it is not installed"],
  rounds: 3,
};

describe("tables", () => {
  test("all lines are as wide, whatever the cells", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.stringMatching(/^[a-z ]{0,12}$/), fc.stringMatching(/^\d{0,9}$/))), (rows) => {
        const lines = table(["who", "how much"], rows).split("\n");
        expect(lines).toHaveLength(rows.length + 2);
        expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
      }),
    );
  });

  test("of a work: the ratio to the limit, and no column that is empty", () => {
    const text = workTable(lockstep);
    expect(text).toMatch(/\| ours +\| +0\.800 \|/);
    expect(text).toContain("message/s");
    expect(text).not.toContain("KiB each");
  });
});

describe("plots", () => {
  test("bars are as long as their values, text is escaped", () => {
    const svg = draw({
      title: "a < b & c",
      note: "",
      groups: [{ title: "", bars: [1, 2].map((value) => ({ label: "x", value, text: "y" })) }],
      scale: "all",
    });
    expect(svg).toContain("a &lt; b &amp; c");
    expect([...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, long]) => Number(long))).toEqual([220, 440]);
    expect(svg).toContain("prefers-color-scheme: dark");
  });

  test("none is drawn without a bar", () => {
    expect([...plots([lockstep]).keys()]).toEqual(["figures", "small-messages"]);
    expect(plots([]).size).toBe(0);
  });
});

describe("the page", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "posthorn-bench-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is made, and made again with what was written around it", () => {
    const file = writePage(report, folder);
    const first = readFileSync(file, "utf8");
    expect(first).toContain("| 4 KiB lockstep, 20 sessions");
    expect(first).toContain("- swaks: it is not installed");
    writeFileSync(file, `# Before\n\n${first}\nBehind\n`);
    writePage({ ...report, lacks: [] }, folder);
    const again = readFileSync(file, "utf8");
    expect(again).toMatch(/^# Before\n/);
    expect(again).toMatch(/\nBehind\n$/);
    expect(again).not.toContain("swaks");
    expect(readFileSync(join(folder, "performance/figures.svg"), "utf8")).toMatch(/^<svg /);
  });

  test("without its markers is left alone", () => {
    writeFileSync(join(folder, "performance.md"), "# Mine\n");
    expect(() => writePage(report, folder)).toThrow("markers");
    expect(readFileSync(join(folder, "performance.md"), "utf8")).toBe("# Mine\n");
  });
});
