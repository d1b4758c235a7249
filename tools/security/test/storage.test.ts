/**
 * What a peer's text can do to mail that is kept (docs/security.md C4, A14, A16, A18, A20, A22): no field, no folder and no
 * recipient that an operator did not mean.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { filesIn, newFolder, serve, type Server } from "./program.ts";
import { deliver, dial, Raw } from "./raw.ts";

const utf8 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

describe("C4: fields above a message", () => {
  let server: Server;
  const maildir = newFolder();
  beforeAll(async () => {
    server = await serve(["--maildir", maildir, "--limit", "errors=0"]);
  });

  test("nothing that a peer says adds a line to them, or changes who the message is from", async () => {
    const before = new Set(filesIn(maildir));
    const poison = [
      "\r\nX-Pwned: 1",
      "\rX-Pwned: 1",
      "\nX-Pwned: 1",
      "\0X-Pwned: 1",
      ")\r\n X-Pwned: 1 (",
      ") by evil.example (",
      "\\",
      "\x1b]0;x\x07",
      "((((((",
    ];
    for (const text of poison) {
      for (const [hello, from, to] of [
        [`EHLO a${text}`, "<a@x.example>", "<u@example.org>"],
        [`HELO a${text}`, "<a@x.example>", "<u@example.org>"],
        ["EHLO x.example", `<a${text}@x.example>`, "<u@example.org>"],
        ["EHLO x.example", `<"a${text}"@x.example>`, `<"u${text}"@example.org>`],
        ["EHLO x.example", "<a@x.example>", `<u@example.org${text}>`],
        ["EHLO x.example", `<a@x.example> ENVID=${text}`, `<u@example.org> ORCPT=rfc822;${text}`],
      ] as const) {
        const raw = await dial(server.port, "");
        raw.send(`${hello}\r\nMAIL FROM:${from}\r\nRCPT TO:${to}\r\nRSET\r\nEHLO a(${text.replace(/[^ -~]/g, "")}\r\n`);
        raw.send(
          "MAIL FROM:<ok@x.example>\r\nRCPT TO:<u@example.org>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n",
        );
        await raw.rest();
        raw.socket.destroy();
      }
    }
    const files = filesIn(maildir).filter((file) => !before.has(file));
    expect(files).toHaveLength(poison.length * 6);
    for (const file of files) {
      const kept = readFileSync(join(maildir, file), "latin1");
      const fields = kept.slice(0, kept.indexOf("\r\n\r\n"));
      expect(fields).not.toMatch(/^X-Pwned/m);
      expect(
        fields
          .replaceAll("\r\n\t", " ")
          .split("\r\n")
          .map((line) => line.split(":")[0]),
      ).toEqual(["Return-Path", "Delivered-To", "Received", "Subject"]);
      // oxlint-disable-next-line no-control-regex
      expect(fields.replaceAll("\r\n", "").replaceAll("\t", "")).toMatch(/^[\x20-\x7e]*$/);
      expect(fields).toContain("by ");
      expect(fields.replace(/\((?:[^()\\]|\\.)*\)/g, "")).not.toContain("evil.example");
    }
  });

  test("content that begins with a dot, lacks its last CRLF or is empty ends where it ends (S5)", async () => {
    const raw = await dial(server.port);
    for (const [sent, kept] of [
      ["..leading\r\n", ".leading\r\n"],
      ["..\r\n", ".\r\n"],
      ["...\r\n..\r\n", "..\r\n.\r\n"],
      ["", ""],
    ] as const) {
      const before = new Set(filesIn(maildir));
      expect(await deliver(raw, { content: sent })).toMatch(/^250/);
      const [file = ""] = filesIn(maildir).filter((name) => !before.has(name));
      const text = readFileSync(join(maildir, file), "latin1");
      const below = text.slice(text.indexOf("Received: ")).replace(/^Received: .*\r\n(?:\t.*\r\n)*/, "");
      expect(below).toBe(kept);
    }
    // BDAT ends where its count ends, also without CRLF, and with CRLF . CRLF inside.
    const before = new Set(filesIn(maildir));
    await raw.codes("MAIL FROM:<>", "RCPT TO:<u@example.org>");
    raw.send("BDAT 15 LAST\r\nx\r\n.\r\nMAIL FROM");
    expect(await raw.reply()).toMatch(/^250/);
    const [file = ""] = filesIn(maildir).filter((name) => !before.has(name));
    expect(readFileSync(join(maildir, file), "latin1").endsWith("\r\nx\r\n.\r\nMAIL FROM")).toBe(true);
  });
});

