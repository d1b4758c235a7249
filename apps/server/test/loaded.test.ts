/**
 * What each command loads: a program starts as fast as what it imports lets it. These lists need no clock; whoever adds
 * to one should know that it is every start of that command that pays for it.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { newFolder } from "./folder.ts";
import { run } from "./program.ts";

const HOOK = import.meta.resolve("./loading.ts");

/** A module as a package of npm or of ours; empty where it is Node's, or the program's own. */
const packageOf = (url: string): string =>
  /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ??
  /\/packages\/(?:extensions\/)?([^/]+)\/src\//.exec(url)?.[1] ??
  "";

const loaded = async (line: string): Promise<ReadonlySet<string>> => {
  const list = path.join(newFolder(), "loaded");
  const { err } = await run(line.split(" "), { env: { NODE_OPTIONS: `--import=${HOOK}`, LOADED: list } });
  expect(err).toBe("");
  const urls = readFileSync(list, "utf8").split("\n");
  expect(urls.some((url) => url.endsWith("/src/main.ts"))).toBe(true);
  return new Set(urls.map(packageOf).filter((name) => name !== ""));
};

test("--version loads nothing", async () => {
  expect(await loaded("--version")).toEqual(new Set());
});

test.each(["--help", "help", "help hash", "hash --help"])("%s loads what reads a command line", async (line) => {
  expect(await loaded(line)).toEqual(new Set(["commander"]));
});

test("a server loads no tables of names or charsets, and nothing that others draw its log with", async () => {
  const found = await loaded("--listen-lmtp 127.0.0.1:0 --check-config --log json");
  for (const name of ["tr46", "@mongodb-js/saslprep", "iconv-lite", "rxjs", "client", "pino-pretty"])
    expect(found).not.toContain(name);
  expect(found).toContain("server");
});
