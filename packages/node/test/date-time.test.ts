/** Time as mail writes it: the zone is a number, east and west. */
import { dateTime } from "@posthorn/node";
import { expect, test } from "vitest";

test.each<[number, number, string]>([
  [0, 0, "Thu, 1 Jan 1970 00:00:00 +0000"],
  [Date.UTC(2026, 10, 23, 13, 55, 38), 60, "Mon, 23 Nov 2026 14:55:38 +0100"],
  [Date.UTC(2026, 0, 1, 0, 30), -210, "Wed, 31 Dec 2025 21:00:00 -0330"],
  [Date.UTC(2026, 0, 1, 0, 30), 345, "Thu, 1 Jan 2026 06:15:00 +0545"],
])("%i in zone %i", (when, zone, text) => {
  expect(dateTime(new Date(when), zone)).toBe(text);
});

test("without a zone it is the machine's, and the same moment", () => {
  const when = new Date(Date.UTC(2026, 6, 1, 12, 34, 56));
  expect(Date.parse(dateTime(when))).toBe(when.getTime());
});
