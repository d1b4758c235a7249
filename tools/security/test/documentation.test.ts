/** docs/security.md says what is: each limit is the code's, and each test that it names is there and speaks of its id. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultTimeouts } from "@posthorn/client";
import { standardServer } from "@posthorn/esmtp";
import { AUTH_LINE } from "@posthorn/ext-auth";
import { defaultLimits } from "@posthorn/server";
import { clientLimits, compose } from "@posthorn/session";
import { DOMAIN_OCTETS, LOCAL_PART_OCTETS, PATH_OCTETS, REPLY_LINE } from "@posthorn/wire";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const PAGE = join(ROOT, "docs/security.md");
const page = (): string => readFileSync(PAGE, "utf8");

/** The rows of the table between two marks, without its head: their cells. */
const rows = (name: string): readonly (readonly string[])[] => {
  const text = page();
  const between = text.slice(text.indexOf(`<!-- ${name} -->`), text.indexOf(`<!-- /${name} -->`));
  return between
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
};

const figures = (values: Readonly<Record<string, number>>): readonly (readonly string[])[] =>
  Object.entries(values).map(([name, value]) => [`\`${name}\``, String(value)]);

test.each(["framing", "client", "server"])("each row of %s names tests that are there and speak of its id", (name) => {
  const attacks = rows(name);
  expect(attacks.length).toBeGreaterThan(7);
  for (const [id = "", , cell = ""] of attacks) {
    const files = [...cell.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
    expect(files.length, id).toBeGreaterThan(0);
    for (const file of files) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(mentions(readFileSync(join(ROOT, file), "utf8"), id), `${id} in ${file}`).toBe(true);
    }
  }
});

/** Whether a text speaks of an id: by itself, or within a range such as `C5 to C10`. */
const mentions = (text: string, id: string): boolean => {
  if (new RegExp(`\\b${id}\\b`).test(text)) return true;
  const [letter, number] = [id.slice(0, 1), Number(id.slice(1))];
  const ranges = [...text.matchAll(new RegExp(`\\b${letter}(\\d+) to ${letter}(\\d+)\\b`, "g"))];
  return ranges.some(([, from, to]) => Number(from) <= number && number <= Number(to));
};

test("every id of the catalogue has one row", () => {
  const ids = ["framing", "client", "server", "later"].flatMap((name) => rows(name).map(([id = ""]) => id));
  const all = [
    ...Array.from({ length: 9 }, (_, at) => `S${at + 1}`),
    ...Array.from({ length: 14 }, (_, at) => `C${at + 1}`),
    ...Array.from({ length: 24 }, (_, at) => `A${at + 1}`),
  ];
  expect(ids.toSorted()).toEqual(all.toSorted());
});

test("each limit is the code's", () => {
  expect(rows("limits").map(([name, value]) => [name, value])).toEqual(figures({ ...defaultLimits }));
  expect(rows("client-limits").map(([name, value]) => [name, value])).toEqual(
    figures({ ...clientLimits, ...defaultTimeouts }),
  );
  expect(rows("octets").map(([, value]) => Number(value))).toEqual([
    compose(standardServer()).line,
    AUTH_LINE,
    REPLY_LINE,
    LOCAL_PART_OCTETS,
    DOMAIN_OCTETS,
    PATH_OCTETS,
  ]);
});