describe("A14: nobody relays", () => {
  let server: Server;
  const maildir = newFolder();
  beforeAll(async () => {
    server = await serve([
      "--domain",
      "local.example",
      "--domain",
      "bücher.example",
      "--hostname",
      "mx.local.example",
      "--maildir",
      maildir,
      "--limit",
      "errors=0",
    ]);
  });

  test("whatever form an address has, mail for others is refused", async () => {
    const raw = await dial(server.port);
    expect(await raw.say("MAIL FROM:<a@x.example> SMTPUTF8")).toMatch(/^250/);
    const refused = [
      "<u@other.example>",
      "<u%other.example@local.example>",
      "<other.example!u@local.example>",
      "<@local.example:u@other.example>",
      "<@local.example,@local.example:u@other.example>",
      '<"u@other.example"@local.example>',
      "<u@other.example@local.example>",
      '<"u"@other.example>',
      '<"\\"u@other.example\\""@local.example>',
      '<"u%other.example"@local.example>',
      "<u@[127.0.0.1]>",
      "<u@[IPv6:::1]>",
      "<u@local.example.>",
      "<u@local.example.other.example>",
      "<u@other.example.local.example>",
      "<@>",
      "<>",
      "<u@>",
      "<@local.example>",
      "<u>",
      "u@other.example",
      "<u@local.example\\@other.example>",
      '<"local.example\\"@local.example"@other.example>',
      "<u@LOCAL\\.example>",
      utf8("<u@l\u043ecal.example>"),
      utf8("<u@loc\u0430l.example>"),
      "<u@xn--lcal-55a.example>",
      "<postmaster@other.example>",
      "<Postmaster@[127.0.0.1]>",
      "<postmaster%other.example@local.example>",
      "<u\0@local.example>",
      "<__proto__@__proto__>",
      "<u@constructor>",
    ];
    const accepted: string[] = [];
    for (const path of refused) if (!(await raw.say(`RCPT TO:${path}`)).startsWith("5")) accepted.push(path);
    expect(accepted).toEqual([]);
    expect(await raw.say("DATA")).toMatch(/^503 /);
    const taken = [
      "<u@local.example>",
      "<u@LOCAL.Example>",
      "<@other.example:u@local.example>",
      "<Postmaster>",
      utf8("<u@bücher.example>"),
      "<u@xn--bcher-kva.example>",
      utf8("<u@\uff4cocal.example>"), // UTS 46 maps both to the domain itself, which is no relay
      utf8("<u@local\u3002example>"),
    ];
    for (const path of taken) expect(await raw.say(`RCPT TO:${path}`), path).toMatch(/^250/);
  });

  test("UTF-8 needs SMTPUTF8, and what nobody can see is refused (A18)", async () => {
    const raw = await dial(server.port);
    expect(await raw.say(`MAIL FROM:<${utf8("ü")}@x.example>`)).toMatch(/^553 5\.6\.7 /);
    for (const octets of ["\xc0\xaf", "\xff", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xc3"])
      expect(await raw.say(`MAIL FROM:<a${octets}@x.example> SMTPUTF8`), octets).toMatch(/^50[01] |^553 /);
    for (const hidden of ["\u200b", "\u2060", "\ufeff", "\u0085", "\u202e", "\u2028"])
      expect(await raw.say(utf8(`MAIL FROM:<a${hidden}b@x.example> SMTPUTF8`)), hidden).toMatch(/^501 |^553 /);
    expect(await raw.say("NOOP")).toMatch(/^250/);
  });

  test("a message that has been round a hundred times is refused (A20)", async () => {
    const raw = await dial(server.port);
    const hops = (count: number): string => "Received: x\r\n".repeat(count);
    expect(await deliver(raw, { to: "<u@local.example>", content: `${hops(100)}\r\nx\r\n` })).toMatch(/^250/);
    expect(await deliver(raw, { to: "<u@local.example>", content: `${hops(101)}\r\nx\r\n` })).toMatch(/^554 5\.4\.6 /);
  });
});

describe("A22: no mailbox is outside the root", () => {
  const NAMES = [
    "../x",
    "..",
    ".",
    "a/b",
    "/etc/passwd",
    "..\\x",
    "con",
    "x".repeat(64),
    "%2e%2e",
    "%d",
    "%",
    "~root",
    "a:b",
    "cur",
    "tmp",
    "new",
    "-rf",
    "$HOME",
    "`id`",
    ";id;",
    "|id",
    "\t",
    "a b",
    "__proto__",
  ];

  test.each(["%d/%n", "%u", "mail/%n", "%n/Maildir", "%d-%n"])("%s", async (template) => {
    const outer = newFolder();
    const root = join(outer, "root");
    mkdirSync(root);
    const server = await serve(["--maildir", `${root}/${template}`, "--create", "--limit", "errors=0"]);
    const raw = await dial(server.port);
    let taken = 0;
    for (const name of NAMES) {
      for (const path of [
        `<"${name.replace(/[\\"]/g, "\\$&")}"@example.org>`,
        `<u@${name.slice(0, 20)}>`,
        `<u@[${name}]>`,
      ]) {
        const said = await deliver(raw, { to: path });
        expect(said, path).toMatch(/^250|^5|^451/);
        if (said.startsWith("250")) taken += 1;
        else await raw.say("RSET");
      }
      if (raw.over) throw new Error(`it went at ${name}`);
    }
    expect(taken).toBeGreaterThan(NAMES.length / 2);
    expect(readdirSync(outer)).toEqual(["root"]);
    const files = filesIn(root);
    expect(files).toHaveLength(taken);
    for (const file of files) {
      const whole = join(root, file);
      expect(realpathSync(whole).startsWith(`${realpathSync(root)}/`)).toBe(true);
      expect(file).toMatch(/\/new\/\d+\.M\d+P\d+Q\d+R[0-9a-f]+\.[A-Za-z0-9._-]+$/);
      expect(lstatSync(whole).mode & 0o777).toBe(0o600);
      for (let folder = join(whole, ".."); folder !== root; folder = join(folder, ".."))
        expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(file.split("/")).not.toContain("..");
    }
  });

  test("links that lead out are no mailboxes", async () => {
    const [root, outside] = [newFolder(), newFolder()];
    symlinkSync(outside, join(root, "out"));
    mkdirSync(join(root, "half"));
    symlinkSync(outside, join(root, "half", "new"));
    const server = await serve(["--maildir", `${root}/%n`, "--create", "--limit", "errors=0"]);
    const raw = await dial(server.port);
    expect(await deliver(raw, { to: "<out@example.org>" })).toMatch(/^[45]/);
    await raw.say("RSET");
    expect(await deliver(raw, { to: "<half@example.org>" })).toMatch(/^[45]/);
    expect(filesIn(outside)).toEqual([]);
    expect(existsSync(join(outside, "tmp"))).toBe(false);
  });
});

test("a client that leaves at any moment leaves no file behind (A17)", async () => {
  const maildir = newFolder();
  const server = await serve(["--maildir", maildir]);
  const script = "EHLO x.example\r\nMAIL FROM:<>\r\nRCPT TO:<u@example.org>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.";
  for (let cut = 0; cut <= script.length; cut += 6) {
    const raw = new Raw(connect({ port: server.port, host: "127.0.0.1" }));
    raw.send(script.slice(0, cut));
    if (cut % 4 === 0) raw.socket.end();
    else await raw.reply();
    if (cut % 4 !== 0) raw.socket.resetAndDestroy();
  }
  const last = await dial(server.port);
  expect(await deliver(last)).toMatch(/^250/);
  last.socket.destroy();
  expect((await server.stop()).status).toBe(0);
  expect(filesIn(maildir)).toHaveLength(1);
});
