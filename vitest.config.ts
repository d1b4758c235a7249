import { defineConfig } from "vitest/config";

// Tests resolve our packages to their sources: none needs a build, and coverage counts what was written.
const conditions = ["@posthorn/source", "node", "module", "development|production"];
const folders = ["packages/*", "packages/extensions/*", "apps/*", "tools/*"];

// A property takes as long as its cases: `npm run test:long` has many times as many. The limit is for what hangs,
// and must not fail a test on a machine that is busy.
const testTimeout = 30_000 * Number(process.env["POSTHORN_RUNS"] ?? 1);

export default defineConfig({
  test: {
    include: folders.map((folder) => `${folder}/test/**/*.test.ts`),
    testTimeout,
    hookTimeout: 30_000,
    coverage: { provider: "v8", include: ["packages/**/src/**"], reporter: ["text", "lcov"] },
  },
  resolve: { conditions },
  ssr: { resolve: { conditions } },
});
