/**
 * What posthornd writes down (docs/security.md A8, A21): one record of JSON a line, whatever peers say; nothing in it
 * ends a line, moves a cursor or turns a text around, and no secret is in it in any form.
 */
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { launch, newFolder, serve } from "./program.ts";
import { deliver, dial, type Raw } from "./raw.ts";

/** What must not stand in a log: controls but the line feed between records, and what turns or hides text. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

const utf8 = (text: string): Uint8Array => Buffer.from(text, "utf8");

/** Sends a line in UTF-8, and hears its reply. */
const say = (raw: Raw, line: string): Promise<string> => {
  raw.send(utf8(`${line}\r\n`));
  return raw.reply();
};

describe("A21: no text of a peer acts on a log", () => {
  const POISONS = [
    "\u001b[31m",
    "\u2028",
    "\u202e",
    "\u200b",
    "\u009b2J",
    '","level":60,"x":"',
    "\\n",
    "\r",
    "\n",
    "\0",
  ];

  test("in names, verbs, addresses, parameters and content, as posthornd logs them", async () => {
    const server = await serve(["--limit", "errors=0", "--limit", "junk=0", "--maildir", newFolder()]);
    for (const poison of POISONS) {
      const raw = await dial(server.port, "");
      for (const line of [
        `EHLO a${poison}b`,
        `HELO ${poison}`,
        `EHLO client.example`,
        `X${poison}Y z`,
        `MAIL FROM:<a${poison}b@client.example>`,
        `MAIL FROM:<a${poison}b@client.example> SMTPUTF8`,
        `MAIL FROM:<"a\\${poison}b"@client.example> SMTPUTF8 X${poison}=${poison}`,
        `RSET`,
        `MAIL FROM:<a@client.example> ENVID=${poison} RET=${poison}`,
        `MAIL FROM:<a@client.example>`,
        `RCPT TO:<a${poison}b@client.example>`,
        `RCPT TO:<a@cli${poison}ent.example> ORCPT=rfc822;${poison}`,
        `VRFY ${poison}`,
        `AUTH ${poison}`,
        `QUIT${poison}`,
      ])
        raw.send(utf8(`${line}\r\n`));
      await say(raw, "NOOP last");
      raw.socket.destroy();
    }
    const raw = await dial(server.port);
    expect(await deliver(raw, { content: `Subject: \u001b\u2028\r\n\r\n\u001b[2J\r\n` })).toMatch(/^250/);
    raw.socket.destroy();
    const { err } = await server.stop();
    expect(err.split("\n").length).toBeGreaterThan(100);
    for (const line of err.split("\n").slice(0, -1)) {
      expect(line).not.toMatch(UNSAFE);
      const record = JSON.parse(line) as { readonly level: unknown; readonly event: unknown };
      expect(record.level).not.toBe(60);
      expect(typeof record.event).toBe("string");
      for (const value of Object.values(record)) expect(String(value)).not.toMatch(UNSAFE);
    }
  });

  test("and in the pretty log", async () => {
    const server = await serve(["--log", "pretty"]);
    const raw = await dial(server.port, "");
    for (const poison of POISONS) raw.send(utf8(`EHLO a${poison}b\r\nX${poison}Y\r\n`));
    await say(raw, "QUIT");
    raw.socket.destroy();
    const { err } = await server.stop();
    expect(err).not.toMatch(UNSAFE);
  });
});

describe("A8: no secret is written down", () => {
  const SECRET = "tanstaaf-of-a-secret";
  const BASE64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

  test("by whatever mechanism it came, right, wrong, broken or out of place", async () => {
    const folder = newFolder();
    const hash = await launch("server", ["hash"], { input: `${SECRET}\n` }).ended;
    expect(hash.status).toBe(0);
    expect(hash.out).not.toContain(SECRET);
    const users = join(folder, "users");
    writeFileSync(users, `tim:${hash.out}`);
    const server = await serve(["--users", users, "--auth-in-clear", "--limit", "errors=0"]);
    const plain = BASE64(`\0tim\0${SECRET}`);
    const dialogues: readonly (readonly string[])[] = [
      [`AUTH PLAIN ${plain}`],
      ["AUTH PLAIN", plain],
      [`AUTH PLAIN ${plain}!`, `AUTH PLAIN ${plain.slice(0, -1)}`, `AUTH PLAIN ${plain} ${plain}`],
      [`AUTH PLAIN ${BASE64(`\0tim\0${SECRET}-wrong`)}`, `AUTH PLAIN ${BASE64(`victim\0tim\0${SECRET}`)}`],
      ["AUTH LOGIN", BASE64("tim"), BASE64(SECRET)],
      [`AUTH LOGIN ${BASE64("tim")}`, `${BASE64(SECRET)}?`],
      [`AUTH XOAUTH2 ${BASE64(`user=tim\x01auth=Bearer ${SECRET}\x01\x01`)}`],
      [`AUTH OAUTHBEARER ${BASE64(`n,a=tim,\x01auth=Bearer ${SECRET}\x01\x01`)}`],
      [`AUTH  PLAIN ${plain}`, `auth\tplain ${plain}`, `AUTH PLAIN=${plain}`, `AUTHPLAIN ${plain}`, plain],
      ["AUTH LOGIN", "*", BASE64(SECRET)],
      [`MAIL FROM:<a@client.example>`, `AUTH PLAIN ${plain}`],
      [`AUTH SCRAM-SHA-256 ${BASE64(`n,,n=tim,r=${"x".repeat(24)}`)}`, BASE64(`c=biws,r=x,p=${SECRET}`)],
      [`AUTH PLAIN ${plain}`, `AUTH PLAIN ${plain}`],
    ];
    for (const lines of dialogues) {
      const raw = await dial(server.port);
      for (const line of lines) await raw.say(line);
      raw.socket.destroy();
    }
    const { err } = await server.stop();
    expect(err).toContain('"event":"auth"');
    const hidden = [SECRET, plain, BASE64(SECRET).replace(/=*$/, ""), Buffer.from(SECRET).toString("hex")];
    // Base64 of the secret at each of the three places that it can have in a longer text.
    for (let at = 0; at < 3; at++) hidden.push(BASE64(`${"x".repeat(at)}${SECRET}`).slice(4, 20));
    const lines = err.toLowerCase().split("\n");
    for (const form of hidden)
      expect(
        lines.filter((line) => line.includes(form.toLowerCase())),
        form,
      ).toEqual([]);
  });
});
