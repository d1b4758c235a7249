/** Address literals (RFC 5321 §4.1.3), and EHLO's argument (§4.1.1.1). */
import { ASCII, UTF8 } from "@posthorn/contract";
import { ipv6 } from "@posthorn/testkit";
import { heloArgument, isIpv6, parseAddressLiteral } from "@posthorn/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { brief, runs, value } from "./support.ts";

describe("address literals", () => {
  test("every IPv6 form is read", () => {
    fc.assert(
      fc.property(ipv6(), (address) => {
        expect(isIpv6(address)).toBe(true);
      }),
      runs(500),
    );
  });

  test.each([
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "::1::",
    ":::",
    "1:",
    ":1",
    "12345::",
    "g::",
    "1:2:3:4:5:6:7::",
    "::1:2:3:4:5:6:7",
    "1:2:3:4:5::1.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::1.2.3.4:1",
    "1.2.3.4::",
    "::256.1.1.1",
    "::1%eth0",
    "",
    "[::1]",
  ])("%j is no IPv6 address", (address) => {
    expect(isIpv6(address)).toBe(false);
  });

  test("are taken apart", () => {
    expect(parseAddressLiteral("[iPv6:::1]")).toEqual({ tag: "IPv6", content: "::1" });
    expect(parseAddressLiteral("[10.0.0.1]")).toEqual({ tag: "IPv4", content: "10.0.0.1" });
    expect(parseAddressLiteral("[x:y:z]")).toEqual({ tag: "x", content: "y:z" });
    expect(parseAddressLiteral("[IPv6:nonsense]")).toBeUndefined();
  });
});

describe("EHLO's argument", () => {
  test.each([
    ["mail.example", "domain"],
    ["localhost", "domain"],
    ["[192.0.2.1]", "literal"],
    ["[IPv6:::1]", "literal"],
    ["my_host", "opaque"],
    ["192.0.2.1]", "opaque"],
    ["a b", "opaque"],
    ["mail.example.", "opaque"],
  ])("%s is %s", (text, kind) => {
    expect(value(heloArgument.decode(text, ASCII))).toEqual({ kind, text });
  });

  test.each([[undefined], [""], ["a\u001b"], ["é"], ["x".repeat(256)]])("refuses %j", (text) => {
    expect(brief(heloArgument.decode(text, UTF8))).toMatch(/501 5\.5\.4$/);
  });

  test("opaque text is never written", () => {
    for (const given of [
      { kind: "opaque", text: "my_host" },
      { kind: "domain", text: "my_host" },
      { kind: "literal", text: "a.example" },
    ] as const)
      expect(() => heloArgument.encode(given, ASCII)).toThrow(expect.objectContaining({ code: "unencodable" }));
  });
});
