// What `posthorn probe` finds out, and that it sends no mail.
import { describe, expect, test } from "vitest";
import type { Finding } from "../src/findings.ts";
import type { Script } from "./fake-server.ts";
import { here, posthorn } from "./harness.ts";
import { certificate, place } from "./servers.ts";

const { start } = place();

const found = async (script: Script, ...args: readonly string[]): Promise<readonly Finding[]> => {
  const server = await start(script);
  const { code, stdout } = await here(["probe", server.at, "--json", ...args]);
  expect(code).toBe(0);
  for (const verb of ["MAIL", "RCPT", "DATA", "AUTH"]) expect(server.verbs).not.toContain(verb);
  const report: { findings: readonly Finding[] } = JSON.parse(stdout);
  return report.findings;
};

const texts = (all: readonly Finding[], level: Finding["level"]): readonly string[] =>
  all.filter((one) => one.level === level).map(({ text }) => text);

test("a good server, for a person and for a program", async () => {
  const tls = await certificate();
  const offers = ["PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN", "CHUNKING"];
  const server = await start({ offers: [...offers, "STARTTLS"], offersSecure: [...offers, "AUTH PLAIN"], tls });
  const shown = await posthorn(["probe", server.at]);
  expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: "" });
  for (const word of ["SIZE 1000", "TLSv1.3", "by STARTTLS", "sha256:", "CN=localhost", "nothing is missing"])
    expect(shown.stdout).toContain(word);
  const { stdout } = await here(["probe", server.at, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    protocol: "smtp",
    hello: "EHLO",
    begun: "starttls",
    offered: expect.arrayContaining([
      { keyword: "SIZE", params: "1000" },
      { keyword: "AUTH", params: "PLAIN" },
    ]),
    offeredInClear: expect.arrayContaining([{ keyword: "STARTTLS" }]),
    tls: { version: "TLSv1.3", trusted: false, certificate: { subject: "CN=localhost" } },
  });
  expect(server.verbs).toEqual([
    "EHLO",
    "STARTTLS",
    "EHLO",
    "NOOP",
    "QUIT",
    "EHLO",
    "STARTTLS",
    "EHLO",
    "NOOP",
    "QUIT",
  ]);
});

describe("departures from a MUST", () => {
  test.each([
    [
      "HELO only",
      { answer: (line: string) => (line.startsWith("EHLO") ? "500 what?" : undefined) },
      "EHLO is not understood",
    ],
    ["a greeting without a name", { greeting: "220 ***" }, "the greeting"],
    ["SMTPUTF8 alone", { offers: ["SMTPUTF8"] }, "SMTPUTF8 is offered without 8BITMIME"],
    ["BINARYMIME alone", { offers: ["BINARYMIME"] }, "BINARYMIME is offered without CHUNKING"],
    ["SIZE that is none", { offers: ["SIZE lots"] }, "SIZE lots cannot be read"],
    [
      "codes that are not there",
      { offers: ["ENHANCEDSTATUSCODES"], answer: (line: string) => (line === "NOOP" ? "250 ok" : undefined) },
      "the reply to NOOP has none",
    ],
    ["a line that is none", { offers: ["-!- 8BITMIME"] }, "is no keyword"],
  ])("%s", async (_, script, text) => {
    expect(texts(await found(script), "must").join("\n")).toContain(text);
  });

  test("STARTTLS again under TLS", async () => {
    const tls = await certificate();
    expect(texts(await found({ offers: ["STARTTLS"], tls }), "must")).toContain("STARTTLS is offered again under TLS");
  });

  test("LMTP wants more", async () => {
    expect(texts(await found({}, "--lmtp"), "must")).toEqual([
      "PIPELINING is not offered",
      "ENHANCEDSTATUSCODES is not offered",
    ]);
  });
});

test("departures from a SHOULD: no TLS, passwords in the clear, no 8BITMIME", async () => {
  const all = texts(await found({ offers: ["AUTH PLAIN CRAM-MD5"] }), "should");
  expect(all).toContain("8BITMIME is not offered");
  expect(all.join()).toContain("no TLS");
  expect(all.join()).toContain("AUTH PLAIN is offered without TLS");
});

test("notes: what is offered twice, what is obsolete, what is unknown", async () => {
  const notes = texts(await found({ offers: ["8BITMIME", "8BITMIME", "TURN", "XFAX"] }), "note").join("\n");
  expect(notes).toContain("8BITMIME is offered more than once");
  expect(notes).toContain("TURN is obsolete");
  expect(notes).toContain("XFAX is none of the extensions");
});

test("a handshake that fails is told, and the rest is found without TLS", async () => {
  const server = await start({ offers: ["STARTTLS"], deaf: true });
  const { code, stdout } = await here(["probe", server.at, "--json"]);
  expect(code).toBe(0);
  const report: { findings: readonly Finding[]; tlsFailure: string } = JSON.parse(stdout);
  expect(report.tlsFailure).toContain("handshake");
  expect(texts(report.findings, "must").join()).toContain("the handshake fails");
});

test("exit codes: 75 where nobody listens, 68 where there is no host, 78 where --verify does not hold", async () => {
  expect((await here(["probe", "no-such.invalid"])).code).toBe(68);
  const tls = await certificate();
  const server = await start({ offers: ["STARTTLS"], tls });
  expect((await here(["probe", server.at, "--tls", "required", "--verify", "on"])).code).toBe(78);
  const { at } = server;
  await server.stop();
  const { code, stdout } = await here(["probe", at, "--json"]);
  expect(code).toBe(75);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, exit: 75, error: { code: "connect-failed" } });
});
