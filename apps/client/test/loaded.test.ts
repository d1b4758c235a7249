/**
 * What each command loads: a program starts as fast as what it imports lets it. These lists need no clock; whoever adds
 * to one should know that it is every start of that command that pays for it.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { posthorn } from "./harness.ts";
import { place, toBob } from "./servers.ts";

const { folder, start } = place();

const HOOK = import.meta.resolve("./loading.ts");

/** A module as a package of npm or of ours; empty where it is Node's, or the program's own. */
const packageOf = (url: string): string =>
  /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ??
  /\/packages\/(?:extensions\/)?([^/]+)\/src\//.exec(url)?.[1] ??
  "";

const loaded = async (args: readonly string[]): Promise<ReadonlySet<string>> => {
  const list = folder.file("loaded", "");
  await posthorn(args, { env: { NODE_OPTIONS: `--import=${HOOK}`, LOADED: list } });
  const urls = readFileSync(list, "utf8").split("\n");
  expect(urls.some((url) => url.endsWith("/src/main.ts"))).toBe(true);
  expect(urls).not.toContain("node:tls"); // which takes longer than all of a small package
  return new Set(urls.map(packageOf).filter((name) => name !== ""));
};

test.each(["--version", "-V"])("%s loads nothing", async (option) => {
  expect(await loaded([option])).toEqual(new Set());
});

test.each(["--help", "help", "help send", "send --help"])("%s loads what reads a command line", async (line) => {
  expect(await loaded(line.split(" "))).toEqual(new Set(["commander"]));
});

const OURS = ["client", "contract", "data", "esmtp", "node", "sasl", "session", "wire"];
const EXTENSIONS = "8bitmime auth chunking dsn enhancedstatuscodes pipelining size smtputf8 starttls".split(" ");

test.each(["send", "probe"])("%s loads what speaks SMTP, and no tables of names or charsets", async (command) => {
  const server = await start();
  const args = command === "send" ? toBob(server, "--body", "hello") : ["probe", server.at];
  expect(await loaded(args)).toEqual(new Set(["commander", ...OURS, ...EXTENSIONS]));
});
