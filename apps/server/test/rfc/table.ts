/**
 * Tables of the RFCs: a row is a clause, what a client says on a connection of its own, and what it must hear. Every row
 * that is not about an end ends with QUIT, so that a reply too many or too few fails it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { nodeCrypto } from "@posthorn/node";
import { formatUser, verifiers } from "@posthorn/sasl";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, start } from "../program.ts";
import { connect, type Talk } from "../talk.ts";

/** The name and the password of the one user. */
export const USER = "tim";
export const PASSWORD = "tanstaaftanstaaf";

/** Octets that get no CRLF: a string in which a character is an octet, or octets. */
export interface Raw {
  readonly raw: Uint8Array;
}
export const raw = (octets: string | Uint8Array): Raw => ({
  raw: typeof octets === "string" ? Buffer.from(octets, "latin1") : octets,
});

/** What is done beside speaking: STARTTLS's handshake, hearing the end. */
export type Deed = (talk: Talk) => Promise<unknown> | void;

/** A line (in UTF-8, without its CRLF), octets or a deed; then a pattern for the beginning of each reply to it. */
export type Step = readonly [say: string | Raw | Deed, ...replies: readonly string[]];

/** A clause, and steps. */
export type Row = readonly [clause: string, ...steps: readonly Step[]];

/** The server closes: a step that hears it, with no QUIT after it. */
export const closed: Deed = async (talk) => expect(await talk.reply()).toBe("");
/** The handshake after STARTTLS. */
export const secure: Deed = (talk) => talk.secure();

export const EHLO: Step = ["EHLO client.example", "250"];
export const MAIL: Step = ["MAIL FROM:<a@client.example>", "250"];
export const RCPT: Step = ["RCPT TO:<u@example.org>", "250"];
export const DATA: Step = ["DATA", "354"];

/**
 * What every reply must be: one code in all lines (RFC 5321 §4.2.1); and an enhanced status in all lines or in none, of
 * the code's class, never with 3yz (RFC 2034 §4).
 */
const judge = (reply: string): void => {
  const lines = reply.split("\n");
  const code = lines[0]?.slice(0, 3) ?? "";
  expect(code).toMatch(/^[2-5][0-5]\d$/);
  const status = /^\d{3}[ -](\d)\.\d{1,3}\.\d{1,3}(?= )/.exec(lines[0] ?? "");
  if (status !== null) expect(status[1]).toBe(code.startsWith("3") ? "none" : code[0]);
  for (const [at, line] of lines.entries()) {
    const separator = at < lines.length - 1 ? "-" : " ?";
    expect(line).toMatch(new RegExp(`^${code}${separator}(?:${status?.[0].slice(4) ?? "(?!\\d\\.\\d+\\.\\d+ )"})`));
  }
};

/** Where ENHANCEDSTATUSCODES is in force. */
const STATUSES = new WeakSet<Talk>();
const HELLO = /(?:EHLO|HELO|LHLO)/i;
const STATUS = /^(?:3|\d{3}[ -]\d\.\d{1,3}\.\d{1,3} )/;

/** Every reply but those to hellos has a status, from EHLO to HELO or STARTTLS (RFC 2034 §4). */
const follow = (talk: Talk, said: string, reply: string): void => {
  if (HELLO.test(said)) {
    if (!reply.startsWith("250")) return;
    if (reply.includes("ENHANCEDSTATUSCODES")) STATUSES.add(talk);
    else STATUSES.delete(talk);
  } else if (STATUSES.has(talk)) expect(reply, `the reply to ${said.slice(0, 100)}`).toMatch(STATUS);
  if (reply.startsWith("220")) STATUSES.delete(talk);
};

/** Takes steps, and hears what they say must be heard. */
export const take = async (talk: Talk, steps: readonly Step[]): Promise<void> => {
  for (const [say, ...replies] of steps) {
    const said =
      typeof say === "string" ? say : typeof say === "function" ? "" : Buffer.from(say.raw).toString("latin1");
    if (typeof say === "function") await say(talk);
    else talk.send(typeof say === "string" ? `${say}\r\n` : say.raw);
    for (const pattern of replies) {
      const reply = await talk.reply();
      expect(reply, `the reply to ${said.slice(0, 100)}`).toMatch(new RegExp(`^(?:${pattern})`));
      judge(reply);
      follow(talk, said, reply);
    }
  }
};

/** A server for a file. */
export interface Server {
  readonly port: (listener?: number) => number;
  readonly folder: string;
}

/** Starts the program before the tests of a file, with a users file, `$FOLDER` and `$USERS` in the arguments replaced. */
export const server = (...args: readonly string[]): Server => {
  const folder = mkdtempSync(path.join(tmpdir(), "posthornd-rfc-"));
  const ends: (() => void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  let running: Running | undefined;
  beforeAll(async () => {
    const users = path.join(folder, "users");
    const cheap = await verifiers(PASSWORD, { rounds: 4096 }, nodeCrypto);
    writeFileSync(users, `${formatUser(USER, cheap)}\n`);
    const given = args.map((arg) => arg.replace("$FOLDER", folder).replace("$USERS", users));
    const always = ["--hostname", "mx.example.org", "--log", "off", "--limit", "errors=1000", "--limit", "authDelay=0"];
    running = await start([...always, ...given], { over: (end) => void ends.unshift(end) });
  });
  afterAll(() => {
    for (const end of ends) end();
  });
  return { folder, port: (listener = 0) => running?.listening[listener]?.port ?? 0 };
};

/** Makes a test of each row. `before` is said first, on each connection. */
export const table = (port: () => number, before: readonly Step[], rows: readonly Row[]): void => {
  test.each(rows.map(([clause, ...steps]) => ({ clause, steps })))("$clause", async ({ steps }) => {
    const talk = await connect(port(), "");
    await take(talk, [...before, ...steps]);
    if (steps.at(-1)?.[0] === closed) return;
    expect(await talk.say("QUIT")).toMatch(/^221/);
    await closed(talk);
  });
};
