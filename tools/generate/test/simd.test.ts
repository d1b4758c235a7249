// The WebAssembly module: the same octets each time, none too many, and those that stand in the sources.
import { root } from "@posthorn/workspace";
import { expect, test } from "vitest";
import { stale } from "../src/generator.ts";
import { assemble, simdModule } from "../src/simd.ts";

test("the module in the sources is what its text assembles to, below a kilobyte", async () => {
  const octets = await assemble(root);
  expect(octets.equals(await assemble(root))).toBe(true);
  expect(octets.length).toBeLessThan(1000);
  const files = await simdModule.run(root);
  expect(files[0]?.content).toContain(octets.toString("hex"));
  expect(stale(root, files)).toEqual([]);
});
