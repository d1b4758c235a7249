// Whatever the packages and the programs export, from any of their files, has a docstring.
import { packagesOf } from "@posthorn/workspace";
import { expect, test } from "vitest";
import { docstringFindings, undocumented } from "../src/docstrings.ts";
import { parse } from "../src/tree.ts";

test("every exported symbol says what it is", () => {
  const packages = packagesOf().filter((of) => of.published);
  expect(packages.length).toBeGreaterThan(15);
  const findings = packages.flatMap(docstringFindings).map(({ where, what }) => `${where} ${what}`);
  expect(findings).toEqual([]);
});

test.each([
  ["/** A head. */\nexport const a = 1;", ["a"]],
  ["/** A head. */\n\n/** It is one. */\nexport const a = 1;", []],
  ["// A head.\n/** It is one. */\n// oxlint-disable-next-line rule -- why\nexport const a = 1;", []],
  ["// A head.\n/* no docstring */\nexport const a = 1;", ["a"]],
  ["// A head.\nexport type A = 1;\n/** Two. */\nexport interface B {}\nexport class C {}", ["A", "C"]],
  ["// A head.\nconst a = 1;\nconst b = 2;\nexport { a };", ["a"]],
  ["// A head.\nexport { a } from './a.ts';\nexport * from './b.ts';\nconst hidden = 1;", []],
  ["// A head.\n/** One. */\nexport function a(): void;\nexport function a(): void {}\nexport default 1;", []],
])("%j", (text, names) => {
  expect(undocumented(parse("a.ts", text), text).map(({ name }) => name)).toEqual(names);
});
