// Whatever a Markdown file of the repository points to in the repository is there.
import { expect, test } from "vitest";
import { anchorsOf, deadPointers, markdownFiles, pointersIn } from "../src/links.ts";

test("links, headings and paths in backticks lead somewhere", () => {
  const files = markdownFiles();
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(deadPointers)).toEqual([]);
});

test("links are found in prose, not in code and not to elsewhere; paths in backticks too", () => {
  const fence = "```";
  const text = [
    'See [a](a.md "title"), and [c](../c.md#d), not [d](https://d.example/e.md).',
    "`[e](e.md)` is code, `packages/wire/src` is a path, and `packages/<yours>` is none.",
    fence,
    "[f](f.md)",
    fence,
    "[g]: g.md",
  ];
  expect(pointersIn(text.join("\n"))).toEqual([
    { line: 1, target: "a.md", kind: "link" },
    { line: 1, target: "../c.md#d", kind: "link" },
    { line: 2, target: "packages/wire/src", kind: "path" },
    { line: 6, target: "g.md", kind: "link" },
  ]);
  expect([...anchorsOf("# One `two`, three!\n## Again\n## Again\n")]).toEqual(["one-two-three", "again", "again-1"]);
});
