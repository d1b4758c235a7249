/** Which pieces of content are said to be given away: what the decoder made, and never memory that was received. */
import { compose, NEED_DATA, PAUSED, ServerSession } from "@posthorn/session";
import { expect, test } from "vitest";
import { strange } from "../stranger.ts";
import { octets } from "./driver.ts";

/** Content by DATA, in these chunks: of each piece, whether it is of the chunk's memory, and whether it is given. */
const pieces = (
  chunks: readonly string[],
  limited: { readonly limit?: number } = {},
): readonly (readonly [boolean, boolean])[] => {
  const session = new ServerSession(compose([strange(limited)]), { hostname: "mx.example.org" });
  const seen: (readonly [boolean, boolean])[] = [];
  const pump = (chunk?: Uint8Array): void => {
    for (let event = session.next(); event !== NEED_DATA && event !== PAUSED; event = session.next()) {
      if ("proposed" in event) session.accept();
      else if (event.type === "content") seen.push([event.octets.buffer === chunk?.buffer, event.given]);
    }
  };
  pump();
  for (const text of ["HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.example>\r\nDATA\r\n", ...chunks]) {
    const chunk = octets(text);
    session.receive(chunk);
    pump(chunk);
  }
  return seen;
};

const DOTS = "..a line that begins with a dot\r\n".repeat(40);

test("a chunk that is content from end to end is the receiver's own, and not given away", () => {
  expect(pieces(["a line\r\n", "another\r\n", ".\r\n"])).toEqual([
    [true, false],
    [true, false],
  ]);
});

test("an array that was made of a chunk is", () => {
  expect(pieces([DOTS, ".\r\n"])).toContainEqual([false, true]);
});

test("what a limit cut is not", () => {
  expect(pieces([DOTS, ".\r\n"], { limit: 100 })).toEqual([[false, false]]);
});
