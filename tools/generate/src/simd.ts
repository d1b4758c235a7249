// packages/data/src/simd-module.ts: the octets of packages/data/wasm/search.wat, assembled by wabt, as a string.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import wabt from "wabt";
import type { Generated, Generator } from "./generator.ts";

const SOURCE = "packages/data/wasm/search.wat";

/** The module, assembled; the same octets for the same source on every machine. */
export async function assemble(root: string): Promise<Buffer> {
  const assembler = await wabt();
  const module = assembler.parseWat(SOURCE, readFileSync(join(root, SOURCE), "utf8"), { simd: true });
  try {
    module.validate();
    return Buffer.from(module.toBinary({ log: false, write_debug_names: false }).buffer);
  } finally {
    module.destroy();
  }
}

/** Writes the module as hexadecimal digits, which take one line to read without a host's help. */
export const simdModule: Generator = {
  name: "simd",
  async run(root: string): Promise<Generated[]> {
    const octets = await assemble(root);
    const lines = [
      "/** The search of simd-search.ts, assembled. Made by `npm run generate`; do not edit. */",
      "",
      `/** The ${octets.length} octets that wasm/search.wat becomes, as hexadecimal digits. */`,
      "export const SIMD_MODULE: string =",
      `  "${octets.toString("hex")}";`,
    ];
    return [{ path: "packages/data/src/simd-module.ts", content: `${lines.join("\n")}\n` }];
  },
};
