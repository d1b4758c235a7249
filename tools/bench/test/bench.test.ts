// The bench as a program, with a few messages.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../src/processes.ts";
import { sources } from "../src/places.ts";

const folder = mkdtempSync(join(tmpdir(), "posthorn-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) =>
  run(process.execPath, ["--conditions=@posthorn/source", join(sources, "main.ts"), ...args], 25);

describe("the bench", () => {
  test("measures, shows and writes", async () => {
    const json = join(folder, "out.json");
    const said = ["--only", "lockstep", "--rounds", "2", "--share", "0.005", "--peers", "none", "--json", json];
    const { code, stdout } = await bench(...said, "--docs", folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\| 4 KiB lockstep, 20 sessions +\| +\d/);
    const { results, figures, machine } = JSON.parse(readFileSync(json, "utf8"));
    expect(results[0].contenders.map(({ name }: { name: string }) => name)).toEqual(["raw", "ours"]);
    expect(results[0].contenders[1].samples).toHaveLength(2);
    expect(figures[0].value).toBeGreaterThan(0);
    expect(machine.versions).toHaveProperty("Node");
    expect(readFileSync(join(folder, "performance.md"), "utf8")).toContain("lockstep");
  });

  test("what it does not know is 64, and nothing is measured", async () => {
    const { code, stderr, stdout } = await bench("--only", "nothing");
    expect(code).toBe(64);
    expect(stderr).toContain('There is no work "nothing"');
    expect(stdout).toBe("");
  });
});
