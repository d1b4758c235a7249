/** How long text is once its line endings are CRLF: what a progress bar ends at. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CrlfCount } from "../src/crlf-count.ts";
import { here } from "./harness.ts";
import { place, toBob } from "./servers.ts";

const { folder, start } = place();

const countOf = (pieces: readonly string[]): number => {
  const count = new CrlfCount();
  for (const piece of pieces) count.see(Buffer.from(piece, "latin1"));
  return count.octets;
};

test("is that of the text with CRLF, however it was cut", () => {
  const piece = fc.array(fc.constantFrom("\r", "\n", "\r\n", "x"), { maxLength: 6 }).map((all) => all.join(""));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      expect(countOf(pieces)).toBe(pieces.join("").replaceAll(/\r\n|\r|\n/g, "\r\n").length);
    }),
    { numRuns: 500 * Number(process.env["POSTHORN_RUNS"] ?? 1) },
  );
});

test("a bar ends at 100 %, and says all that was sent, of a file whose lines end in LF", async () => {
  const server = await start();
  const file = folder.file("unix.eml", `Subject: x\n\n${`${"x".repeat(10)}\n`.repeat(400_000)}`);
  const { code, stderr } = await here(toBob(server, "--data", file), { interactive: true });
  expect(code).toBe(0);
  const shares = [...stderr.matchAll(/(\d+) % {2}(\S+ \S+) of (\S+ \S+)/g)];
  const [, share, sent, total] = shares.at(-1) ?? [];
  expect({ share, sent }).toEqual({ share: "100", sent: total });
  // The length that it counts to is known from the first drawing on: it is never reached before the end.
  expect(new Set(shares.map((drawn) => drawn[3])).size).toBe(1);
});
