/** EHLO and HELO: RFC 5321 §3.2, §4.1.1.1, §4.1.3, §4.1.4, and what each extension's keyword must look like. */
import { describe, expect, test } from "vitest";
import { connect } from "../talk.ts";
import { exchanger as port } from "./servers/commands.ts";
import { EHLO, MAIL, RCPT, type Row, type Step, table } from "./table.ts";

const keywords = async (lines: readonly string[]): Promise<readonly string[]> => {
  const talk = await connect(port(), "");
  let last = "";
  for (const line of lines) last = await talk.say(line);
  return last.split("\n").map((line) => line.slice(4));
};

describe("the argument (§4.1.1.1, §4.1.3)", () => {
  const GOOD = [
    "client.example",
    "localhost",
    "a",
    "A.B.C",
    "1.example",
    "a-b.example",
    "xn--bcher-kva.example",
    "[192.0.2.1]",
    "[IPv6:2001:db8::1]",
    "[ipv6:::1]",
    "[IPv6:::ffff:192.0.2.1]",
    "[IPv6:1:2:3:4:5:6:7:8]",
    "d".repeat(63),
    `${"d".repeat(63)}.${"d".repeat(63)}.example`,
  ];
  const BAD = ["", " ", "a\x01b", "\u00e9.example", "a\x7f"];
  for (const verb of ["EHLO", "HELO"]) {
    table(
      port,
      [],
      [
        ...GOOD.map((name): Row => [`§4.1.3 ${verb} ${name}`, [`${verb} ${name}`, "250"]]),
        ...BAD.map((name): Row => [
          `§4.1.1.1 ${verb} ${JSON.stringify(name)}`,
          [`${verb} ${name}`, "50[01]"],
          ["MAIL FROM:<>", "503"],
        ]),
        [`§4.1.4 a ${verb} that fails leaves the hello before it`, EHLO, [verb, "501"], MAIL],
        [
          `§4.1.4 a name that does not verify is no reason to refuse: ${verb}`,
          [`${verb} nowhere.invalid`, "250"],
          MAIL,
        ],
      ],
    );
  }
});

describe("the reply (§4.1.1.1)", () => {
  test("EHLO's is the domain, then one keyword a line, each once, of the grammar", async () => {
    const [first, ...rest] = await keywords(["EHLO client.example"]);
    expect(first).toMatch(/^mx\.example\.org(?: .*)?$/);
    for (const line of rest) expect(line).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]*(?: [\x21-\x7e]+)*$/);
    const names = rest.map((line) => line.split(" ")[0]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("§3.2 HELO's has no keyword", async () => {
    expect(await keywords(["HELO client.example"])).toHaveLength(1);
    expect(await keywords(["EHLO client.example", "HELO client.example"])).toHaveLength(1);
  });

  const LINES: readonly (readonly [string, RegExp])[] = [
    ["RFC 1870 §3 SIZE has the limit", /^SIZE 5000$/],
    ["RFC 2920 §2 PIPELINING has no parameter", /^PIPELINING$/],
    ["RFC 6152 §2 8BITMIME has no parameter", /^8BITMIME$/],
    ["RFC 2034 §3 ENHANCEDSTATUSCODES has no parameter", /^ENHANCEDSTATUSCODES$/],
    ["RFC 3461 §4 DSN has no parameter", /^DSN$/],
    ["RFC 3030 §2 CHUNKING has no parameter", /^CHUNKING$/],
    ["RFC 3030 §3 BINARYMIME has no parameter", /^BINARYMIME$/],
    ["RFC 3207 §4 STARTTLS has no parameter", /^STARTTLS$/],
    ["RFC 6531 §3.1 SMTPUTF8 has no parameter", /^SMTPUTF8$/],
    ["RFC 4954 §3 AUTH has mechanisms behind spaces", /^AUTH(?: [A-Z0-9_-]{1,20})+$/],
    ["RFC 7677 §4 AUTH has SCRAM-SHA-256", /^AUTH .*\bSCRAM-SHA-256\b/],
  ];
  test.each(LINES)("%s", async (_clause, pattern) => {
    for (const said of [["EHLO a"], ["EHLO a", "EHLO b"], ["HELO a", "EHLO b"], ["EHLO a", "MAIL FROM:<>", "EHLO b"]])
      expect((await keywords(said)).filter((line) => pattern.test(line))).toHaveLength(1);
  });

  test("RFC 4954 §4 no -PLUS is offered without TLS (RFC 5802 §6)", async () => {
    expect((await keywords(["EHLO a"])).join("\n")).not.toContain("-PLUS");
  });
});

describe("after HELO no extension is in force (§3.2, §2.2.1, §4.1.1.11)", () => {
  const HELO: Step = ["HELO client.example", "250"];
  const PARAMETERS = ["SIZE=1", "BODY=8BITMIME", "BODY=BINARYMIME", "SMTPUTF8", "RET=FULL", "ENVID=x", "AUTH=<>"];
  table(
    port,
    [HELO],
    [
      ...PARAMETERS.map((text): Row => [`§4.1.1.11 MAIL with ${text}`, [`MAIL FROM:<> ${text}`, "555|50[0134]"], MAIL]),
      ...["NOTIFY=NEVER", "ORCPT=rfc822;u@x"].map((text): Row => [
        `§4.1.1.11 RCPT with ${text}`,
        MAIL,
        [`RCPT TO:<u@b> ${text}`, "555|50[0134]"],
        RCPT,
      ]),
      ["§3.2 AUTH", ["AUTH PLAIN", "50[023]"]],
      ["§3.2 STARTTLS", ["STARTTLS", "50[023]"]],
      ["§3.2 a message", MAIL, RCPT, ["DATA", "354"], ["x\r\n.", "250"]],
      [
        "RFC 2034 §4 no status without the extension",
        ["NOOP", "250 [^2]"],
        ["RSET x", "501 [^5]"],
        ["MAIL FROM:<>", "250 [^2]"],
      ],
      ["§4.1.4 EHLO puts them in force", EHLO, ["MAIL FROM:<> SIZE=1", "250"]],
    ],
  );
  table(port, [EHLO, HELO], [["§4.1.4 HELO puts them out of force", ["MAIL FROM:<> SIZE=1", "555|50[0134]"]]]);
});
