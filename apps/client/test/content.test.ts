// What arrives is what was given: files, standard input, messages made from options.
import { spawn } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { here, posthorn } from "./harness.ts";
import { place, toBob } from "./servers.ts";

const { folder, start } = place();

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

const CASES: readonly (readonly [string, string])[] = [
  ["lines of dots", "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\nQUIT\r\n"],
  ["8-bit text", "Subject: x\r\n\r\nZw\u00f6lf\r\n"],
  ["no header", "hello\r\n"],
  ["an empty body", "Subject: x\r\n\r\n"],
  ["a long line", `Subject: x\r\n\r\n${"x".repeat(5000)}\r\n`],
  ["nothing", ""],
];

describe("--data FILE", () => {
  test.each(CASES)("%s, octet for octet", async (_, text) => {
    const server = await start({ offers: ["8BITMIME", "PIPELINING"] });
    const file = folder.file("message.eml", latin1(text));
    const { code, stderr } = await here(toBob(server, "--data", file));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(server.messages).toEqual([text]);
  });

  test("line endings become CRLF, and DATA adds the last one", async () => {
    const server = await start();
    const file = folder.file("unix.eml", "Subject: x\n\none\rtwo\r\nthree");
    const { stdout } = await here(toBob(server, "--data", file));
    expect(server.messages).toEqual(["Subject: x\r\n\r\none\r\ntwo\r\nthree\r\n"]);
    expect(stdout).toContain("changed:");
  });

  test("binary goes by BDAT, untouched, and nowhere else", async () => {
    const every = Uint8Array.from({ length: 512 }, (_, at) => (at * 7) % 256);
    const file = folder.file("binary", every);
    const server = await start({ offers: ["8BITMIME", "CHUNKING", "BINARYMIME"] });
    expect((await here(toBob(server, "--data", file))).code).toBe(0);
    expect(Buffer.from(server.messages[0] ?? "", "latin1").equals(every)).toBe(true);
    expect(server.lines.join()).toContain("BODY=BINARYMIME");
    const plain = await start({ offers: ["8BITMIME"] });
    expect((await here(toBob(plain, "--data", file))).code).toBe(65);
    expect(plain.verbs).toEqual(["EHLO", "QUIT"]);
  });

  test("a message of any octets but NUL arrives with CRLF line endings", async () => {
    const server = await start({ offers: ["8BITMIME"] });
    const word = fc.constantFrom(".", "\r", "\n", "\r\n", "x", "\u00e9", "..", "QUIT");
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
        const text = `X: y\r\n\r\n${words.join("")}`;
        const file = folder.file("any.eml", latin1(text));
        server.messages.length = 0;
        expect((await here(toBob(server, "--data", file))).code).toBe(0);
        const lines = text.replaceAll(/\r\n|\r|\n/g, "\r\n");
        expect(server.messages).toEqual([lines.endsWith("\r\n") ? lines : `${lines}\r\n`]);
      }),
      { numRuns: 40 * Number(process.env["POSTHORN_RUNS"] ?? 1) },
    );
  });

  test("3 MiB, octet for octet", async () => {
    const text = Array.from({ length: 40_000 }, (_, at) => `${at} ${"x".repeat(70)}\r\n`).join("");
    const server = await start();
    const { code, stdout } = await posthorn(toBob(server, "--data", folder.file("large.eml", text), "--json"));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, octets: text.length });
    expect(server.messages[0] === text).toBe(true);
  });

  test("a field in front, and nothing else", async () => {
    const server = await start();
    const file = folder.file("message.eml", "Subject: x\r\n\r\nhello\r\n");
    await here(toBob(server, "--data", file, "--header", "X-One: 1", "X-Two:2"));
    expect(server.messages).toEqual(["X-One: 1\r\nX-Two: 2\r\nSubject: x\r\n\r\nhello\r\n"]);
  });

  test("a pipe, which can be read once", async () => {
    const server = await start();
    const text = "Subject: x\r\n\r\nhello\r\n";
    const main = join(import.meta.dirname, "../src/main.ts");
    const shell = `"$0" --conditions=@posthorn/source "$1" send --server ${server.at} --from a@b.example --to c@d.example --data <(printf '%s' "$2")`;
    const code = await new Promise((resolve) => {
      spawn("bash", ["-c", shell, process.execPath, main, text], { stdio: "ignore" }).on("close", resolve);
    });
    expect(code).toBe(0);
    expect(server.messages).toEqual([text]);
  });
});

describe("standard input", () => {
  test.each([[["--data", "-"]], [[]]])("with %j it is the message", async (args) => {
    const server = await start();
    const text = "Subject: x\r\n\r\n.hello\r\n";
    expect((await posthorn(toBob(server, ...args), { input: text })).code).toBe(0);
    expect(server.messages).toEqual([text]);
  });

  test("with a subject it is the text, as mail(1) has it", async () => {
    const server = await start();
    await here(toBob(server, "--subject", "Hi"), { input: "hello\n" });
    expect(server.messages[0]).toMatch(/\r\nSubject: Hi\r\n[^]*\r\n\r\nhello\r\n$/);
  });
});

describe("a message that is made", () => {
  const headerOf = (message = ""): string => message.slice(0, message.indexOf("\r\n\r\n") + 2);

  test("a test message on a terminal, with Date, From and Message-ID", async () => {
    const server = await start();
    const { code } = await here(toBob(server), { interactive: true });
    expect(code).toBe(0);
    const header = headerOf(server.messages[0]);
    expect(header).toMatch(/^Date: \w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\r\n/);
    expect(header).toContain("From: ada@a.example\r\n");
    expect(header).toMatch(/\r\nMessage-ID: <[^@>\s]+@a\.example>\r\n/);
    expect(header).toContain("Subject: A test message\r\n");
  });

  test("text that is not ASCII goes to any server", async () => {
    const server = await start();
    await here(toBob(server, "--subject", "Grüße", "--body", "Hällo\n.\nWelt"));
    const [message = ""] = server.messages;
    expect(message).toMatch(/^[\r\n\t -~]*$/);
    expect(message).toContain("Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n");
    const body = message.slice(message.indexOf("\r\n\r\n") + 4);
    expect(Buffer.from(body, "base64").toString("utf8")).toBe("Hällo\r\n.\r\nWelt\r\n");
  });

  test("fields that are given stand instead of those that would be made", async () => {
    const server = await start();
    await here(toBob(server, "--body", "x", "--header", "from: Ada <ada@a.example>", "Date: yesterday"));
    const header = headerOf(server.messages[0]);
    expect(header.match(/^from:/gim)).toEqual(["from:"]);
    expect(header.match(/^date:/gim)).toEqual(["Date:"]);
  });

  test("the null reverse-path still has a From", async () => {
    const server = await start();
    await here(["send", "--server", server.at, "--from", "<>", "--to", "postmaster", "--body", "x"]);
    expect(server.lines).toContain("MAIL FROM:<>");
    expect(server.lines.find((line) => line.startsWith("RCPT"))).toMatch(/^RCPT TO:<postmaster>$/i);
    expect(headerOf(server.messages[0])).toContain("From: MAILER-DAEMON@");
  });
});
