/** Trace fields: RFC 5321 §4.4 and §3.7.2, the protocols of RFC 3848 and RFC 6531 §3.7.3, and the octets behind them (§4.5.2). */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { connect, type Talk } from "../talk.ts";
import { DATA, PASSWORD, type Step, USER, raw, secure, server, take } from "./table.ts";

const { port, folder } = server(
  "--users",
  "$USERS",
  "--auth-in-clear",
  "--maildir",
  "$FOLDER/mail/%n",
  "--create",
  "--listen",
  "127.0.0.1:0",
  "--listen-lmtp",
  "127.0.0.1:0",
);

let count = 0;

/** Delivers to a mailbox of its own; the message as it was kept. */
const kept = async (
  steps: (recipient: Step, say: (octets: string) => Step) => readonly Step[],
  listener = 0,
): Promise<string> => {
  count += 1;
  const mailbox = `u${count}`;
  const talk: Talk = await connect(port(listener), "");
  const answer = "250";
  await take(
    talk,
    steps([`RCPT TO:<${mailbox}@example.org>`, "250"], (octets) => [raw(octets), answer]),
  );
  await take(talk, [["QUIT", "221"]]);
  const fresh = path.join(folder, "mail", mailbox, "new");
  expect(existsSync(fresh)).toBe(true);
  const [file = ""] = readdirSync(fresh);
  return readFileSync(path.join(fresh, file), "latin1");
};

const CONTENT = "Subject: x\r\n\r\nbody\r\n";
const EHLO: Step = ["EHLO client.example", "250"];
const HELO: Step = ["HELO client.example", "250"];
const LHLO: Step = ["LHLO client.example", "250"];
const MAIL: Step = ["MAIL FROM:<a@client.example>", "250"];
const UTF8: Step = ["MAIL FROM:<a@client.example> SMTPUTF8", "250"];
const AUTH: Step = [`AUTH PLAIN ${Buffer.from(`\0${USER}\0${PASSWORD}`).toString("base64")}`, "235"];
const TLS: readonly Step[] = [["STARTTLS", "220"], [secure]];

/** One field, unfolded. */
const field = (message: string, name: string): string => {
  const found = new RegExp(`^${name}:((?:[^\\r]|\\r\\n[ \\t])*)\\r\\n`, "im").exec(message);
  expect(found, `${name} in the message`).not.toBeNull();
  return (found?.[1] ?? "").replace(/\r\n[ \t]+/g, " ").trim();
};

describe("the protocol that Received names (RFC 3848 §4, RFC 6531 §3.7.3)", () => {
  const ROWS: readonly (readonly [name: string, listener: number, steps: readonly Step[]])[] = [
    ["SMTP", 0, [HELO, MAIL]],
    ["SMTP", 0, [EHLO, HELO, MAIL]],
    ["ESMTP", 0, [EHLO, MAIL]],
    ["ESMTP", 0, [HELO, EHLO, MAIL]],
    ["ESMTPA", 0, [EHLO, AUTH, MAIL]],
    ["ESMTPS", 0, [EHLO, ...TLS, EHLO, MAIL]],
    ["ESMTPSA", 0, [EHLO, ...TLS, EHLO, AUTH, MAIL]],
    ["ESMTPS", 0, [EHLO, AUTH, ...TLS, EHLO, MAIL]],
    ["UTF8SMTP", 0, [EHLO, UTF8]],
    ["UTF8SMTPA", 0, [EHLO, AUTH, UTF8]],
    ["UTF8SMTPS", 0, [EHLO, ...TLS, EHLO, UTF8]],
    ["UTF8SMTPSA", 0, [EHLO, ...TLS, EHLO, AUTH, UTF8]],
    ["LMTP", 1, [LHLO, MAIL]],
    ["LMTPA", 1, [LHLO, AUTH, MAIL]],
    ["LMTPS", 1, [LHLO, ...TLS, LHLO, MAIL]],
    ["LMTPSA", 1, [LHLO, ...TLS, LHLO, AUTH, MAIL]],
    ["UTF8LMTP", 1, [LHLO, UTF8]],
    ["UTF8LMTPA", 1, [LHLO, AUTH, UTF8]],
    ["UTF8LMTPS", 1, [LHLO, ...TLS, LHLO, UTF8]],
    ["UTF8LMTPSA", 1, [LHLO, ...TLS, LHLO, AUTH, UTF8]],
  ];
  test.each(ROWS)("%s (%#)", async (name, listener, steps) => {
    const message = await kept((recipient, say) => [...steps, recipient, DATA, say(`${CONTENT}.\r\n`)], listener);
    expect(field(message, "Received")).toMatch(new RegExp(` with ${name} id [^ ;]+`));
  });
});

