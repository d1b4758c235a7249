/** Whose mail is taken, and to which mailbox: RFC 5321 §2.4, §3.6, §4.1.2, §4.5.1, appendix C; loops (§6.3); the end (§3.8, §4.5.3.2.7). */
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { connect } from "../talk.ts";
import { DATA, EHLO, MAIL, type Row, type Step, closed, raw, server, table, take } from "./table.ts";

const { port, folder } = server(
  "--domain",
  "example.org",
  "--domain",
  "b\u00fccher.example",
  "--maildir",
  "$FOLDER/mail/%d/%n",
  "--create",
);

describe("whose mail is taken (§3.6, appendix C)", () => {
  const TAKEN = [
    "<u@example.org>",
    "<u@EXAMPLE.ORG>",
    "<u@Example.Org>",
    '<"u"@example.org>',
    "<@elsewhere.example:u@example.org>",
    "<@elsewhere.example,@mx.example.org:u@example.org>",
    "<u@xn--bcher-kva.example>",
    "<u@XN--BCHER-KVA.example>",
    "<Postmaster>",
    "<postmaster@example.org>",
    "<POSTMASTER@EXAMPLE.ORG>",
    "<postmaster@mx.example.org>",
  ];
  const REFUSED = [
    "<u@elsewhere.example>",
    "<u@sub.example.org>",
    "<u@notexample.org>",
    "<u@example.org.elsewhere.example>",
    "<u@org>",
    "<@example.org:u@elsewhere.example>",
    "<@mx.example.org:u@elsewhere.example>",
    '<"u@example.org"@elsewhere.example>',
    '<"u@elsewhere.example"@example.org>',
    "<u%elsewhere.example@example.org>",
    "<elsewhere.example!u@example.org>",
    "<u@[127.0.0.1]>",
    "<postmaster@elsewhere.example>",
  ];
  table(
    port,
    [EHLO, MAIL],
    [
      ...TAKEN.map((to): Row => [`§3.6 ${to}`, [`RCPT TO:${to}`, "250 2\\.1\\.5"], DATA, [".", "250"]]),
      ...REFUSED.map((to): Row => [
        `§3.6 no relay to ${to}`,
        [`RCPT TO:${to}`, "550 5\\.[17]\\.1"],
        ["DATA", "503|554"],
      ]),
    ],
  );
});

describe("one mailbox, however it is written (§4.1.2, §2.4)", () => {
  const deliveries = async (...to: readonly string[]): Promise<void> => {
    const talk = await connect(port(), "");
    const one = (path: string): readonly Step[] => [MAIL, [`RCPT TO:${path}`, "250"], DATA, [".", "250"]];
    await take(talk, [EHLO, ...to.flatMap(one), ["QUIT", "221"]]);
  };
  const kept = (mailbox: string): number => readdirSync(path.join(folder, "mail", mailbox, "new")).length;

  test("§4.1.2 a quoted local part is the same as one that is not", async () => {
    await deliveries(
      "<one@example.org>",
      '<"one"@example.org>',
      '<"\\o\\ne"@EXAMPLE.org>',
      "<@x.example:one@example.org>",
    );
    expect(kept("example.org/one")).toBe(4);
  });

  test("§2.4 the case of a local part stays", async () => {
    await deliveries("<Two@example.org>", "<two@example.org>");
    expect([kept("example.org/Two"), kept("example.org/two")]).toEqual([1, 1]);
  });

  test("RFC 6531 §3.2 a U-label and its A-label are one domain", async () => {
    const talk = await connect(port(), "");
    const U8: Step = ["MAIL FROM:<> SMTPUTF8", "250"];
    const one = (domain: string): readonly Step[] => [U8, [`RCPT TO:<three@${domain}>`, "250"], DATA, [".", "250"]];
    await take(talk, [EHLO, ...["b\u00fccher.example", "xn--bcher-kva.example", "B\u00dcCHER.example"].flatMap(one)]);
    expect(kept("xn--bcher-kva.example/three")).toBe(3);
  });
});

describe("loops (§6.3)", () => {
  const received = (count: number): string => "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\r\n".repeat(count);
  const to: Step = ["RCPT TO:<loop@example.org>", "250"];
  table(
    port,
    [EHLO, MAIL, to, DATA],
    [
      ["§6.3 a hundred Received fields are no loop", [raw(`${received(100)}\r\n.\r\n`), "250"]],
      ["§6.3 a hundred and one are: 554 5.4.6", [raw(`${received(101)}\r\n.\r\n`), "554 5\\.4\\.6"]],
      ["§6.3 in the body they are none", [raw(`S: x\r\n\r\n${received(200)}.\r\n`), "250"]],
    ],
  );
});

describe("time (§4.5.3.2.7, §3.8)", () => {
  const hasty = server("--limit", "command=1500");

  test("§3.8 who says nothing, in whatever phase, is told 421 and left", async () => {
    const SAID: readonly (readonly Step[])[] = [
      [],
      [EHLO],
      [EHLO, MAIL],
      [EHLO, [raw("MAIL FR")]],
      [EHLO, MAIL, ["RCPT TO:<u@example.org>", "250"]],
    ];
    const ends = SAID.map(async (steps) => {
      const talk = await connect(hasty.port(), "");
      await take(talk, [...steps, [() => undefined, steps.length === 0 ? "421" : "421 4\\.4\\.2"], [closed]]);
    });
    expect(await Promise.all(ends)).toHaveLength(SAID.length);
  });
});
