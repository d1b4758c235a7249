/** Folders of mailboxes: what variables mean, and that no address leaves the root or meets another (A22). */
import path from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTemplate, unknownVariable } from "../src/maildir/template.ts";

const runs = 500 * Number(process.env["POSTHORN_RUNS"] ?? 1);
const place = (template: string, local: string, domain = "Example.ORG"): string | undefined => {
  const { root, place: of } = parseTemplate(template, "/");
  const names = of({ local, domain });
  return names === undefined ? undefined : [root === "/" ? "" : root, ...names].join("/");
};

describe("variables", () => {
  test("mean what they mean to Dovecot", () => {
    expect(place("/mail/%d/%n", "Tim")).toBe("/mail/example.org/Tim");
    expect(place("/mail/%u", "Tim")).toBe("/mail/Tim@example.org");
    expect(place("/mail/%d/%n/Maildir", "tim")).toBe("/mail/example.org/tim/Maildir");
    expect(place("/%d/%n", "tim")).toBe("/example.org/tim");
    expect(place("/mail/100%%/%n", "tim")).toBe("/mail/100%/tim");
  });

  test("of an IDN are its A-labels", () => {
    expect(place("/mail/%d/%n", "grüße", "Bücher.example")).toBe("/mail/xn--bcher-kva.example/grüße");
  });

  test("that there are not are found", () => {
    expect(unknownVariable("/mail/%d/%h/%n")).toBe("%h");
    expect(unknownVariable("/mail/%")).toBe("%");
    expect(unknownVariable("/mail/%d/%n/%u/%%")).toBeUndefined();
  });

  test("without them there is one Maildir", () => {
    expect(parseTemplate("mail", "/srv")).toMatchObject({ root: "/srv/mail", fixed: true });
    expect(parseTemplate("100%%", "/srv")).toMatchObject({ root: "/srv/100%", fixed: true });
  });
});

describe("hostile names", () => {
  test.each([
    ["..", "%2E."],
    [".", "%2E"],
    ["../../etc", "%2E.%2F..%2Fetc"],
    ["a/b", "a%2Fb"],
    ["a\0b", "a%00b"],
    ["con", "con"],
    ["a%2Fb", "a%252Fb"],
    ["a:b", "a%3Ab"],
    ["-rf", "-rf"],
    ["__proto__", "__proto__"],
  ])("%j stays in its component", (local, encoded) => {
    expect(place("/mail/%d/%n", local)).toBe(`/mail/example.org/${encoded}`);
  });

  test("that fill nothing, or more than a component, have no folder", () => {
    expect(place("/mail/%d/%n", "")).toBeUndefined();
    expect(place("/mail/%d/%n", "/".repeat(100))).toBeUndefined();
    expect(place("/mail/%d/%n", "a", "\u00ad.example")).toBeUndefined();
  });

  test("never leave the root, and never meet", () => {
    const local = fc.string({ unit: fc.constantFrom(...Array.from("ab./%\\@\0 ~-é")), maxLength: 12 });
    fc.assert(
      fc.property(local, local, fc.constantFrom("/r/%d/%n", "/r/%u", "/r/%n/x"), (one, other, template) => {
        const [a, b] = [place(template, one), place(template, other)];
        for (const each of [a, b]) {
          if (each === undefined) continue;
          expect(path.normalize(each)).toBe(each);
          expect(each.startsWith("/r/")).toBe(true);
          expect(each).not.toContain("\0");
        }
        expect(one !== other && a !== undefined && a === b).toBe(false);
      }),
      { numRuns: runs },
    );
  });
});
