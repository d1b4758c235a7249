// Every exit code that the program promises, from the program itself.
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { FakeServer, Script } from "./fake-server.ts";
import { here, posthorn } from "./harness.ts";
import { place } from "./servers.ts";

const { folder, start } = place();

const to = (server: FakeServer | string, ...more: readonly string[]): string[] => [
  "send",
  "--server",
  typeof server === "string" ? server : server.at,
  "--from",
  "ada@a.example",
  "--to",
  "bob@b.example",
  "cy@c.example",
  ...more,
];

const message = { input: "Subject: x\r\n\r\nhello\r\n" };

/** Replies to RCPT, by the first letter of the recipient. */
const recipients =
  (replies: Readonly<Record<string, string>>): Script["answer"] =>
  (line) => {
    const letter = /^RCPT TO:<(.)/i.exec(line)?.[1];
    return letter === undefined ? undefined : replies[letter];
  };

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

describe("from the program", () => {
  test("0: all accepted", async () => {
    const server = await start();
    const { code, stdout, stderr } = await posthorn(to(server), message);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("2 of 2 recipients accepted");
    expect(server.messages).toEqual([message.input]);
  });

  test("64: an option that is none, one line, nothing said to anybody", async () => {
    const server = await start();
    const { code, stdout, stderr } = await posthorn(to(server, "--formm"), message);
    expect(code).toBe(64);
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain("--formm");
    expect(server.lines).toEqual([]);
  });

  test("65: 8-bit content for a server without 8BITMIME, and nothing of it is sent", async () => {
    const server = await start({ offers: ["PIPELINING"] });
    const { code, stdout, stderr } = await posthorn(to(server), { input: "Subject: x\r\n\r\nh\u00e9llo\r\n" });
    expect(code).toBe(65);
    expect(stdout + stderr).toContain("8BITMIME");
    expect(server.verbs).toEqual(["EHLO", "QUIT"]);
  });

  test("66: no such file, before anybody is called", async () => {
    const server = await start();
    const { code, stderr } = await posthorn(to(server, "--data", "/no/such/message.eml"));
    expect(code).toBe(66);
    expect(stderr).toBe("posthorn: --data /no/such/message.eml: no such file\n");
    expect(server.lines).toEqual([]);
  });

  test("68: host not found", async () => {
    const { code, stderr } = await posthorn(to("no-such-host.invalid"), message);
    expect(code).toBe(68);
    expect(stderr).toContain("no-such-host.invalid");
  });

  test("69: one recipient refused for good, one accepted", async () => {
    const server = await start({ answer: recipients({ c: "550 5.1.1 nobody here" }) });
    const { code, stdout } = await posthorn(to(server), message);
    expect(code).toBe(69);
    expect(stdout).toMatch(/accepted\s+bob@b.example\s+250 2.0.0 taken/);
    expect(stdout).toMatch(/refused\s+cy@c.example\s+550 5.1.1 nobody here \(RCPT\)/);
    expect(server.messages).toHaveLength(1);
  });

  test("75: nobody accepted, nobody refused for good", async () => {
    const server = await start({ answer: recipients({ b: "450 4.2.1 later", c: "451 4.3.0 later" }) });
    const { code, stdout } = await posthorn(to(server), message);
    expect(code).toBe(75);
    expect(stdout).toMatch(/deferred\s+bob@b.example\s+450 4.2.1 later/);
    expect(server.messages).toEqual([]);
  });

  test("76: a reply that is none", async () => {
    const server = await start({ answer: (line) => (line.startsWith("MAIL") ? "2500 what is this?" : undefined) });
    const { code, stderr } = await posthorn(to(server), message);
    expect(code).toBe(76);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("77: not authenticated", async () => {
    const server = await start({ offers: ["AUTH PLAIN"] });
    const { code, stderr } = await posthorn(to(server, "--user", "ada", "--tls", "none", "--auth-in-clear"), {
      ...message,
      env: { POSTHORN_PASSWORD: "wrong" },
    });
    expect(code).toBe(77);
    expect(stderr).toContain("535");
    expect(stderr).not.toContain("wrong");
    expect(server.verbs).not.toContain("MAIL");
  });

  test("78: TLS required of a server that has none, and no MAIL", async () => {
    const server = await start();
    const { code, stderr } = await posthorn(to(server, "--tls", "required"), message);
    expect(code).toBe(78);
    expect(stderr).toContain("STARTTLS");
    expect(server.verbs).not.toContain("MAIL");
  });
});

describe("in this process", () => {
  test("69: the server refuses everybody", async () => {
    const server = await start({ greeting: "554 5.7.1 not you" });
    const { code, stderr } = await here(to(server), message);
    expect(code).toBe(69);
    expect(stderr).toContain("not you");
  });

  test("69: some accepted, some put off: sending it all again would send something twice", async () => {
    const server = await start({ answer: recipients({ c: "450 4.2.1 later" }) });
    expect((await here(to(server), message)).code).toBe(69);
    expect(server.messages).toHaveLength(1);
  });

  test("69: the content is refused for good", async () => {
    const server = await start({ delivered: () => "554 5.6.0 not this" });
    const { code, stdout } = await here(to(server), message);
    expect(code).toBe(69);
    expect(stdout).toContain("554 5.6.0 not this");
  });

  test("74: all was sent and no answer came", async () => {
    const server = await start({ delivered: () => null });
    const { code, stdout, stderr } = await here(to(server), message);
    expect(code).toBe(74);
    expect(stdout).toContain("in doubt");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test.each([
    ["nobody listens", undefined],
    ["421 as greeting", { greeting: "421 4.3.2 not now" }],
    ["450 as greeting", { greeting: "450 4.3.2 not now" }],
    ["closed before the content", { answer: (line: string) => (line === "DATA" ? null : undefined) }],
    ["put off at the end", { delivered: () => "452 4.3.1 full" }],
  ])("75: %s", async (_, script) => {
    const server = script === undefined ? `127.0.0.1:${await freePort()}` : await start(script);
    expect((await here(to(server), message)).code).toBe(75);
  });

  test("75: a login that is put off", async () => {
    const server = await start({
      offers: ["AUTH PLAIN"],
      answer: (line) => (line.startsWith("AUTH") ? "454 4.7.0 later" : undefined),
    });
    const args = to(server, "--user", "ada", "--tls", "none", "--auth-in-clear");
    expect((await here(args, { ...message, env: { POSTHORN_PASSWORD: "sesame" } })).code).toBe(75);
  });

  test("75: TLS that is required and put off", async () => {
    const answer = (line: string): string | undefined => (line === "STARTTLS" ? "454 4.7.0 later" : undefined);
    const server = await start({ offers: ["STARTTLS"], answer });
    expect((await here(to(server, "--tls", "required"), message)).code).toBe(75);
    expect(server.verbs).not.toContain("MAIL");
  });

  test("65: a header in UTF-8 for a server without SMTPUTF8", async () => {
    const server = await start({ offers: ["8BITMIME"] });
    const { code, stdout } = await here(to(server), { input: "Subject: \u00e9\r\n\r\nhello\r\n" });
    expect(code).toBe(65);
    expect(stdout).toContain("SMTPUTF8");
    expect(server.verbs).not.toContain("MAIL");
  });

  test("65: larger than the server takes", async () => {
    const server = await start({ offers: ["SIZE 10"] });
    expect((await here(to(server), message)).code).toBe(65);
    expect(server.verbs).not.toContain("MAIL");
  });

  test("66: a folder, a password file and an authority that are not there", async () => {
    const server = await start();
    for (const args of [
      ["--data", folder.path],
      ["--ca", "/no/such.pem"],
      ["--user", "ada", "--password-file", "/no/such.txt"],
    ])
      expect((await here(to(server, ...args), message)).code).toBe(66);
    expect(server.lines).toEqual([]);
  });

  test("78: a password file with an empty first line, an authority that is no certificate", async () => {
    const server = await start();
    const empty = folder.file("empty", "\nsesame\n");
    expect((await here(to(server, "--user", "ada", "--password-file", empty), message)).code).toBe(78);
    expect((await here(to(server, "--ca", empty), message)).code).toBe(78);
    expect(server.lines).toEqual([]);
  });

  test("77: no mechanism that both sides have, and none that would show the password", async () => {
    const server = await start({ offers: ["AUTH GSSAPI"] });
    const args = to(server, "--user", "ada", "--tls", "none", "--auth-in-clear");
    const { code } = await here(args, { ...message, env: { POSTHORN_PASSWORD: "sesame" } });
    expect(code).toBe(77);
    expect(server.verbs).not.toContain("AUTH");
  });

  test.each([
    ["an address that is none", ["--to", "nobody"], "no mailbox"],
    ["a line ending in an address", ["--to", "bob@b.example>\r\nDATA"], "no mailbox"],
    ["a line ending in a header field", ["--header", "X: y\r\nBcc: z@z.example"], "one line"],
    ["a line ending in a subject", ["--subject", "x\nBcc: z@z.example", "--body", ""], "one line"],
    ["a header field without a name", ["--header", "no colon here"], "Name: value"],
    ["two messages", ["--data", "x", "--body", "y"], "leave out --body"],
    ["two families", ["--ipv4", "--ipv6"], "exclude"],
    ["a fingerprint that is none", ["--verify", "sha256:12"], "64 hex digits"],
    ["a mechanism that is none", ["--auth", "SECRET"], "SCRAM-SHA-256"],
    ["a user without a password", ["--user", "ada"], "--password-file"],
    ["a password file without a user", ["--password-file", "x"], "--user"],
    ["an extension that is none", ["--without", "FAXES"], "PIPELINING"],
    ["an unknown kind of TLS", ["--tls", "some"], "opportunistic"],
    ["credentials without TLS", ["--user", "ada", "--tls", "none"], "TLS"],
    ["a login without AUTH", ["--user", "ada", "--without", "auth"], "--without AUTH"],
    ["a name that is none", ["--helo", "a b"], "domain"],
    ["a line ending in a name", ["--helo", "a.example\r\nMAIL FROM:<>"], "domain"],
  ])("64: %s", async (_, args, hint) => {
    const server = await start();
    const env = args.includes("--tls") ? { POSTHORN_PASSWORD: "sesame" } : {};
    const { code, stderr } = await here(to(server, ...args), { ...message, env });
    expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining(hint) });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(server.lines).toEqual([]);
  });

  test.each(["", ":25", "[::1", "a:b", "a:0", "a:65536", "a b", "-a.example", "a..b"])(
    "64: server %j",
    async (server) => {
      const { code, stderr } = await here(
        ["send", "--server", server, "--from", "a@b.example", "--to", "c@d.example"],
        message,
      );
      expect(code).toBe(64);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    },
  );

  test("64: LMTP without a port, and on port 25", async () => {
    for (const server of ["127.0.0.1", "127.0.0.1:25"])
      expect((await here(to(server, "--lmtp"), message)).stderr).toContain("RFC 2033");
  });

  test("64: no command, and one that is none", async () => {
    expect((await here([])).code).toBe(64);
    expect((await here(["snd"])).stderr).toContain("Did you mean send?");
  });

  test("help and version end well, and say what a person needs", async () => {
    const { code, stdout } = await here(["send", "--help"]);
    expect(code).toBe(0);
    for (const word of ["Examples:", "Exit codes", "--password-file", "POSTHORN_PASSWORD", "posthorn send --server"])
      expect(stdout).toContain(word);
    expect((await here(["--help"])).stdout).toContain("probe");
    expect((await here(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });
});
