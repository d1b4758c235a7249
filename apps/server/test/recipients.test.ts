/** Who mail is taken for: the relay forms of A14, postmaster, IDN. */
import { UTF8 } from "@posthorn/contract";
import { forwardPath } from "@posthorn/wire";
import { describe, expect, test } from "vitest";
import { comparable } from "../src/domains.ts";
import { Recipients } from "../src/recipients.ts";

const recipients = new Recipients({
  hostname: "mx.example.net",
  domains: ["local.example", "xn--bcher-kva.example"],
  postmaster: undefined,
  mailboxes: undefined,
});

const verdict = async (path: string, authenticated = false, of = recipients): Promise<string> => {
  const read = forwardPath.decode(path, UTF8);
  if (!read.ok) return String(read.fault.reply.code);
  const refusal = await of.refusal(read.value, authenticated);
  return refusal === undefined ? "250" : `${refusal.code} ${refusal.status}`;
};

describe("relaying", () => {
  test.each([
    "<u%other.example@local.example>",
    "<u%other@local.example>",
    "<other!u>",
    "<other.example!u@local.example>",
    "<@local.example:u@other.example>",
    '<"u@other.example"@local.example>',
    '<"u@[192.0.2.1]"@local.example>',
    "<u@other.example@local.example>",
    "<u@[127.0.0.1]>",
    "<u@[IPv6:::1]>",
    "<u@local.example.>",
    "<@>",
    "<>",
    "<u@sub.local.example>",
    "<u@local.example.other.example>",
    "<u@lοcal.example>",
    '<"u"@other.example>',
    '<"u%other.example"@local.example>',
    "<postmaster@other.example>",
    '<"\\"u@other.example\\""@local.example>',
    '<"\\"u%other.example\\""@local.example>',
    "<u@xn--local-.example>",
  ])("%s is not taken", async (path) => {
    expect(await verdict(path)).toMatch(/^5/);
    expect(await verdict(path, true)).toMatch(/^5/);
  });

  test("has a text of its own for who is authenticated", async () => {
    const path = { local: "u", domain: "other.example" };
    expect((await recipients.refusal(path, false))?.lines[0]).toContain("denied");
    expect((await recipients.refusal(path, true))?.lines[0]).toContain("not configured");
  });
});

describe("ours", () => {
  test.each([
    "<u@local.example>",
    "<u@LOCAL.Example>",
    "<@other.example:u@local.example>",
    '<"a b"@local.example>',
    "<!#$%&'*+-/=?^_`{|}~@local.example>",
    "<u@bücher.example>",
    "<u@BÜCHER.example>",
    "<u@xn--bcher-kva.example>",
    "<Postmaster>",
    "<postmaster@local.example>",
    "<POSTMASTER@mx.example.net>",
    "<__proto__@local.example>",
  ])("%s is taken", async (path) => {
    expect(await verdict(path)).toBe("250");
  });

  test("is any domain where none is given", async () => {
    const any = new Recipients({ hostname: "mx", domains: [], postmaster: undefined, mailboxes: undefined });
    for (const path of ["<u@x.example>", "<u@[127.0.0.1]>", "<u%x@y.example>"])
      expect(await verdict(path, false, any)).toBe("250");
  });

  test("must have a mailbox, postmaster apart", async () => {
    const mailboxes = { has: () => Promise.resolve(false), open: () => Promise.resolve(undefined) };
    const of = new Recipients({ hostname: "mx", domains: ["local.example"], postmaster: undefined, mailboxes });
    expect(await verdict("<u@local.example>", false, of)).toBe("550 5.1.1");
    expect(await verdict("<Postmaster>", false, of)).toBe("250");
  });
});

test("mail for postmaster goes where it was told to", () => {
  const admin = { local: "admin", domain: "local.example" };
  const told = new Recipients({ hostname: "mx", domains: ["local.example"], postmaster: admin, mailboxes: undefined });
  expect(told.mailboxOf({ local: "PostMaster", domain: "local.example" })).toBe(admin);
  expect(recipients.mailboxOf({ local: "Postmaster", domain: "" })).toEqual({
    local: "postmaster",
    domain: "local.example",
  });
});

test("domains compare as A-labels", () => {
  expect(comparable("EXAMPLE.org")).toBe("example.org");
  expect(comparable("faß.example")).toBe("xn--fa-hia.example"); // not transitional: no fass.example
  expect(comparable("a\u200db.example")).toBeUndefined();
});
