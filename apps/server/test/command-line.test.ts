/** The command line: what it says, and the numbers that mistakes end by. */
import { createServer } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { nodeCrypto } from "@posthorn/node";
import { checkPassword, parseVerifiers } from "@posthorn/sasl";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseCommandLine } from "../src/command-line.ts";
import { LIMIT_NAMES } from "../src/schema.ts";
import { hash } from "../src/hash.ts";
import { Stop } from "../src/exit.ts";
import { settingsOf } from "../src/settings.ts";
import { newFolder } from "./folder.ts";
import { run } from "./program.ts";

describe("options", () => {
  test("become keys of the configuration", () => {
    const args =
      "--listen [::1]:25 --listen fd:3 --domain a.example --limit total=1 --limit junk=0 --max-size 0 --create";
    expect(parseCommandLine(args.split(" "))).toEqual({
      command: "serve",
      flags: {
        listen: ["[::1]:25", "fd:3"],
        domains: ["a.example"],
        limits: { total: 1, junk: 0 },
        maxSize: 0,
        create: true,
      },
      config: undefined,
      checkConfig: false,
    });
  });

  test("that are wrong are usage errors of one line", () => {
    for (const args of [
      ["--nonsense"],
      ["--listen"],
      ["extra"],
      ["--limit", "total"],
      ["--max-size", "1k"],
      ["hash", "x"],
    ]) {
      expect(() => parseCommandLine(args)).toThrow(
        expect.objectContaining({ exit: 64, message: expect.not.stringContaining("\n") }),
      );
    }
  });

  test("--help says all that there is", () => {
    const wish = parseCommandLine(["--help"]);
    const text = wish.command === "print" ? wish.text : "";
    for (const word of ["--listen-lmtp", "--tls-self-signed-out", "posthornd hash", "Exit codes"])
      expect(text).toContain(word);
    const limits = /\nLimits .*\n((?: {2}.*\n)+)/.exec(text)?.[1] ?? "";
    expect(limits.trim().split(/\s+/)).toEqual(LIMIT_NAMES);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  test("help is a word too, also of a command", () => {
    for (const [word, option] of [
      [["help"], ["--help"]],
      [
        ["help", "hash"],
        ["hash", "--help"],
      ],
    ] as const) {
      const said = parseCommandLine(word);
      expect(said.command).toBe("print");
      expect(said).toEqual(parseCommandLine(option));
    }
  });
});

/** What a command line ends by before anybody listens: its number and its line. */
const endOf = async (args: string): Promise<{ readonly exit?: number; readonly message?: string }> => {
  try {
    const wish = parseCommandLine(args.split(" "));
    if (wish.command === "serve") await settingsOf(wish.flags, wish.config);
  } catch (error) {
    if (error instanceof Stop) return error;
    throw error;
  }
  return {};
};

describe("a mistake", () => {
  test.each([
    ["--listen 2525", "--listen: expected HOST:PORT"],
    ["--listen :2525", "--listen: expected HOST:PORT"],
    ["--submission 127.0.0.1:65536", "--submission: expected HOST:PORT"],
    ["--limit speed=1", "--limit speed: there is no such limit: the limits are total, perAddress"],
    ["--without CHUNK", '--without: there is no extension "CHUNK": there are PIPELINING, SIZE'],
    ["--tls-cert x", "--tls-cert: a certificate needs its key"],
    ["--tls-key x", "--tls-key: a key needs its certificate"],
    ["--tls-cert x --tls-key y --tls-self-signed-out z", "--tls-self-signed-out: no certificate is made"],
    ["--maildir /tmp/%h", "--maildir: expected a folder; of variables there are %d, %n, %u"],
    ["--domain a_b", "--domain: expected a domain"],
    ["--hostname a_b", "--hostname: expected a domain or an address literal"],
    ["--postmaster admin", "--postmaster: expected a mailbox"],
    ["--log loud", "--log: expected pretty, json or off"],
  ])("%s", async (args, message) => {
    expect(await endOf(args)).toMatchObject({ exit: 64, message: expect.stringContaining(message) });
  });

  test.each([
    ["--listen 2525", 64, /^posthornd: --listen: expected HOST:PORT.*\n$/],
    ["--users /nonexistent/users", 78, /^posthornd: users: ENOENT.*\n$/],
    ["--tls-cert /nonexistent/c --tls-key /nonexistent/k", 78, /^posthornd: tlsCert: ENOENT.*\n$/],
    ["--maildir /dev/null/x", 73, /^posthornd: maildir: ENOTDIR.*\n$/],
    [
      "--listen 192.0.2.1:2525",
      69,
      /^posthornd: cannot listen on 192\.0\.2\.1:2525: this machine has no such address\n$/,
    ],
  ])("%s", async (args, status, err) => {
    const ended = await run(["--log", "off", ...args.split(" ")], { cwd: newFolder() });
    expect(ended).toEqual({ status, out: "", err: expect.stringMatching(err) });
  });

  test("of two who want one port is one line, and 69", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { status, out, err } = await run(["--listen", "127.0.0.1:0", "--listen", address, "--log", "off"]);
    expect({ status, out, err }).toEqual({
      status: 69,
      out: "",
      err: `posthornd: cannot listen on ${address}: the address is in use\n`,
    });
  });
});

describe("hash", () => {
  test("prints verifiers that no two runs share", async () => {
    const ends = await Promise.all(["pencil\r\nmore", "pencil"].map((input) => run(["hash"], { input })));
    for (const { status, out, err } of ends) {
      expect({ status, err }).toEqual({ status: 0, err: "" });
      expect(out).toMatch(/^\{SCRAM-SHA-256\}\d+,\S+,\S+,\S+ \{SCRAM-SHA-1\}\d+,\S+,\S+,\S+\n$/);
      expect(await checkPassword("pencil", parseVerifiers(out.trim()), nodeCrypto)).toBe(true);
    }
    expect(ends[0]?.out).not.toBe(ends[1]?.out);
  });

  test.each([
    ["nothing", "", "give a password"],
    ["an empty line", "\n", "give a password"],
    ["a control", "a\u0007b\n", "RFC 4013"],
    ["no text", Uint8Array.of(0xff, 10), "not UTF-8"],
    ["a very long line", "x".repeat(20_000), "longer"],
  ])("of %s is no verifier", async (_name, input, message) => {
    const end = hash(Readable.from([Buffer.from(input)]), new PassThrough());
    await expect(end).rejects.toMatchObject({ exit: 65, message: expect.stringContaining(message) });
  });

  test("asks on a terminal, and shows nothing", async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough();
    const printed = hash(input, output);
    input.write("pencil\r");
    expect(await printed).toMatch(/^\{SCRAM-SHA-256\}/);
    expect(String(output.read())).toBe("Password: \n");
  });
});

test("--check-config says whether all fits together, and makes nothing", async () => {
  const folder = newFolder();
  writeFileSync(path.join(folder, "users"), "tim:x\n");
  const wrong = await run(["--users", "users", "--check-config"], { cwd: folder });
  expect(wrong).toEqual({
    status: 78,
    out: "",
    err: `posthornd: users: ${path.join(folder, "users")}, line 1: not of the form name:verifiers (see posthornd hash)\n`,
  });
  const { status, out, err } = await run(["--maildir", "mail", "--check-config"], { cwd: folder });
  expect({ status, out, err }).toEqual({ status: 0, out: "The configuration is sound.\n", err: "" });
});