describe("Received (§4.4)", () => {
  const receivedOf = async (hello: string): Promise<string> =>
    field(
      await kept((recipient, say) => [[`EHLO ${hello}`, "250"], MAIL, recipient, DATA, say(`${CONTENT}.\r\n`)]),
      "Received",
    );
  const DATE =
    /; (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/;

  test.each(["client.example", "[192.0.2.1]", "[IPv6:2001:db8::1]"])(
    "the name that was said and the address: %s",
    async (hello) => {
      const text = await receivedOf(hello);
      expect(text.startsWith(`from ${hello} (`)).toBe(true);
      expect(text).toMatch(/^from \S+ \((?:[A-Za-z0-9.-]+ )?\[127\.0\.0\.1\]\) by mx\.example\.org /);
      expect(text).toMatch(DATE);
    },
  );

  test.each(["a_b", "a(b", "a)b", "a;b", "a\\b", '"a"', "a:b", "(", "for-x;y"])(
    "a name that is none adds no clause and ends no comment: %s",
    async (hello) => {
      const text = await receivedOf(hello);
      // Comments (RFC 5322 §3.2.2) taken away from the inside, the clauses must be those of the grammar.
      let bare = text.replace(/\\./g, "");
      for (let before = ""; before !== bare;) [before, bare] = [bare, bare.replace(/\([^()]*\)/g, "")];
      expect(bare.replace(/ +/g, " ")).toMatch(
        /^from \S+ by mx\.example\.org with ESMTP id \S+ for <u\d+@example\.org> ?; [^;]*$/,
      );
    },
  );

  test("§4.4 for names the one recipient; of two, none (§7.2)", async () => {
    const one = await kept((recipient, say) => [EHLO, MAIL, recipient, DATA, say(`${CONTENT}.\r\n`)]);
    expect(field(one, "Received")).toContain(` for <u${count}@example.org>`);
    const two = await kept((recipient, say) => [
      EHLO,
      MAIL,
      recipient,
      ["RCPT TO:<bcc@example.org>", "250"],
      DATA,
      say(`${CONTENT}.\r\n`),
    ]);
    expect(field(two, "Received")).not.toMatch(/ for /);
    expect(two).not.toContain("bcc@");
  });

  test("§4.4 it is the first Received, and those before it stay as they were", async () => {
    const old = "Received: from x\r\n\tby y; Mon, 1 Jan 2024 00:00:00 +0000\r\nrEceived: z\r\n";
    const message = await kept((recipient, say) => [EHLO, MAIL, recipient, DATA, say(`${old}${CONTENT}.\r\n`)]);
    expect(message.endsWith(`${old}${CONTENT}`)).toBe(true);
    expect(message.indexOf("by mx.example.org")).toBeLessThan(message.indexOf(old));
    expect(message.match(/by mx\.example\.org/g)).toHaveLength(1);
  });

  test("§2.1.1 of RFC 5322: no line of it is over 998 octets", async () => {
    const message = await kept((recipient, say) => [
      [`EHLO ${"x_".repeat(100)}`, "250"],
      MAIL,
      recipient,
      DATA,
      say(`${CONTENT}.\r\n`),
    ]);
    for (const line of message.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
  });
});

describe("Return-Path (§4.4)", () => {
  const ROWS: readonly (readonly [string, string])[] = [
    ["<a@client.example>", "<a@client.example>"],
    ["<>", "<>"],
    ["<@relay.example:a@client.example>", "<a@client.example>"],
    ['<"a b"@client.example>', '<"a b"@client.example>'],
    ["<A.b@CLIENT.example>", "<A.b@CLIENT.example>"],
    ["<a@[192.0.2.1]>", "<a@[192.0.2.1]>"],
  ];
  test.each(ROWS)("MAIL FROM:%s: the first line is %s", async (said, written) => {
    const message = await kept((recipient, say) => [
      EHLO,
      [`MAIL FROM:${said}`, "250"],
      recipient,
      DATA,
      say(`${CONTENT}.\r\n`),
    ]);
    expect(message.split("\r\n")[0]).toBe(`Return-Path: ${written}`);
    expect(message.match(/^Return-Path:/gim)).toHaveLength(1);
  });
});

test("RFC 6531 §3.7.3 a reverse-path in UTF-8 is in Return-Path as it is", async () => {
  const step: Step = ["MAIL FROM:<\u00e9@b\u00fccher.example> SMTPUTF8", "250"];
  const message = await kept((recipient, say) => [EHLO, step, recipient, DATA, say(`${CONTENT}.\r\n`)]);
  expect(Buffer.from(message, "latin1").toString()).toMatch(/^Return-Path: <\u00e9@b\u00fccher\.example>\r\n/);
});

describe("the octets behind them (§4.5.2, §2.4)", () => {
  const BODIES: readonly (readonly [clause: string, sent: string, kept: string])[] = [
    ["§4.5.2 a dot that was added goes", "\r\n..x\r\n", "\r\n.x\r\n"],
    ["§4.5.2 two dots become one", "\r\n..\r\n", "\r\n.\r\n"],
    ["§4.5.2 a dot before other characters goes", "\r\n.x\r\n", "\r\nx\r\n"],
    ["§4.5.2 a dot within a line stays", "\r\nx.y\r\nx.\r\n", "\r\nx.y\r\nx.\r\n"],
    ["§4.5.2 in the first line too", "..x\r\n", ".x\r\n"],
    ["§4.1.1.4 empty lines stay", "\r\n\r\n\r\n", "\r\n\r\n\r\n"],
    ["§4.1.1.4 white space at an end of a line stays", "x \t\r\n \r\n", "x \t\r\n \r\n"],
    ["§4.5.3.1.6 long lines stay", `${"x".repeat(998)}\r\n`, `${"x".repeat(998)}\r\n`],
    ["§4.5.3.1.6 very long ones too", `${"x".repeat(70_000)}\r\n`, `${"x".repeat(70_000)}\r\n`],
    ["§2.4 controls stay", "\x01\x7f\x0c\r\n", "\x01\x7f\x0c\r\n"],
  ];
  test.each(BODIES)("%s", async (_clause, sent, wanted) => {
    const message = await kept((recipient, say) => [EHLO, MAIL, recipient, DATA, say(`S: 1\r\n${sent}.\r\n`)]);
    expect(message.endsWith(`\r\nS: 1\r\n${wanted}`)).toBe(true);
    const first = await kept((recipient, say) => [EHLO, MAIL, recipient, DATA, say(`${sent}.\r\n`)]);
    expect(first.endsWith(wanted)).toBe(true);
  });

  test("RFC 6152 §3 8-bit octets stay", async () => {
    const all = `${Array.from({ length: 128 }, (_, at) => String.fromCharCode(at + 128)).join("")}\r\n`;
    const step: Step = ["MAIL FROM:<a@b> BODY=8BITMIME", "250"];
    const message = await kept((recipient, say) => [EHLO, step, recipient, DATA, say(`S: 1\r\n\r\n${all}.\r\n`)]);
    expect(message.endsWith(all)).toBe(true);
  });

  test("RFC 3030 §3 all octets of all chunks, and no dot lost", async () => {
    const all = Array.from({ length: 256 }, (_, at) => String.fromCharCode(at)).join("");
    const step: Step = ["MAIL FROM:<a@b> BODY=BINARYMIME", "250"];
    const message = await kept((recipient, say) => [
      EHLO,
      step,
      recipient,
      say(`BDAT 256\r\n${all}`),
      say(`BDAT 10\r\n\r\n.\r\n..x\r\n`),
      say(`BDAT 256 LAST\r\n${all}`),
    ]);
    expect(message.endsWith(`${all}\r\n.\r\n..x\r\n${all}`)).toBe(true);
  });
});
