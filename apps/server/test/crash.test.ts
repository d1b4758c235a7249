/**
 * A server that is killed at any moment: what it said 250 for is there, and what is visible is whole. (That the octets are
 * on the disk by then is for the order of the calls to say, which delivery.test.ts looks at.)
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { filesIn, newFolder } from "./folder.ts";
import { start } from "./program.ts";
import { connect } from "./talk.ts";

const SESSIONS = 8;

/** A message that says by itself whether all of it is there. */
const message = (id: string, octets: number): string =>
  `Message-ID: <${id}@client.example>\r\n\r\n${`${"x".repeat(76)}\r\n`.repeat(octets / 78)}end of ${id}\r\n`;

test.each([
  [500, 30],
  [100_000, 10],
])("of messages of %i octets, killed after %i", async (octets, enough) => {
  const root = newFolder();
  const { port, kill, ended } = await start(["--listen", "127.0.0.1:0", "--maildir", root, "--log", "off"]);
  const accepted: string[] = [];
  const send = async (session: number): Promise<void> => {
    const talk = await connect(port);
    for (let nth = 0; ; nth++) {
      const id = `${session}-${nth}`;
      for (const line of ["MAIL FROM:<>", "RCPT TO:<u@example.org>", "DATA"]) await talk.say(line);
      talk.send(`${message(id, octets)}.\r\n`);
      const said = await talk.reply();
      if (said === "") return;
      expect(said).toMatch(/^250 /);
      if (accepted.push(id) === enough) kill("SIGKILL");
    }
  };
  // One is half-way all the time: what is there of it must not be visible.
  const slow = await connect(port);
  for (const line of ["MAIL FROM:<>", "RCPT TO:<u@example.org>", "DATA"]) await slow.say(line);
  slow.send(message("slow", 2 * octets).slice(0, octets));
  // Who has the connection reset has heard no reply either.
  const reset = (error: unknown): void => {
    if (accepted.length < enough) throw error;
  };
  await Promise.all(Array.from({ length: SESSIONS }, (_, session) => send(session).catch(reset)));
  await ended;
  const visible = filesIn(path.join(root, "new")).map((name) => readFileSync(path.join(root, "new", name), "latin1"));
  const found = visible.map((text) => /^Message-ID: <(.*)@/m.exec(text)?.[1] ?? "");
  for (const [at, text] of visible.entries()) expect(text.endsWith(message(found[at] ?? "", octets))).toBe(true);
  expect(found).toEqual(expect.arrayContaining(accepted));
  expect(new Set(found).size).toBe(found.length);
});
