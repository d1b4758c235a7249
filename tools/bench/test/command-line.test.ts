import { describe, expect, test } from "vitest";
import { help, wishOf } from "../src/command-line.ts";
import { allWorks } from "../src/works/all.ts";

describe("the command line", () => {
  test("without options all is done, thoroughly", () => {
    expect(wishOf([])).toMatchObject({
      quick: false,
      check: false,
      only: undefined,
      rounds: 7,
      share: 1,
      peers: "all",
    });
  });

  test("--quick does less, and what is said besides holds", () => {
    expect(wishOf(["--quick"])).toMatchObject({ rounds: 3, peers: "npm" });
    expect(wishOf(["--quick", "--rounds", "9", "--peers", "none"])).toMatchObject({ rounds: 9, peers: "none" });
  });

  test.each([
    [["--only", "lockstep,lockjaw"], "lockjaw"],
    [["--rounds", "0"], "--rounds"],
    [["--rounds", "x"], "--rounds"],
    [["--share", "-1"], "--share"],
    [["--peers", "some"], "--peers"],
    [["--fast"], "--fast"],
    [["lockstep"], "lockstep"],
  ])("%j is refused in a line that names it", (args, named) => {
    const wish = wishOf(args);
    expect(wish).toHaveProperty("wrong");
    expect(JSON.stringify(wish)).toContain(named);
  });

  test("--help names every work", () => {
    expect(wishOf(["--help"])).toBe("help");
    for (const { name } of allWorks) expect(help).toContain(name);
  });
});
