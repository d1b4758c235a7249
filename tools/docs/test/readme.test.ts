// Every example of the documentation runs by itself and ends well; every published library has one.
import { describe, expect, test } from "vitest";
import { compileExamples } from "../src/compile.ts";
import { allExamples, examplesIn, runExample, withoutExample } from "../src/examples.ts";

const most = 60_000;

describe("examples", { concurrent: true, timeout: most + 5_000 }, () => {
  test("are run as modules of TypeScript", async () => {
    const good =
      'import assert from "node:assert/strict"; const one: number = await Promise.resolve(1); assert.equal(one, 1);';
    expect(await runExample(good, most)).toEqual({ status: 0, output: "" });
    expect((await runExample("throw new Error('so');", most)).output).toContain("so");
    expect((await runExample("setInterval(() => {}, 1000);", 500)).status).toBeNull();
  });

  for (const { where, code } of allExamples()) {
    test(where, async () => {
      const { status, output } = await runExample(code, most);
      expect(status, status === null ? `still running after ${most} ms\n${output}` : output).toBe(0);
    });
  }
});

test("they are what a strict compiler takes", { timeout: most }, () => {
  const wrong = { where: "wrong.md:7", code: '\nconst one: number = "one";\n' };
  expect(compileExamples([wrong, ...allExamples()])).toEqual([expect.stringMatching(/^wrong\.md:9: error TS2322: /)]);
});

test("every published library has a README with an example", () => {
  expect(withoutExample()).toEqual([]);
});

test("blocks of TypeScript are found, others and those marked no-run are not", () => {
  const fence = "```";
  const text = ["a", `${fence}ts`, "one();", fence, `${fence}ts no-run`, "two();", fence, `${fence}sh`, "three", fence];
  const long = ["````md", `${fence}ts`, "four();", fence, "````", `  ${fence}ts`, "five();", `  ${fence}`];
  expect(examplesIn("x.md", [...text, ...long].join("\n"))).toEqual([
    { where: "x.md:2", code: "one();\n" },
    { where: "x.md:16", code: "five();\n" },
  ]);
});
