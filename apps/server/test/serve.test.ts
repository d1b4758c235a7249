/** The program as its users run it: mail in, files out. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createTransport } from "nodemailer";
import { describe, expect, test } from "vitest";
import { filesIn, newFolder } from "./folder.ts";
import { start } from "./program.ts";
import { connect, deliver } from "./talk.ts";

/** The fields that the server wrote, and the octets behind them. */
const read = (file: string): { readonly fields: string; readonly content: Buffer } => {
  const octets = readFileSync(file);
  const found = /^Return-Path: .*\r\n(?:Delivered-To: .*\r\n)+Received: .*\r\n(?:\t.*\r\n)*/.exec(
    octets.toString("latin1"),
  );
  const fields = found?.[0] ?? "";
  return { fields, content: octets.subarray(fields.length) };
};

const only = (root: string): string => {
  const files = filesIn(root);
  expect(files).toHaveLength(1);
  return path.join(root, files[0] ?? "");
};

describe("delivery", () => {
  test("keeps what came, octet for octet, behind fields of trace", async () => {
    const maildir = path.join(newFolder(), "mail");
    const { port } = await start(["--maildir", maildir, "--hostname", "mx.example.org"]);
    const talk = await connect(port);
    const octets = Buffer.from(
      Array.from({ length: 256 }, (_, at) => at).filter((at) => at !== 0 && at !== 10 && at !== 13),
    );
    await talk.say("MAIL FROM:<a@client.example> BODY=8BITMIME");
    await talk.say("RCPT TO:<u@example.org>");
    await talk.say("DATA");
    talk.send("..\r\n...\r\n\r\n");
    talk.send(octets);
    const reply = await talk.say("\r\n.");
    expect(reply).toMatch(/^250 2\.0\.0 /);
    const file = only(maildir);
    expect(path.relative(maildir, path.dirname(file))).toBe("new");
    const { fields, content } = read(file);
    expect(content.equals(Buffer.concat([Buffer.from(".\r\n..\r\n\r\n"), octets, Buffer.from("\r\n")]))).toBe(true);
    const id = /id ([0-9a-z]{12}-1)/.exec(fields)?.[1] ?? "";
    expect(reply).toContain(id);
    expect(fields.replaceAll("\r\n\t", " ")).toMatch(
      /^Return-Path: <a@client\.example>\r\nDelivered-To: u@example\.org\r\nReceived: from client\.example \(\[127\.0\.0\.1\]\) by mx\.example\.org \(posthornd\) with ESMTP id \S+ for <u@example\.org>; \w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\r\n$/,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(maildir).mode & 0o777).toBe(0o700);
  });

  test("is one copy for one Maildir, and names no recipient in Received where there are more", async () => {
    const maildir = newFolder();
    const { port } = await start(["--maildir", maildir]);
    const to = ["<u@example.org>", "<v@example.org>", "<U@example.org>", "<u@example.org>"];
    expect(await deliver(await connect(port), { from: "<>", to })).toMatch(/^250/);
    const { fields } = read(only(maildir));
    expect(fields).toContain(
      "Return-Path: <>\r\nDelivered-To: u@example.org\r\nDelivered-To: v@example.org\r\nDelivered-To: U@example.org\r\nReceived:",
    );
    expect(fields).not.toMatch(/\bfor </);
  });

  test("by %d, %n and %u goes to mailboxes that exist", async () => {
    const root = newFolder();
    mkdirSync(path.join(root, "example.org", "tim"), { recursive: true });
    const { port } = await start(["--domain", "Example.ORG", "--maildir", `${root}/%d/%n`]);
    const talk = await connect(port);
    await talk.say("MAIL FROM:<>");
    expect(await talk.say("RCPT TO:<tom@example.org>")).toMatch(/^550 5\.1\.1 /);
    expect(await talk.say('RCPT TO:<".."@example.org>')).toMatch(/^550 5\.1\.1 /);
    expect(await talk.say("RCPT TO:<tim@EXAMPLE.org>")).toMatch(/^250/);
    expect(await talk.say("RCPT TO:<Postmaster>")).toMatch(/^250/);
    await talk.say("DATA");
    expect(await talk.say("\r\n.")).toMatch(/^250/);
    expect(filesIn(root).map((file) => path.dirname(file))).toEqual([
      "example.org/postmaster/new",
      "example.org/tim/new",
    ]);
  });

  test("makes mailboxes with --create, and postmaster's mail goes where it was told to", async () => {
    const root = newFolder();
    const { port } = await start(["--maildir", `${root}/%u`, "--create", "--postmaster", "admin@example.org"]);
    const to = ["<tim@example.org>", '<"../x"@example.org>', "<PostMaster@example.com>"];
    expect(await deliver(await connect(port), { to })).toMatch(/^250/);
    expect(filesIn(root).map((file) => path.dirname(file))).toEqual([
      "%2E.%2Fx@example.org/new",
      "admin@example.org/new",
      "tim@example.org/new",
    ]);
  });

  test("that fails is 451 with nothing visible, and the next one is stored", async () => {
    const maildir = newFolder();
    const { port, records } = await start(["--maildir", maildir]);
    rmSync(path.join(maildir, "new"), { recursive: true });
    writeFileSync(path.join(maildir, "new"), "");
    const talk = await connect(port);
    expect(await deliver(talk)).toMatch(/^451 4\.3\.0 /);
    expect(filesIn(maildir)).toEqual(["new"]);
    const [record] = await records("not-stored");
    expect(record).toMatchObject({ level: "error", session: expect.stringMatching(/^\w{12}$/) });
    rmSync(path.join(maildir, "new"));
    mkdirSync(path.join(maildir, "new"));
    expect(await deliver(talk)).toMatch(/^250/);
    expect(filesIn(maildir)).toHaveLength(1);
  });

  test("that cannot begin is refused before its content", async () => {
    const maildir = newFolder();
    const { port } = await start(["--maildir", maildir]);
    rmSync(path.join(maildir, "tmp"), { recursive: true });
    expect(await deliver(await connect(port))).toMatch(/^451 4\.3\.0 /);
  });

  test("that is broken off leaves nothing", async () => {
    const maildir = newFolder();
    const { port, records } = await start(["--maildir", maildir]);
    for (const leave of ["reset", "end"] as const) {
      const talk = await connect(port);
      await talk.say("MAIL FROM:<>");
      await talk.say("RCPT TO:<u@example.org>");
      await talk.say("DATA");
      talk.send("x".repeat(200_000));
      talk[leave]();
    }
    await records("closed", 2);
    await expect.poll(() => filesIn(maildir)).toEqual([]);
  });

  test("stops before a loop: 101 Received fields, not 100", async () => {
    const maildir = newFolder();
    const { port } = await start(["--maildir", maildir]);
    const talk = await connect(port);
    const fields = (count: number): string => `${"Received: x\r\n".repeat(count)}\r\n${"Received: x\r\n".repeat(9)}`;
    expect(await deliver(talk, { content: fields(100) })).toMatch(/^250/);
    expect(await deliver(talk, { content: fields(101) })).toMatch(/^554 5\.4\.6 /);
    expect(filesIn(maildir)).toHaveLength(1);
  });

  test("of what a hostile client calls itself adds no line", async () => {
    const maildir = newFolder();
    const { port, stop } = await start(["--maildir", maildir]);
    for (const name of ["a_b(X)", "a)\\", "[bad]", "x\u001b[31m", "a\rX-P: 1"]) {
      const talk = await connect(port, "");
      await talk.say(`EHLO ${name}`);
      await deliver(talk);
      await talk.say("QUIT");
      talk.end();
    }
    const talk = await connect(port);
    expect(await talk.say("MAIL FROM:<a\rX-P: 1>")).toMatch(/^50[01]/);
    talk.end();
    for (const file of filesIn(maildir)) {
      const { fields, content } = read(path.join(maildir, file));
      expect(content.toString()).toBe("Subject: x\r\n\r\nHello\r\n");
      expect(fields.split("\r\n").filter((line) => !/^(?:Return-Path|Delivered-To|Received|\t)/.test(line))).toEqual([
        "",
      ]);
    }
    expect(filesIn(maildir).length).toBeGreaterThan(2);
    const { err } = await stop();
    expect(err).not.toContain("\u001b");
    for (const line of err.trimEnd().split("\n")) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  test("by BDAT keeps what DATA could not, and SMTPUTF8 its word", async () => {
    const maildir = newFolder();
    const { port } = await start(["--maildir", maildir]);
    const talk = await connect(port);
    await talk.say("MAIL FROM:<grüße@client.example> SMTPUTF8 BODY=BINARYMIME");
    await talk.say("RCPT TO:<u@bücher.example>");
    talk.send("BDAT 5 LAST\r\na\0\nb\r");
    expect(await talk.reply()).toMatch(/^250/);
    const octets = readFileSync(only(maildir));
    expect(octets.subarray(-5).toString()).toBe("a\0\nb\r");
    const fields = octets.subarray(0, -5).toString();
    expect(fields).toContain("Return-Path: <grüße@client.example>\r\nDelivered-To: u@bücher.example\r\n");
    expect(fields).toContain("with UTF8SMTP id");
  });

  test("from nodemailer, attachments and all", async () => {
    const maildir = newFolder();
    const { port } = await start(["--maildir", maildir]);
    const transport = createTransport({ port, host: "127.0.0.1", secure: false, tls: { rejectUnauthorized: false } });
    const attachment = Buffer.alloc(300_000, "posthorn ");
    const sent = await transport.sendMail({
      from: "a@client.example",
      to: "u@example.org",
      subject: "Grüße",
      text: ".\n..\nx",
      attachments: [{ filename: "a.bin", content: attachment }],
    });
    transport.close();
    expect(sent.accepted).toEqual(["u@example.org"]);
    const { fields, content } = read(only(maildir));
    expect(fields).toContain("with ESMTPS id");
    expect(content.toString()).toContain(attachment.subarray(0, 57).toString("base64").slice(0, 76));
  });
});
