// The transcript shows everything but secrets (security.md A8), and nothing of a server's text moves a cursor (A21).
import { MECHANISMS } from "@posthorn/sasl";
import { describe, expect, test } from "vitest";
import type { Script } from "./fake-server.ts";
import { here, posthorn } from "./harness.ts";
import { certificate, place, toBob } from "./servers.ts";

const { folder, start } = place();

const SECRET = "sesame";

/** The secret as it could be found by whoever looks for it. */
const forms = (secret: string): readonly string[] => {
  const octets = Buffer.from(secret);
  // Base64 of it at each of the three places in a group, without the octets beside it.
  const shifted = [0, 1, 2].map((at) =>
    Buffer.concat([Buffer.alloc(at), octets])
      .toString("base64")
      .slice(at === 0 ? 0 : at + 1)
      .replaceAll("=", "")
      .slice(0, -1),
  );
  return [secret, octets.toString("hex"), ...shifted];
};

const mechanisms = MECHANISMS.map(({ name }) => name).filter((name) => !name.endsWith("-PLUS"));

test.each(mechanisms)("AUTH %s is masked", async (name) => {
  const server = await start({ offers: [`AUTH ${name}`] });
  const password = folder.file("password", `${SECRET}\nnot this\n`);
  const { code, stdout, stderr } = await here(
    toBob(
      server,
      "--auth",
      name,
      "--user",
      "ada",
      "--password-file",
      password,
      "--tls",
      "none",
      "--auth-in-clear",
      "--body",
      "x",
      "--transcript",
    ),
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(new RegExp(`^C: AUTH ${name} \\*\\*\\*\\*$`, "m"));
  expect(stderr).toContain("S: 235");
  for (const form of forms(SECRET)) expect(stdout + stderr).not.toContain(form);
  const sent = server.lines.find((line) => line.startsWith("AUTH"))?.split(" ")[2] ?? "";
  expect(sent.length > 1 && (stdout + stderr).includes(sent)).toBe(false);
});

test.each(["SCRAM-SHA-256", "SCRAM-SHA-1"])("%s over TLS to a server known by its fingerprint", async (name) => {
  const tls = await certificate();
  const server = await start({ offers: ["STARTTLS"], offersSecure: [`AUTH ${name}`], tls });
  const args = toBob(server, "--auth", name, "--user", "ada", "--verify", tls.fingerprint, "--body", "x", "--json");
  const { code, stdout } = await posthorn(args, { env: { POSTHORN_PASSWORD: SECRET } });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    mechanism: name,
    tls: { version: "TLSv1.3", trusted: false, verified: "fingerprint" },
  });
});

test("the dialogue is on standard error, in order, with the content by its length", async () => {
  const server = await start({ offers: ["PIPELINING"] });
  const { stdout, stderr } = await posthorn(toBob(server, "--transcript", "--json"), {
    input: "Subject: x\r\n\r\nhello\r\n",
  });
  expect(() => JSON.parse(stdout)).not.toThrow();
  const spoken = stderr.split("\n").filter((line) => /^[CS]:/.test(line));
  expect(spoken).toEqual([
    "S: 220 fake.example ready",
    expect.stringMatching(/^C: EHLO /),
    "S: 250-fake.example",
    "S: 250 PIPELINING",
    "C: MAIL FROM:<ada@a.example>",
    "C: RCPT TO:<bob@b.example>",
    "C: DATA",
    "S: 250 2.0.0 fine",
    "S: 250 2.1.5 fine",
    "S: 354 go on",
    "C: <21 octets of content>",
    "S: 250 2.0.0 taken",
    "C: QUIT",
    "S: 221 bye",
  ]);
});

test("in colour where somebody asks for it", async () => {
  const server = await start();
  const { stderr } = await posthorn(toBob(server, "--body", "x", "--transcript"), {
    env: { FORCE_COLOR: "1", NO_COLOR: "" },
  });
  expect(stderr).toContain("\u001B[36mC: EHLO");
});

/** With ASCII controls, which break the protocol, and with others, which do not. */
const HOSTILE = ["\u001B[2J\u001B]0;owned\u0007", "\u009B31m\u202E\u2028\u2066 \u00E9"] as const;

/** UTF-8, as the octets that the fake server writes. */
const wire = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

// oxlint-disable-next-line no-control-regex -- these are what must not be there
const UNSAFE = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/;

describe.each(HOSTILE)("%j from a server: none of it on the terminal, none in JSON", (text) => {
  const hostile = (code: number): string => wire(`${code} ${text}`);
  const on =
    (verb: string, reply: string): Script["answer"] =>
    (line) =>
      line.startsWith(verb) ? reply : undefined;

  const scripts: readonly (readonly [string, Script])[] = [
    ["the greeting", { greeting: hostile(220) }],
    ["a refused connection", { greeting: hostile(554) }],
    ["the hello", { answer: on("EHLO", `250-fake.example\r\n${hostile(250)}`) }],
    ["a keyword", { offers: [wire(`X${text}`), wire(`SIZE ${text}`)] }],
    ["a refused recipient", { answer: on("RCPT", hostile(550)) }],
    ["the last reply", { delivered: () => hostile(250) }],
    ["a refused login", { offers: ["AUTH PLAIN"], answer: on("AUTH", hostile(535)) }],
    ["what is no reply", { answer: on("MAIL", wire(text)) }],
  ];

  test.each(scripts)("in %s", async (_, script) => {
    const server = await start(script);
    const login = "offers" in script ? ["--user", "ada", "--tls", "none", "--auth-in-clear"] : [];
    const env = { POSTHORN_PASSWORD: SECRET };
    const shown = await here(toBob(server, "--body", "x", "--transcript", ...login), { env });
    expect(shown.stdout + shown.stderr).not.toMatch(UNSAFE);
    const { stdout } = await here(toBob(server, "--body", "x", "--json", ...login), { env });
    expect(stdout).toMatch(/^[ -~]*\n$/);
    expect(JSON.parse(stdout)).toBeTypeOf("object");
    const probed = await here(["probe", server.at, "--transcript"]);
    expect(probed.stdout + probed.stderr).not.toMatch(UNSAFE);
    expect((await here(["probe", server.at, "--json"])).stdout).toMatch(/^[ -~]*\n$/);
  });
});
